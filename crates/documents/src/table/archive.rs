//! What comes in a ZIP file: workbooks, and bundles of CSV files. Unpacked within limits, because
//! a few kilobytes can unpack to gigabytes and the sizes that a file tells of itself may lie.

use super::LARGEST_FILE;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Most bytes that an archive may unpack to, all files together.
const LARGEST_CONTENT: u64 = 400 << 20;
/// Most files in an archive.
const MOST_FILES: usize = 2_000;

/// Files by their names, as a OneRoster bundle has them.
pub type Bundle = BTreeMap<String, Vec<u8>>;

/// Why an archive is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Larger than [`LARGEST_FILE`].
    #[error("This file is larger than {} MB: divide it and import the parts.", LARGEST_FILE >> 20)]
    TooLarge,
    /// Not a ZIP file, or a damaged one, or one protected by a password.
    #[error("This is not a ZIP file, or it is damaged or protected by a password.")]
    Broken,
    /// Unpacks to more than anybody would send.
    #[error("This archive is too large once it is unpacked.")]
    Bomb,
}

/// Unpacks every file to nowhere: passes if the whole stays within the limits.
pub(super) fn check(archive: &[u8]) -> Result<(), BundleError> {
    unpack(archive, |_, content| Ok(std::io::copy(content, &mut std::io::sink())?))
}

/// Unpacks the CSV files of a bundle, whatever folder they stand in.
pub fn bundle(archive: &[u8]) -> Result<Bundle, BundleError> {
    if archive.len() > LARGEST_FILE {
        return Err(BundleError::TooLarge);
    }
    let mut files = Bundle::new();
    unpack(archive, |path, content| {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
        let is_table = name.to_ascii_lowercase().ends_with(".csv");
        // What macOS adds beside each file is not meant.
        if !is_table || path.starts_with("__MACOSX/") {
            return std::io::copy(content, &mut std::io::sink());
        }
        let mut file = Vec::new();
        let size = content.read_to_end(&mut file)?;
        files.insert(name, file);
        Ok(size as u64)
    })?;
    Ok(files)
}

fn unpack(
    archive: &[u8],
    mut take: impl FnMut(&str, &mut dyn Read) -> std::io::Result<u64>,
) -> Result<(), BundleError> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(|_| BundleError::Broken)?;
    if zip.len() > MOST_FILES {
        return Err(BundleError::Bomb);
    }
    let mut left = LARGEST_CONTENT;
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|_| BundleError::Broken)?;
        let name = file.name().map_err(|_| BundleError::Broken)?.into_owned();
        let mut content = file.take(left + 1);
        let size = take(&name, &mut content).map_err(|_| BundleError::Broken)?;
        left = left.checked_sub(size).ok_or(BundleError::Bomb)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    fn zipped(files: &[(&str, &[u8], usize)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content, times) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            for _ in 0..*times {
                zip.write_all(content).unwrap();
            }
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_in_memory() {
        let bomb = zipped(&[("users.csv", &[b'0'; 1 << 20], 401)]);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        assert_eq!(check(&bomb), Err(BundleError::Bomb));
        assert_eq!(bundle(&bomb), Err(BundleError::Bomb));
    }

    #[test]
    fn a_bundle_is_its_tables_wherever_they_stand() {
        let files = [("x/users.csv", b"a".as_slice(), 1), ("x/readme.txt", b"b", 1)];
        let odd = ("__MACOSX/x/users.csv", b"c".as_slice(), 1);
        let found = bundle(&zipped(&[files[0], files[1], odd])).unwrap();
        assert_eq!(found, [("users.csv".to_owned(), b"a".to_vec())].into());
    }

    #[test]
    fn what_is_no_archive_is_said_to_be_none() {
        assert_eq!(check(b"PK\x03\x04 and nothing more"), Err(BundleError::Broken));
    }
}
