//! Fingerprints of source folders, so that a step whose inputs did not change is skipped.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A digest over names and contents of all files below `inputs`, leaving out the named folders.
pub fn digest(inputs: &[PathBuf], leave_out: &[&str]) -> Result<String> {
    let mut files = Vec::new();
    for input in inputs {
        collect(input, leave_out, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file)
            .with_context(|| format!("could not read {}", file.display()))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether the stamp file holds this digest.
pub fn matches(stamp: &Path, digest: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|stamped| stamped == digest)
}

/// Remembers the digest of a step that succeeded.
pub fn write(stamp: &Path, digest: &str) -> Result<()> {
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(stamp, digest).with_context(|| format!("could not write {}", stamp.display()))
}

fn collect(path: &Path, leave_out: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        if !leave_out.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), leave_out, files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_follows_contents_and_ignores_left_out_folders() {
        let folder = std::env::temp_dir().join(format!("muster-stamp-{}", std::process::id()));
        fs::create_dir_all(folder.join("dist")).unwrap();
        fs::write(folder.join("a.ts"), "one").unwrap();
        let inputs = [folder.clone()];
        let first = digest(&inputs, &["dist"]).unwrap();

        fs::write(folder.join("dist/a.js"), "built").unwrap();
        assert_eq!(digest(&inputs, &["dist"]).unwrap(), first);

        fs::write(folder.join("a.ts"), "two").unwrap();
        assert_ne!(digest(&inputs, &["dist"]).unwrap(), first);
        fs::remove_dir_all(folder).unwrap();
    }
}
