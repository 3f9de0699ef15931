//! Files that people attach to what they ask for: what they may be, judged by their content.

use crate::text;
use crate::time::Span;

/// Largest attachment, in bytes.
pub const LARGEST: usize = 5 << 20;

/// The time within which [`Quota::A_DAY`] counts.
pub const DAY: Span = Span::days(1);

/// For how long a file that was replaced is kept.
pub const KEPT: Span = Span::days(1);

/// What somebody has stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Files.
    pub files: i64,
    /// Their bytes.
    pub bytes: i64,
}

/// How much of one person fits, so that nobody fills the disk: the office enters what others need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Files.
    pub files: i64,
    /// Their bytes.
    pub bytes: i64,
}

impl Quota {
    /// Within a day, replaced ones included.
    pub const A_DAY: Self = Self { files: 20, bytes: 40 << 20 };
    /// Altogether.
    pub const EVER: Self = Self { files: 200, bytes: 250 << 20 };

    const fn takes(self, stored: Stored, size: i64) -> bool {
        stored.files < self.files && stored.bytes + size <= self.bytes
    }
}

/// Whether another file of that size fits beside what its owner stored today and ever.
pub fn fits(size: usize, today: Stored, ever: Stored) -> Result<(), AttachmentError> {
    let size = i64::try_from(size).unwrap_or(i64::MAX / 2);
    if !Quota::EVER.takes(ever, size) {
        Err(AttachmentError::Full)
    } else if !Quota::A_DAY.takes(today, size) {
        Err(AttachmentError::FullToday)
    } else {
        Ok(())
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A PDF document.
    Pdf,
    /// A photo.
    Jpeg,
    /// An image.
    Png,
}

impl FileKind {
    /// The kind of a file that begins with those bytes.
    pub fn of(content: &[u8]) -> Option<Self> {
        let signs: [(&[u8], Self); 3] = [
            (b"%PDF-", Self::Pdf),
            (&[0xff, 0xd8, 0xff], Self::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Self::Png),
        ];
        signs.into_iter().find(|(sign, _)| content.starts_with(sign)).map(|(_, kind)| kind)
    }

    /// The media type under which it is served.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &[".pdf"],
            Self::Jpeg => &[".jpg", ".jpeg"],
            Self::Png => &[".png"],
        }
    }
}

/// Why a file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// Nothing in it.
    #[error("This file is empty: choose it again.")]
    Empty,
    /// More than [`LARGEST`].
    #[error("This file is too large: at most 5 MiB. Choose a smaller one.")]
    TooLarge,
    /// Neither document nor image.
    #[error("Attach a PDF, JPEG or PNG file.")]
    Kind,
    /// More than [`Quota::A_DAY`].
    #[error(
        "You have attached as much as a day allows: attach this tomorrow, or show it at the office."
    )]
    FullToday,
    /// More than [`Quota::EVER`].
    #[error("You have attached as much as one person may: show this at the office.")]
    Full,
}

/// Checks a file's size and content.
pub fn check(content: &[u8]) -> Result<FileKind, AttachmentError> {
    match content.len() {
        0 => Err(AttachmentError::Empty),
        size if size > LARGEST => Err(AttachmentError::TooLarge),
        _ => FileKind::of(content).ok_or(AttachmentError::Kind),
    }
}

/// The name under which a file is kept: without folders, short, with an ending of its kind.
pub fn file_name(given: &str, kind: FileKind) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|letter| !letter.is_control()).take(100).collect();
    let name = text::clean(&plain, 100).unwrap_or_else(|_| "attachment".to_owned());
    let folded = text::fold(&name);
    if kind.endings().iter().any(|ending| folded.ends_with(ending)) {
        return name;
    }
    let ending = kind.endings().first().copied().unwrap_or_default();
    format!("{name}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(b"%PDF-1.7 ...", Ok(FileKind::Pdf))]
    #[case(b"\xff\xd8\xff\xe0....", Ok(FileKind::Jpeg))]
    #[case(b"\x89PNG\r\n\x1a\n....", Ok(FileKind::Png))]
    #[case(b"<svg onload=alert(1)>", Err(AttachmentError::Kind))]
    #[case(b"MZ\x90 %PDF-", Err(AttachmentError::Kind))]
    #[case(b"", Err(AttachmentError::Empty))]
    fn a_file_is_what_its_content_says(
        #[case] content: &[u8],
        #[case] expected: Result<FileKind, AttachmentError>,
    ) {
        assert_eq!(check(content), expected);
    }

    #[test]
    fn five_mebibytes_fit_and_a_byte_more_does_not() {
        let mut content = b"%PDF-".to_vec();
        content.resize(LARGEST, 0);
        assert_eq!(check(&content), Ok(FileKind::Pdf));
        content.push(0);
        assert_eq!(check(&content), Err(AttachmentError::TooLarge));
    }

    #[rstest]
    #[case::first((0, 0), (0, 0), Ok(()))]
    #[case::last_of_a_day((19, 0), (199, 0), Ok(()))]
    #[case::many_today((20, 0), (20, 0), Err(AttachmentError::FullToday))]
    #[case::large_today((8, 36 << 20), (8, 36 << 20), Err(AttachmentError::FullToday))]
    #[case::many_ever((0, 0), (200, 0), Err(AttachmentError::Full))]
    #[case::large_ever((0, 0), (60, 246 << 20), Err(AttachmentError::Full))]
    #[case::to_the_brim((7, 35 << 20), (49, 245 << 20), Ok(()))]
    fn a_person_stores_so_much_in_a_day_and_ever(
        #[case] today: (i64, i64),
        #[case] ever: (i64, i64),
        #[case] expected: Result<(), AttachmentError>,
    ) {
        let [today, ever] = [today, ever].map(|(files, bytes)| Stored { files, bytes });
        assert_eq!(fits(LARGEST, today, ever), expected);
    }

    #[rstest]
    #[case("note.PDF", "note.PDF")]
    #[case("C:\\scans\\note.exe", "note.exe.pdf")]
    #[case("../../etc/passwd", "passwd.pdf")]
    #[case("a\r\nb.pdf", "ab.pdf")]
    #[case("", "attachment.pdf")]
    fn a_name_has_no_folders_and_the_ending_of_its_kind(
        #[case] given: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(file_name(given, FileKind::Pdf), expected);
    }
}
