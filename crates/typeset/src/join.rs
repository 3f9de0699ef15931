//! Several documents as one, each with its own tree of pages beneath a common root.

use crate::Finished;
use lopdf::{Dictionary, Document, Object, Result, dictionary};

/// One document of these, in their order.
pub fn join(parts: &[Vec<u8>]) -> Result<Finished> {
    let mut whole = Document::with_version("1.7");
    let root = whole.new_object_id();
    let (mut trees, mut pages) = (Vec::new(), 0);
    for part in parts {
        let mut part = Document::load_mem(part)?;
        part.renumber_objects_with(whole.max_id + 1);
        let tree = part.catalog()?.get(b"Pages")?.as_reference()?;
        pages += part.get_pages().len();
        part.get_object_mut(tree)?.as_dict_mut()?.set("Parent", root);
        whole.max_id = part.max_id;
        if trees.is_empty() {
            head(&mut whole, &part, root)?;
        }
        trees.push(Object::Reference(tree));
        whole.objects.append(&mut part.objects);
    }
    let count = i64::try_from(pages).unwrap_or(i64::MAX);
    let tree = dictionary! { "Type" => "Pages", "Kids" => trees, "Count" => count };
    whole.objects.insert(root, Object::Dictionary(tree));
    // The catalogues of the parts, which nothing names any more.
    whole.prune_objects();
    let mut bytes = Vec::new();
    whole.save_to(&mut bytes)?;
    Ok(Finished { files: vec![bytes], pages })
}

/// Title and language are those of the first part, and so is how a reader's window shows them.
fn head(whole: &mut Document, first: &Document, root: (u32, u16)) -> Result<()> {
    let mut catalog: Dictionary = dictionary! { "Type" => "Catalog", "Pages" => root };
    for name in ["Lang", "ViewerPreferences"] {
        if let Ok(value) = first.catalog()?.get(name.as_bytes()) {
            catalog.set(name, value.clone());
        }
    }
    let catalog = whole.add_object(catalog);
    whole.trailer.set("Root", catalog);
    if let Ok(info) = first.trailer.get(b"Info") {
        whole.trailer.set("Info", info.clone());
    }
    Ok(())
}
