//! Markdown in, safe HTML out: what people type may have headings, lists, emphasis and links, and
//! nothing else. Tags are shown as they were typed, pictures become their words, and a link leads
//! to the web or to a mail address or is no link.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Parser, Tag, TagEnd, html};

/// Addresses that a link may have begin like this.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// Levels of nesting that are kept; quotes within quotes within quotes are somebody's joke.
const DEEPEST: usize = 12;

/// The text as HTML. Headings begin at the third level: above stand those of the page.
pub fn to_html(text: &str) -> String {
    let mut safe = Safe::default();
    let events = Parser::new(text).filter_map(|event| safe.take(event));
    let mut out = String::with_capacity(text.len() * 2);
    html::push_html(&mut out, events);
    out
}

#[derive(Default)]
struct Safe {
    /// For each link that is open, whether it is kept.
    links: Vec<bool>,
    /// For each other element that is open, whether it is kept.
    open: Vec<bool>,
}

impl Safe {
    fn take<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = match link_type {
                    // Written as `<dean@campus.example>`; the scheme is added behind us.
                    LinkType::Email => Some(dest_url),
                    _ => reachable(dest_url),
                };
                self.links.push(dest_url.is_some());
                dest_url.map(|dest_url| Event::Start(Tag::Link { link_type, dest_url, title, id }))
            }
            Event::End(TagEnd::Link) => {
                self.links.pop().filter(|kept| *kept).map(|_| Event::End(TagEnd::Link))
            }
            Event::Start(tag) => {
                let kept = self.open.len() < DEEPEST;
                self.open.push(kept);
                kept.then(|| Event::Start(lowered(tag)))
            }
            Event::End(tag) => {
                let kept = self.open.pop().unwrap_or(false);
                kept.then(|| Event::End(lowered_end(tag)))
            }
            other => Some(other),
        }
    }
}

/// The address, if it leads to the web or to a mail address.
fn reachable(address: CowStr<'_>) -> Option<CowStr<'_>> {
    let begins = |scheme: &&str| {
        let start = address.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().any(begins).then_some(address)
}

fn lowered(tag: Tag<'_>) -> Tag<'_> {
    match tag {
        Tag::Heading { level, .. } => {
            Tag::Heading { level: lower(level), id: None, classes: Vec::new(), attrs: Vec::new() }
        }
        tag => tag,
    }
}

fn lowered_end(tag: TagEnd) -> TagEnd {
    match tag {
        TagEnd::Heading(level) => TagEnd::Heading(lower(level)),
        tag => tag,
    }
}

const fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        _ => HeadingLevel::H5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What hostile and ordinary texts come to, to be looked at as a whole.
    const TEXTS: [&str; 15] = [
        "# The library\n\nopens at **8**, *also* on Sundays:\n\n- Monday\n- Tuesday\n\n1. one",
        "<script>alert(1)</script>",
        "Come <b onmouseover=alert(1)>all</b> <img src=x onerror=alert(1)>",
        "<div>\n<iframe src=\"https://evil.example\"></iframe>\n</div>\n\nafter",
        "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c]( javascript&colon;alert(1))",
        "[d](data:text/html;base64,PHNjcmlwdD4=) [e](vbscript:x) [f](//evil.example) [g](/settings)",
        "[fine](https://campus.example/a?b=1&c=2 \"tip \\\" onclick=x\") [mail](mailto:a@b.example)",
        "<https://campus.example> <javascript:alert(1)> <dean@campus.example>",
        "![a picture](https://evil.example/pixel.png) and ![](x)",
        "[![within](https://evil.example/p.png)](javascript:alert(1))",
        "[quote\"s](https://campus.example/\"onmouseover=\"alert(1))",
        "`<script>` and\n\n```html\"onload=\"x\n<script>alert(1)</script>\n```",
        "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
        "[ref][1]\n\n[1]: javascript:alert(1)",
        "a\u{202e}b <!-- comment --> <?php echo 1 ?> <![CDATA[x]]>",
    ];

    #[test]
    fn hostile_texts_come_to_nothing_but_text() {
        let shown = TEXTS.map(|text| format!("{text}\n=>\n{}", to_html(text)));
        insta::assert_snapshot!(shown.join("\n--------\n"));
    }

    #[test]
    fn ten_thousand_quotes_within_each_other_are_flattened() {
        let shown = to_html(&">".repeat(10_000));
        assert!(shown.matches("<blockquote>").count() <= DEEPEST);
        assert_eq!(shown.matches("<blockquote>").count(), shown.matches("</blockquote>").count());
    }

    /// Elements that may come out; attributes are those of links alone.
    const ALLOWED: [&str; 17] = [
        "p",
        "h3",
        "h4",
        "h5",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "code",
        "pre",
        "blockquote",
        "br",
        "hr",
        "a",
        "br/",
        "hr/",
    ];

    fn is_allowed(tag: &str) -> bool {
        if let Some(name) = tag.strip_prefix('/') {
            return ALLOWED.contains(&name);
        }
        let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let attributes = match name {
            "a" => rest.starts_with("href=\""),
            "ol" => rest.is_empty() || rest.starts_with("start=\""),
            "code" => rest.is_empty() || rest.starts_with("class=\"language-"),
            _ => rest.is_empty() || rest == "/",
        };
        ALLOWED.contains(&name) && attributes
    }

    proptest! {
        #[test]
        fn no_other_element_comes_out_of_any_text(
            parts in proptest::collection::vec(
                prop_oneof![
                    "[ -~\n]{0,12}",
                    Just("<script>".to_owned()), Just("![x](".to_owned()), Just("](javascript:".to_owned()),
                    Just("\n\n<div ".to_owned()), Just("</".to_owned()), Just("[a](http://x \"".to_owned()),
                    Just("\n# ".to_owned()), Just("\n> - ".to_owned()), Just("```".to_owned()),
                ],
                0..20,
            )
        ) {
            let shown = to_html(&parts.concat());
            for tag in shown.split('<').skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                prop_assert!(is_allowed(tag), "<{}> of {:?}", tag, parts.concat());
            }
        }
    }
}
