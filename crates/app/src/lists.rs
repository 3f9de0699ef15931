//! The whole of a list that pages show part by part, for a file.

use crate::{Error, Result};

/// Lines read at once for a file.
const PART: i64 = 500;
/// Most lines of a file; a spreadsheet holds ten times as many.
const MOST: usize = 100_000;

/// The whole of a list that pages show part by part: `part` gives so many at most after the last.
pub fn every<T>(mut part: impl FnMut(Option<&T>, i64) -> Result<Vec<T>>) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    loop {
        let more = part(rows.last(), PART)?;
        let ended = i64::try_from(more.len()).unwrap_or(i64::MAX) < PART;
        rows.extend(more);
        need_room(rows.len())?;
        if ended {
            return Ok(rows);
        }
    }
}

/// Passes while a table has no more lines than a file may have.
pub fn need_room(lines: usize) -> Result<()> {
    if lines > MOST {
        let detail = "This table has more than 100,000 lines: narrow it down first.";
        return Err(Error::field("format", detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{PART, every};

    #[test]
    fn a_list_is_read_part_by_part_to_its_end() {
        let all: Vec<i64> = (0..=2 * PART).collect();
        let read = every(|last: Option<&i64>, limit| {
            let from = last.map_or(0, |last| last + 1);
            Ok(all.iter().copied().filter(|n| (from..from + limit).contains(n)).collect())
        });
        assert_eq!(read.ok(), Some(all));
    }

    #[test]
    fn a_list_that_never_ends_is_refused() {
        let read = every(|last: Option<&i64>, limit| {
            let from = last.map_or(0, |last| last + 1);
            Ok((from..from + limit).collect())
        });
        assert!(read.is_err());
    }
}
