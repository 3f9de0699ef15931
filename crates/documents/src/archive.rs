//! Several files as one: ZIP (APPNOTE 6.3.10), for documents that are packed already.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A file in an archive.
pub struct Part {
    /// Its name without an ending; letters, digits and hyphens are kept.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// An archive of these files, in their order, whose names end in `.end`. Of files with one name each
/// but the first gets a number.
///
/// # Errors
/// If there is more than an archive holds.
pub fn archive(parts: impl IntoIterator<Item = Part>, end: &str) -> std::io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut taken = BTreeSet::new();
    for Part { name, content } in parts {
        let name = plain(&name);
        let mut unique = name.clone();
        let mut count = 1_u64;
        // Systems that do not tell letters of two sizes apart are to unpack all of it.
        while !taken.insert(unique.to_lowercase()) {
            count += 1;
            unique = format!("{name}-{count}");
        }
        archive.start_file(format!("{unique}.{end}"), stored)?;
        archive.write_all(&content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A name that every system takes, and that leads to no other folder.
pub fn plain(name: &str) -> String {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    name.chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use zip::ZipArchive;

    fn unpacked(parts: &[(&str, &str)]) -> Vec<(String, String)> {
        let parts = parts.iter().map(|(name, content)| Part {
            name: (*name).to_owned(),
            content: content.as_bytes().to_vec(),
        });
        let packed = archive(parts, "pdf").unwrap();
        let mut archive = ZipArchive::new(Cursor::new(packed)).unwrap();
        let each = (0..archive.len()).map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = String::new();
            file.read_to_string(&mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        });
        each.collect()
    }

    #[test]
    fn files_come_out_as_they_went_in_under_names_that_lead_nowhere_else() {
        let parts = [("CA1 docket S1", "one"), ("../../etc/passwd", "two"), ("é", "three")];
        let expected =
            [("CA1-docket-S1.pdf", "one"), ("------etc-passwd.pdf", "two"), ("-.pdf", "three")];
        let expected = expected.map(|(name, content)| (name.to_owned(), content.to_owned()));
        assert_eq!(unpacked(&parts), expected);
    }

    #[test]
    fn no_file_takes_the_place_of_another() {
        let parts = [("A/1", "one"), ("A-1", "two"), ("a-1", "three"), ("A-1-2", "four")];
        let names: Vec<_> = unpacked(&parts).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["A-1.pdf", "A-1-2.pdf", "a-1-3.pdf", "A-1-2-2.pdf"]);
    }

    #[test]
    fn nothing_is_an_empty_archive() {
        assert_eq!(unpacked(&[]), []);
    }
}
