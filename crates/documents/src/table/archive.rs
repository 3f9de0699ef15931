//! Workbooks are ZIP files: a few kilobytes can unpack to gigabytes, and the sizes that a file tells
//! of itself may lie.

use super::TableError;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Most bytes that a workbook may unpack to, all its files together.
const LARGEST_CONTENT: u64 = 400 << 20;
/// Most files in a workbook.
const MOST_FILES: usize = 2_000;

/// Unpacks every file to nowhere: passes if the whole stays within the limits.
pub(crate) fn check(archive: &[u8]) -> Result<(), TableError> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(|_| TableError::Broken)?;
    if zip.len() > MOST_FILES {
        return Err(TableError::Bomb);
    }
    let mut left = LARGEST_CONTENT;
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|_| TableError::Broken)?;
        let size = std::io::copy(&mut file.take(left + 1), &mut std::io::sink());
        let size = size.map_err(|_| TableError::Broken)?;
        left = left.checked_sub(size).ok_or(TableError::Bomb)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    #[test]
    fn a_bomb_is_refused_before_it_is_in_memory() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
        for _ in 0..401 {
            zip.write_all(&vec![b'0'; 1 << 20]).unwrap();
        }
        let bomb = zip.finish().unwrap().into_inner();
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        assert_eq!(crate::table::read(&bomb), Err(TableError::Bomb));
    }

    #[test]
    fn what_is_no_archive_is_said_to_be_broken() {
        assert_eq!(check(b"PK\x03\x04 and nothing more"), Err(TableError::Broken));
    }
}
