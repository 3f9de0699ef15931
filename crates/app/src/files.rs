//! Files that nodes give each other by their digests: photos, attachments, the logo. Which node may
//! ask, and for what, is for whoever carries them to say.

use crate::{Error, Result};
use data_encoding::HEXLOWER;
use muster_domain::attachment::{FileKind, LARGEST};
use muster_storage::replication::Sight;
use muster_storage::replication::files::{self, Asked, File};
use muster_storage::{ReadTx, WriteTx};
use sha2::{Digest, Sha256};

/// Most digests in one part.
const AT_ONCE: i64 = 500;

/// Goes once through the files that this node lacks, in the order of their digests and from any place
/// on. Whoever stops early and begins elsewhere the next time comes by all of them, although some
/// may be nowhere any more.
#[derive(Clone, Debug)]
pub struct Lacking {
    from: [u8; 32],
    /// The last one that was looked at; none once all were.
    after: Option<Vec<u8>>,
    /// Whether it came to the end, and goes on from the beginning.
    around: bool,
}

impl Lacking {
    /// Begins after that place.
    pub fn from(place: [u8; 32]) -> Self {
        Self { from: place, after: Some(place.to_vec()), around: false }
    }

    /// The next part, as hexadecimal digits; none at the end.
    pub fn part(&mut self, tx: &mut ReadTx<'_>) -> Result<Vec<String>> {
        while let Some(after) = self.after.take() {
            let mut digests = files::missing(tx, (&after, AT_ONCE))?;
            let full = i64::try_from(digests.len()).is_ok_and(|count| count == AT_ONCE);
            if self.around {
                digests.retain(|digest| digest.as_slice() <= self.from.as_slice());
            }
            if full {
                self.after = digests.last().cloned();
            } else if !self.around {
                (self.after, self.around) = (Some(Vec::new()), true);
            }
            if !digests.is_empty() {
                return Ok(digests.iter().map(|digest| HEXLOWER.encode(digest)).collect());
            }
        }
        Ok(Vec::new())
    }
}

/// Which of these files whoever sees that much may have: of people and classes in sight, and the logo.
pub fn within(tx: &mut ReadTx<'_>, named: &[String], sight: &Sight) -> Result<Vec<String>> {
    let digests = named.iter().map(|named| digest(named)).collect::<Result<Vec<_>>>()?;
    let seen = files::within(tx, &digests, sight)?;
    Ok(seen.iter().map(|digest| HEXLOWER.encode(digest)).collect())
}

/// The file of that digest.
pub fn file(tx: &mut ReadTx<'_>, named: &str) -> Result<File> {
    files::file(tx, &digest(named)?)?.ok_or(Error::NotFound)
}

/// Takes a file that this node lacks; false if it is not asked for, or no longer. What is no such
/// file as may be uploaded here is refused, whoever sends it.
pub fn take(tx: &mut WriteTx<'_>, named: &str, content: &[u8]) -> Result<bool> {
    let digest = digest(named)?;
    let asked = files::asked(tx, &digest)?;
    if asked == Asked::default() {
        return Ok(false);
    }
    let media_type = check(&digest, asked, content)?.media_type().to_owned();
    Ok(files::put(tx, &digest, &File { media_type, content: content.to_vec() })? > 0)
}

/// What the file is, if it may stand where it is asked for: photos and the logo are drawn anew when
/// they are uploaded, and have one kind each.
fn check(digest: &[u8], asked: Asked, content: &[u8]) -> Result<FileKind> {
    if content.len() > LARGEST {
        return Err(Error::field("file", "This file is larger than any that is kept."));
    }
    if Sha256::digest(content).as_slice() != digest {
        return Err(Error::field("file", "This file is another one: its digest differs."));
    }
    let kind = FileKind::of(content);
    let fits = |kind: &FileKind| {
        (!asked.photo || *kind == FileKind::Jpeg) && (!asked.logo || *kind == FileKind::Png)
    };
    kind.filter(fits).ok_or_else(|| Error::field("file", "This is no file of that kind."))
}

/// A digest as it is named.
fn digest(named: &str) -> Result<Vec<u8>> {
    let digest = HEXLOWER.decode(named.as_bytes()).ok().filter(|digest| digest.len() == 32);
    digest.ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(asked: Asked, content: &[u8]) -> Option<FileKind> {
        check(&Sha256::digest(content), asked, content).ok()
    }

    #[test]
    fn a_file_is_taken_only_as_what_may_stand_there() {
        let jpeg = [0xff, 0xd8, 0xff, 0xe0];
        let photo = Asked { photo: true, ..Asked::default() };
        let attachment = Asked { attachment: true, ..Asked::default() };
        assert_eq!(judged(photo, &jpeg), Some(FileKind::Jpeg));
        assert_eq!(judged(photo, b"%PDF-1.7"), None);
        assert_eq!(judged(attachment, b"%PDF-1.7"), Some(FileKind::Pdf));
        assert_eq!(judged(attachment, b"<html>"), None);
        assert_eq!(judged(Asked { logo: true, ..photo }, &jpeg), None);
    }

    #[test]
    fn another_file_and_one_too_large_are_refused() {
        let asked = Asked { attachment: true, ..Asked::default() };
        assert!(check(&[0; 32], asked, b"%PDF-1.7").is_err());
        let mut large = b"%PDF-1.7".to_vec();
        large.resize(LARGEST + 1, 0);
        assert_eq!(judged(asked, &large), None);
    }
}
