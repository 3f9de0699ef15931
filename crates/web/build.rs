//! Lists what `cargo xtask assets` built, so that `assets.rs` can embed it.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let dist = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../islands/dist");
    let manifest = dist.join("manifest.json");
    println!("cargo::rerun-if-changed={}", manifest.display());
    let Ok(text) = fs::read_to_string(&manifest) else {
        println!("cargo::error=run `cargo xtask assets` first");
        return Ok(());
    };
    let files: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)?;
    let mut table = String::from("&[\n");
    for (name, entry) in &files {
        let file =
            entry["file"].as_str().ok_or("an asset without a file: build the assets again")?;
        entry_text(&mut table, name, file, &fs::canonicalize(&dist)?)?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("assets.rs"), table)?;
    Ok(())
}

fn entry_text(
    table: &mut String,
    name: &str,
    file: &str,
    dist: &Path,
) -> Result<(), Box<dyn Error>> {
    let path = dist.join(file);
    let path = path.to_str().ok_or("the path to the assets is not UTF-8")?;
    writeln!(
        table,
        "Asset {{ name: {name:?}, file: {file:?}, url: \"/assets/{file}\", \
         plain: include_bytes!({path:?}), brotli: include_bytes!(\"{path}.br\"), \
         gzip: include_bytes!(\"{path}.gz\") }},"
    )?;
    Ok(())
}
