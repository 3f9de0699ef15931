//! Workbooks are ZIP files: a few kilobytes can unpack to gigabytes, and the sizes that a file tells
//! of itself may lie.

use super::TableError;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Most bytes that a workbook may unpack to, all its files together.
const LARGEST_CONTENT: u64 = 400 << 20;
/// Most files in a workbook.
const MOST_FILES: usize = 2_000;

/// Most texts that a workbook may hold or claim to hold: cells of the longest table, each its own.
const MOST_TEXTS: usize = 5_000_000;
/// The file with a workbook's texts.
const TEXTS: &str = "sharedstrings.xml";
/// Bytes that are looked at together.
const WINDOW: usize = 64 << 10;

/// Unpacks every file to nowhere: passes if the whole stays within the limits.
pub(crate) fn check(archive: &[u8]) -> Result<(), TableError> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(|_| TableError::Broken)?;
    if zip.len() > MOST_FILES {
        return Err(TableError::Bomb);
    }
    let mut left = LARGEST_CONTENT;
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|_| TableError::Broken)?;
        let name = file.name().map_err(|_| TableError::Broken)?.to_lowercase();
        let mut file = file.take(left + 1);
        let size = if name.ends_with(TEXTS) {
            count_texts(&mut file)?
        } else {
            std::io::copy(&mut file, &mut std::io::sink()).map_err(|_| TableError::Broken)?
        };
        left = left.checked_sub(size).ok_or(TableError::Bomb)?;
    }
    Ok(())
}

/// Reads the texts to nowhere; their size. Who reads a workbook makes room for as many as it claims
/// before it reads the first.
fn count_texts(file: &mut impl Read) -> Result<u64, TableError> {
    let (mut window, mut size, mut texts) = (Vec::new(), 0, 0);
    loop {
        let read = file.by_ref().take(WINDOW as u64).read_to_end(&mut window);
        let read = read.map_err(|_| TableError::Broken)?;
        size += read as u64;
        if texts == 0 && claims(&window).any(|claim| claim.is_none_or(|claim| claim > MOST_TEXTS)) {
            return Err(TableError::Bomb);
        }
        texts += window.windows(3).filter(|bytes| bytes == b"<si").count();
        if texts > MOST_TEXTS {
            return Err(TableError::Bomb);
        }
        if read == 0 {
            return Ok(size);
        }
        // What lies across two windows is seen in the second.
        window.drain(..window.len().saturating_sub(CLAIM.len() + 20));
    }
}

/// How many different texts there are to be.
const CLAIM: &[u8] = b"uniqueCount";

/// What each such attribute says; none for one that is written as nobody writes it.
fn claims(window: &[u8]) -> impl Iterator<Item = Option<usize>> {
    let found = window.windows(CLAIM.len()).enumerate().filter(|(_, bytes)| *bytes == CLAIM);
    found.map(move |(at, _)| {
        let rest = window.get(at + CLAIM.len()..)?.strip_prefix(b"=\"")?;
        let digits: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_digit).collect();
        String::from_utf8(digits).ok()?.parse().ok()
    })
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
    fn a_workbook_that_claims_more_texts_than_there_can_be_is_refused() {
        let claiming = |claim: &str| {
            let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
            zip.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
            zip.write_all(format!("<sst {claim}><si><t>a</t></si></sst>").as_bytes()).unwrap();
            check(&zip.finish().unwrap().into_inner())
        };
        assert_eq!(claiming("uniqueCount=\"1\""), Ok(()));
        assert_eq!(claiming("count=\"1\""), Ok(()));
        for claim in ["\"4000000000000\"", "'4000000000000'", "  = \"4000000000000\"", "\"&#52;\""]
        {
            let claim = format!("uniqueCount={claim}").replace("= ", " ");
            assert_eq!(claiming(&claim), Err(TableError::Bomb), "{claim}");
        }
    }

    #[test]
    fn what_is_no_archive_is_said_to_be_broken() {
        assert_eq!(check(b"PK\x03\x04 and nothing more"), Err(TableError::Broken));
    }
}
