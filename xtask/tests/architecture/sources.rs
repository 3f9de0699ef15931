//! Rules on source text.

use crate::literals::take_apart;
use crate::tracked::by_line;

/// The most lines of a file that is not a test.
const LONGEST: usize = 500;

/// Statements of SQL among the strings.
pub fn sql(source: &str) -> Vec<String> {
    let strings = take_apart(source).strings;
    strings
        .iter()
        .filter(|(_, text)| is_sql(text))
        .map(|(line, text)| format!("line {line}: SQL in {:?}", text.trim().lines().next()))
        .collect()
}

fn is_sql(text: &str) -> bool {
    let words: Vec<_> = text.split_whitespace().map(str::to_ascii_lowercase).collect();
    let has = |word: &str| words.iter().any(|own| own == word);
    let start: Vec<_> = words.iter().map(String::as_str).take(4).collect();
    match start.as_slice() {
        ["select", ..] => has("from") && !text.trim_end().ends_with('.'),
        ["with", _, "as", ..] => has("select"),
        start => matches!(
            start,
            ["insert", "into" | "or", ..]
                | ["delete", "from", _, "where"]
                | ["create" | "alter" | "drop", "table" | "index", ..]
                | ["update", _, "set", _]
        ),
    }
}

/// `async` and `.await` in code.
pub fn asynchronous(source: &str) -> Vec<String> {
    by_line(&take_apart(source).code, |line| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.find(|word| ["async", "await"].contains(word)).map(|word| format!("`{word}`"))
    })
}

/// Files that are about too much.
pub fn too_long(source: &str) -> Vec<String> {
    let lines = source.lines().count();
    if lines > LONGEST { vec![format!("{lines} lines, is it about one thing?")] } else { vec![] }
}

/// Notes and macros that put work off.
pub fn left_for_later(source: &str) -> Vec<String> {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("HA", "CK"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
    ];
    by_line(source, |line| {
        marks.iter().find(|mark| contains_word(line, mark)).map(|mark| format!("`{mark}`"))
    })
}

/// Tests that are switched off, or that switch the others off, and examples in the documentation of
/// Rust, which nothing runs: building the workspace once more for them takes minutes.
pub fn tests_that_do_not_run(source: &str) -> Vec<String> {
    let marks = [
        concat!("#[ig", "nore"),
        concat!("test.sk", "ip"),
        concat!("test.fix", "me"),
        concat!("describe.sk", "ip"),
        concat!("it.sk", "ip"),
        concat!("test.on", "ly"),
        concat!("describe.on", "ly"),
        concat!("//", "/ ```"),
        concat!("//", "! ```"),
    ];
    by_line(source, |line| {
        marks.iter().find(|mark| line.contains(*mark)).map(|mark| format!("`{mark}`"))
    })
}

/// Tests inside a crate whose tests stand beside it.
pub fn tests_inside(source: &str) -> Vec<String> {
    by_line(&take_apart(source).code, |line| {
        let squeezed: String = line.split_whitespace().collect();
        squeezed
            .contains("cfg(test")
            .then(|| "a test, which belongs into crates/web/tests".to_owned())
    })
}

/// Whether the line has the text, and not as a part of a longer word.
fn contains_word(line: &str, word: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(letter) && (word.ends_with('(') || !after.is_some_and(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_in_a_string_is_noticed_and_prose_is_not() {
        let statements = [
            r#"const GET: &str = "select id from person where id = ?1";"#,
            "let x = r\"\n  update person set name = ?2\";",
            r#"f("INSERT INTO person values (1)")"#,
            r#"f("delete from mark where id = ?1")"#,
            r#"f("with t as (select 1) select * from t")"#,
        ];
        for source in statements {
            assert_eq!(sql(source).len(), 1, "{source}");
        }
        for source in [
            r#"f("Select a class from the list.")"#,
            r#"f("Update person records")"#,
            "// select id from person",
            r#"f("insert a coin")"#,
        ] {
            assert!(sql(source).is_empty(), "{source}");
        }
    }

    #[test]
    fn asynchronous_code_is_noticed_and_prose_is_not() {
        assert_eq!(asynchronous("async fn f() {}"), ["line 1: `async`"]);
        assert_eq!(asynchronous("fn f() {}\nlet x = g().await;"), ["line 2: `await`"]);
        assert!(asynchronous("// waits in async code\nlet s = \"async\";").is_empty());
    }

    #[test]
    fn a_test_inside_is_noticed_and_prose_is_not() {
        assert_eq!(tests_inside("fn f() {}\n#[cfg(test)]\nmod tests;").len(), 1);
        assert_eq!(tests_inside("#[cfg( test )]").len(), 1);
        assert!(tests_inside("// no cfg(test) here\n#[cfg(unix)]").is_empty());
    }

    #[test]
    fn a_long_file_is_noticed() {
        assert_eq!(too_long(&"x\n".repeat(LONGEST + 1)).len(), 1);
        assert!(too_long(&"x\n".repeat(LONGEST)).is_empty());
    }

    #[test]
    fn work_put_off_is_noticed() {
        assert_eq!(left_for_later(concat!("// TO", "DO: more")).len(), 1);
        assert_eq!(left_for_later(concat!("    to", "do!()")).len(), 1);
        assert!(left_for_later("let todos = \"MASTODON\";").is_empty());
    }

    #[test]
    fn a_test_that_is_switched_off_is_noticed() {
        assert_eq!(tests_that_do_not_run(concat!("#[ig", "nore = \"slow\"]")).len(), 1);
        assert_eq!(tests_that_do_not_run(concat!("  test.on", "ly('a', f)")).len(), 1);
        assert_eq!(tests_that_do_not_run(concat!("    //", "/ ```")).len(), 1);
        assert!(tests_that_do_not_run("#[test]").is_empty());
    }
}
