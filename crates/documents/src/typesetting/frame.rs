//! What the server and the typesetter say to each other over a pipe: messages of parts, each part
//! with its length before it. The first part is JSON, the others are files.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;
use std::io::{Error, ErrorKind, Read, Result, Write};

/// Parts of one message: a few files for each of 100 sheets, and then some.
const MOST_PARTS: usize = 1_024;

/// What the typesetter is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Request {
    /// Sheets by a template.
    Render {
        /// Typst source that defines `sheet(item, files, common)`.
        template: String,
        /// `{"title", "common", "sheets": [{"item", "files"}]}`.
        data: serde_json::Value,
        /// Names of the files that follow, as the template reads them.
        files: Vec<String>,
        /// What comes out.
        form: Form,
        /// Processor time that it may take, in seconds.
        seconds: u64,
    },
    /// One document of those that follow.
    Join {
        /// Processor time that it may take, in seconds.
        seconds: u64,
    },
}

/// What sheets become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One PDF of all.
    Pdf,
    /// A PNG of each page.
    Pictures {
        /// How fine, in pixels to the inch.
        density: u16,
    },
}

/// What the typesetter answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Answer {
    /// The files follow.
    Made {
        /// How many pages there are.
        pages: usize,
    },
    /// The template is at fault, or what it was given.
    Wrong {
        /// Each fault.
        faults: Vec<Fault>,
    },
}

/// What is wrong in a template, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where in the template, if it is in its text at all.
    pub place: Option<Place>,
    /// What is wrong, in the typesetter's words.
    pub message: String,
    /// What could be done about it.
    pub hints: Vec<String>,
}

/// A place in a template's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place { line, column }) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.message)?;
        self.hints.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

/// Sends a message.
pub fn send(to: &mut impl Write, head: &impl Serialize, files: &[impl AsRef<[u8]>]) -> Result<()> {
    let head = serde_json::to_vec(head)?;
    to.write_all(&length(files.len() + 1)?)?;
    for part in std::iter::once(head.as_slice()).chain(files.iter().map(AsRef::as_ref)) {
        to.write_all(&length(part.len())?)?;
        to.write_all(part)?;
    }
    to.flush()
}

/// Receives a message of at most so many bytes; nothing if the other side closed its end between
/// two messages.
pub fn receive<T: DeserializeOwned>(
    from: &mut impl Read,
    most: u64,
) -> Result<Option<(T, Vec<Vec<u8>>)>> {
    let Some(count) = first_length(from)? else { return Ok(None) };
    if count == 0 || count > MOST_PARTS {
        return Err(Error::new(ErrorKind::InvalidData, "a message of no or too many parts"));
    }
    let mut room = most;
    let mut parts = Vec::with_capacity(count);
    for _ in 0..count {
        let length = next_length(from)?;
        room = room
            .checked_sub(length)
            .ok_or_else(|| Error::new(ErrorKind::FileTooLarge, "a message that is too long"))?;
        let mut part = Vec::new();
        if from.by_ref().take(length).read_to_end(&mut part)? as u64 != length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        parts.push(part);
    }
    let files = parts.split_off(1);
    let head = serde_json::from_slice(&parts.concat())?;
    Ok(Some((head, files)))
}

fn length(bytes: usize) -> Result<[u8; 4]> {
    let length = u32::try_from(bytes).map_err(|_| Error::from(ErrorKind::FileTooLarge))?;
    Ok(length.to_be_bytes())
}

fn next_length(from: &mut impl Read) -> Result<u64> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u64::from(u32::from_be_bytes(bytes)))
}

fn first_length(from: &mut impl Read) -> Result<Option<usize>> {
    let mut bytes = Vec::new();
    match from.by_ref().take(4).read_to_end(&mut bytes)? {
        0 => Ok(None),
        _ => match <[u8; 4]>::try_from(bytes.as_slice()) {
            Ok(bytes) => Ok(usize::try_from(u32::from_be_bytes(bytes)).ok()),
            Err(_) => Err(ErrorKind::UnexpectedEof.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(head: &Answer, files: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        send(&mut bytes, head, files).unwrap();
        bytes
    }

    #[test]
    fn a_message_arrives_as_it_was_sent() {
        let mut pipe = sent(&Answer::Made { pages: 2 }, &[b"%PDF", b""]);
        pipe.extend(sent(&Answer::Wrong { faults: Vec::new() }, &[]));
        let mut pipe = pipe.as_slice();
        let first = receive::<Answer>(&mut pipe, 1_000).unwrap().unwrap();
        assert_eq!(first, (Answer::Made { pages: 2 }, vec![b"%PDF".to_vec(), Vec::new()]));
        let (second, files) = receive::<Answer>(&mut pipe, 1_000).unwrap().unwrap();
        assert_eq!((second, files.len()), (Answer::Wrong { faults: Vec::new() }, 0));
        assert!(receive::<Answer>(&mut pipe, 1_000).unwrap().is_none());
    }

    #[test]
    fn a_message_that_breaks_off_is_an_error_at_every_byte() {
        let whole = sent(&Answer::Made { pages: 2 }, &[b"%PDF"]);
        for end in 1..whole.len() {
            let mut pipe = whole.get(..end).unwrap();
            assert!(receive::<Answer>(&mut pipe, 1_000).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn a_message_over_its_length_is_refused_before_it_is_read() {
        let whole = sent(&Answer::Made { pages: 2 }, &[&[0; 100]]);
        let error = receive::<Answer>(&mut whole.as_slice(), 99).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        let endless = [0xff; 8];
        assert!(receive::<Answer>(&mut endless.as_slice(), 1_000).is_err());
    }

    #[test]
    fn a_fault_says_its_place_its_nature_and_what_helps() {
        let fault = Fault {
            place: Some(Place { line: 3, column: 7 }),
            message: "unknown variable: nmae".to_owned(),
            hints: vec!["did you mean `name`?".to_owned()],
        };
        assert_eq!(
            fault.to_string(),
            "line 3, column 7: unknown variable: nmae (did you mean `name`?)"
        );
    }
}
