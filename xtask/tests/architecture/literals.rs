//! Rust source taken apart just far enough: code without comments, and the strings in it.

/// A source's code, with comments and the insides of strings blanked, and its strings.
#[derive(Default)]
pub struct Parts {
    /// Same lines as the source.
    pub code: String,
    /// Line number and text of each string.
    pub strings: Vec<(usize, String)>,
}

/// Takes a source apart.
pub fn take_apart(source: &str) -> Parts {
    let mut parts = Parts::default();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let after_word = parts.code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = if rest.starts_with("//") {
            blank(&mut parts, rest, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            blank(&mut parts, rest, block_comment(rest))
        } else if first == '"' {
            string(&mut parts, rest, "", quoted(rest))
        } else if let Some((open, length)) = raw(rest).filter(|_| !after_word) {
            string(&mut parts, rest, open, length)
        } else if first == '\'' {
            character(&mut parts, rest)
        } else {
            parts.code.push(first);
            first.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    parts
}

/// Keeps the line breaks alone of the next bytes.
fn blank(parts: &mut Parts, rest: &str, length: usize) -> usize {
    let text = rest.get(..length).unwrap_or(rest);
    parts.code.extend(text.chars().filter(|&c| c == '\n'));
    parts.code.push(' ');
    text.len()
}

fn string(parts: &mut Parts, rest: &str, open: &str, length: usize) -> usize {
    let line = parts.code.matches('\n').count() + 1;
    let text = rest.get(..length).unwrap_or(rest);
    let inner = text.strip_prefix(open).unwrap_or(text).trim_matches(['"', '#']);
    parts.strings.push((line, inner.to_owned()));
    parts.code.push('"');
    blank(parts, rest, length);
    parts.code.push('"');
    text.len()
}

/// The length of a string in quotes, with its escapes.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The opening and the length of a raw string.
fn raw(rest: &str) -> Option<(&str, usize)> {
    let after = rest.strip_prefix('r').or_else(|| rest.strip_prefix("br"))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after.get(hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let open = rest.len() - body.len();
    let length = body.find(&close).map_or(rest.len(), |end| open + end + close.len());
    Some((rest.get(..open)?, length))
}

/// A character, or a lifetime's tick.
fn character(parts: &mut Parts, rest: &str) -> usize {
    parts.code.push('\'');
    let mut characters = rest.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let after = at + escaped.len_utf8();
            rest.get(after..).and_then(|r| r.find('\'')).map_or(1, |end| after + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(two) = rest.as_bytes().get(at..at + 2) {
        match two {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(source: &str) -> Vec<(usize, String)> {
        take_apart(source).strings
    }

    #[test]
    fn strings_of_all_kinds_are_found_with_their_lines() {
        let source =
            "let a = \"one \\\" two\";\nlet b = r#\"three \" four\"#;\nlet c = br\"five\";";
        assert_eq!(
            strings(source),
            [(1, "one \\\" two".into()), (2, "three \" four".into()), (3, "five".into())]
        );
    }

    #[test]
    fn a_string_over_lines_counts_at_its_first() {
        assert_eq!(strings("\n\"a\nb\"\n\"c\""), [(2, "a\nb".into()), (4, "c".into())]);
    }

    #[test]
    fn comments_characters_and_lifetimes_are_no_strings() {
        let source =
            "// \"a\"\n/* \"b\" /* */ \"c\" */ fn f<'a>(x: &'a str) { let q = '\"'; '\\''; }";
        assert_eq!(strings(source), []);
        assert!(take_apart(source).code.contains("let q"));
    }

    #[test]
    fn code_keeps_words_and_loses_texts() {
        let parts = take_apart("let word = \"hidden\"; // remark\nnext()");
        assert!(parts.code.contains("let word"));
        assert!(parts.code.contains("\nnext()"));
        assert!(!parts.code.contains("hidden") && !parts.code.contains("remark"));
    }
}
