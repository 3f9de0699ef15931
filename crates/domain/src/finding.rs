//! The words by which people are found.
//!
//! A stored text is entered at every place where a word begins, so that a prefix of any part finds
//! it: `2024/CS/017` by `2024`, by `cs/017` and by `017`. Case and accents don't count.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word that is kept, in characters.
const LONGEST: usize = 64;
/// Most words of one person.
const MOST: usize = 64;
/// Most words of a search: further ones hardly narrow it.
const MOST_ASKED: usize = 4;
/// Shortest word in which a slip is forgiven.
const SHORTEST_SLIP: usize = 4;
/// Longest one: each letter costs some fifty questions.
const LONGEST_SLIP: usize = 16;

/// Lower case without accents, as words are stored and asked for.
pub fn plain(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    let bare: String = lower.nfkd().filter(|letter| !is_combining_mark(*letter)).nfc().collect();
    let mut plain = String::with_capacity(bare.len());
    for letter in bare.chars() {
        match letter {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'ı' => plain.push('i'),
            '’' | 'ʼ' => plain.push('\''),
            other => plain.push(other),
        }
    }
    plain
}

/// What a person is found by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Findable<'a> {
    /// Full name.
    pub name: &'a str,
    /// The institution's number.
    pub number: &'a str,
    /// User name.
    pub username: Option<&'a str>,
    /// E-mail address; found by what stands before the `@`.
    pub email: Option<&'a str>,
}

impl Findable<'_> {
    /// The words under which the person is stored.
    pub fn words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for text in [self.number, self.username.unwrap_or_default(), self.name] {
            plain(text).split_whitespace().for_each(|token| enter(&mut words, token, token.len()));
        }
        if let Some(email) = self.email.map(plain) {
            enter(&mut words, &email, email.find('@').unwrap_or(email.len()));
        }
        words
    }
}

/// Enters a token at every place before `end` where a word begins, and without its signs.
fn enter(words: &mut BTreeSet<String>, token: &str, end: usize) {
    let mut before = ' ';
    for (at, letter) in token.char_indices().take_while(|(at, _)| *at < end) {
        let begins = letter.is_alphanumeric() && (!before.is_alphanumeric() || is_sign(letter));
        if begins && words.len() < MOST {
            words.insert(token.chars_from(at));
        }
        before = letter;
    }
    let bare: String = token.chars().filter(|letter| letter.is_alphanumeric()).collect();
    if end == token.len() && !bare.is_empty() && words.len() < MOST {
        words.insert(bare.chars_from(0));
    }
}

trait CharsFrom {
    fn chars_from(&self, at: usize) -> String;
}

impl CharsFrom for str {
    fn chars_from(&self, at: usize) -> String {
        self.get(at..).unwrap_or_default().chars().take(LONGEST).collect()
    }
}

/// A character of a script that writes words without blanks: each may begin one.
fn is_sign(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// The words of a search, the longest first: each must begin one of the person's.
pub fn asked(text: &str) -> Vec<String> {
    let text = plain(text);
    let edges = |letter: char| !letter.is_alphanumeric();
    let words: BTreeSet<String> = text
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .map(|word| word.trim_matches(edges).chars_from(0))
        .filter(|word| !word.is_empty())
        .collect();
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.truncate(MOST_ASKED);
    words
}

/// What somebody may have meant by a word that nobody has: one letter left out, doubled, mistaken
/// or exchanged with its neighbour. Latin letters and digits only.
pub fn near(word: &str) -> BTreeSet<String> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let typed = word.as_bytes();
    let known = (SHORTEST_SLIP..=LONGEST_SLIP).contains(&typed.len())
        && typed.iter().all(u8::is_ascii_alphanumeric);
    let mut near = BTreeSet::new();
    if !known {
        return near;
    }
    let mut keep = |parts: [&[u8]; 3]| {
        near.extend(String::from_utf8(parts.concat()).ok());
    };
    for at in 0..=typed.len() {
        let (head, tail) = typed.split_at(at);
        let rest = tail.get(1..).unwrap_or_default();
        for letter in LETTERS {
            keep([head, &[*letter], tail]);
        }
        if let [one, ..] = tail {
            keep([head, rest, &[]]);
            for letter in LETTERS {
                keep([head, &[*letter], rest]);
            }
            if let [two, beyond @ ..] = rest {
                keep([head, &[*two, *one], beyond]);
            }
        }
    }
    near.remove(word);
    near
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn found(person: Findable<'_>, text: &str) -> bool {
        let words = person.words();
        let asked = asked(text);
        !asked.is_empty() && asked.iter().all(|w| words.iter().any(|have| have.starts_with(w)))
    }

    const PERSON: Findable<'static> = Findable {
        name: "Ana María O’Brien-Łukasz 王小明",
        number: "2024/CS/017",
        username: Some("amob"),
        email: Some("ana.obrien@campus.example"),
    };

    #[rstest]
    #[case::beginning("ana", true)]
    #[case::several_words_in_any_order("lukasz mar", true)]
    #[case::other_case_and_no_accent("MARIA", true)]
    #[case::with_its_accent("María", true)]
    #[case::apostrophe("o'brien", true)]
    #[case::without_apostrophe("obrien", true)]
    #[case::after_a_hyphen("łukasz", true)]
    #[case::chinese_given_name("小明", true)]
    #[case::whole_number("2024/cs/017", true)]
    #[case::end_of_the_number("017", true)]
    #[case::number_without_signs("2024cs", true)]
    #[case::user_name("amo", true)]
    #[case::address("ana.obrien@campus.example", true)]
    #[case::part_of_the_address("obrien@camp", true)]
    #[case::host_of_the_address("campus", false)]
    #[case::middle_of_a_word("rien", false)]
    #[case::one_word_that_is_not_theirs("ana smith", false)]
    #[case::nothing("  -- ", false)]
    fn a_person_is_found(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(found(PERSON, text), expected);
    }

    #[rstest]
    #[case("smiht")]
    #[case("smth")]
    #[case("smitth")]
    #[case("snith")]
    fn a_slip_is_near_to_what_was_meant(#[case] typed: &str) {
        assert!(near(typed).contains("smith"));
    }

    #[test]
    fn short_words_and_other_scripts_have_nothing_near() {
        assert!(near("ann").is_empty() && near("王小明").is_empty() && near("łukasz").is_empty());
    }

    proptest! {
        #[test]
        fn whoever_is_called_something_is_found_by_it(name in "[\\p{L}]{1,12}( [\\p{L}]{1,12}){0,2}") {
            let person = Findable { name: &name, ..Findable::default() };
            prop_assert!(found(person, &name), "{:?} {:?}", person.words(), asked(&name));
        }

        #[test]
        fn any_text_is_taken(text in ".{0,600}") {
            let person = Findable { name: &text, number: &text, username: Some(&text), email: Some(&text) };
            prop_assert!(person.words().len() <= MOST && asked(&text).len() <= MOST_ASKED);
            near(&text);
        }
    }
}
