//! What the framework says of a request that it could not read, made into sentences: which member is
//! wrong, and what is the matter with it.

/// What is wrong, and with which member, where the framework says so.
pub(crate) struct Unread {
    /// JSON Pointer to the member.
    pub pointer: Option<String>,
    /// A sentence.
    pub detail: String,
}

const BODY: &str = "Failed to deserialize the JSON body into the target type: ";
const QUERY: &str = "Failed to deserialize query string: ";
const BROKEN: &str = "Failed to parse the request body as JSON: ";
const PATH: &str = "Invalid URL: Cannot parse ";

impl Unread {
    /// Reads the framework's words; those that are not known stay as they are.
    pub fn of(words: &str) -> Self {
        if let Some(rest) = words.strip_prefix(BODY).or_else(|| words.strip_prefix(QUERY)) {
            return Self::member(without_place(rest));
        }
        if let Some(rest) = words.strip_prefix(BROKEN) {
            let (rest, place) = split_path(rest).map_or((rest, ""), |(path, rest)| (rest, path));
            let at = if place.is_empty() { String::new() } else { format!(" In {place}:") };
            return Self::plain(format!("This body is no JSON.{at} {}", sentence(rest)));
        }
        if let Some(rest) = words.strip_prefix(PATH) {
            let value = rest.split('`').nth(3).unwrap_or_default();
            return Self::plain(format!("“{value}” in the address is no id."));
        }
        Self::plain(words.to_owned())
    }

    fn plain(detail: String) -> Self {
        Self { pointer: None, detail }
    }

    fn member(words: &str) -> Self {
        let (path, what) = split_path(words).unwrap_or(("", words));
        let mut pointer = pointer(path);
        let detail = match (quoted(what, "missing field "), quoted(what, "unknown field ")) {
            (Some(name), _) => {
                pointer = format!("{pointer}/{name}");
                "This is missing.".to_owned()
            }
            (_, Some(name)) => {
                pointer = format!("{pointer}/{name}");
                "This is not known here.".to_owned()
            }
            (None, None) => said(what),
        };
        Self { pointer: Some(pointer).filter(|pointer| !pointer.is_empty()), detail }
    }
}

/// Without *at line 1 column 15*, which tells nothing that the member does not.
fn without_place(words: &str) -> &str {
    words.rsplit_once(" at line ").map_or(words, |(words, _)| words)
}

/// The path to a member, such as `items[0].name`, before what is said of it.
fn split_path(words: &str) -> Option<(&str, &str)> {
    let (path, rest) = words.split_once(": ")?;
    let fits = |sign: char| sign.is_ascii_alphanumeric() || "_-.[]".contains(sign);
    (!path.is_empty() && path.chars().all(fits)).then_some((path, rest))
}

fn pointer(path: &str) -> String {
    let parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty() && *part != "?");
    parts.flat_map(|part| ["/", part]).collect()
}

/// The name between backquotes that follows these words.
fn quoted<'w>(words: &'w str, before: &str) -> Option<&'w str> {
    words.strip_prefix(before)?.split('`').nth(1)
}

fn said(what: &str) -> String {
    match what {
        "invalid digit found in string" => return "Send a whole number.".to_owned(),
        "provided string was not `true` or `false`" => return "Send true or false.".to_owned(),
        id if id.starts_with("UUID parsing failed") => return "This is no id.".to_owned(),
        _ => {}
    }
    if let Some(unknown) = quoted(what, "unknown variant ") {
        let known: Vec<_> = what.split('`').skip(3).step_by(2).collect();
        return format!("“{unknown}” is not known here: send {}.", known.join(" or "));
    }
    let wrong =
        what.strip_prefix("invalid type: ").or_else(|| what.strip_prefix("invalid value: "));
    match wrong.and_then(|wrong| wrong.split_once(", expected ")) {
        Some((found, expected)) => format!("Send {}, not {found}.", plainly(expected)),
        None => sentence(what),
    }
}

/// What a member takes, in words that need no knowledge of the program's types.
fn plainly(expected: &str) -> &str {
    match expected {
        "i64" | "i32" | "i16" | "u64" | "u32" | "u16" | "u8" | "usize" => "a whole number",
        "f64" | "f32" => "a number",
        "a string" | "a formatted UUID string" | "str" | "string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other if other.starts_with("struct ") || other == "a map" => "an object",
        other => other,
    }
}

/// With a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if words.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
