//! Rules on templates: the content security policy allows nothing inline.

/// Inline styles, scripts and handlers, which browsers would refuse.
pub fn inline(template: &str) -> Vec<String> {
    tags(template)
        .filter_map(|(line, tag)| {
            let tag = tag.to_ascii_lowercase();
            let name = tag.split([' ', '\n', '\t', '>']).next().unwrap_or_default();
            fault(name, &attributes(&tag)).map(|fault| format!("line {line}: {fault} in <{name}>"))
        })
        .collect()
}

fn fault(name: &str, attributes: &[&str]) -> Option<String> {
    let data_block = attributes.iter().any(|own| own.starts_with("type=\"application/"));
    match name {
        "style" => return Some("inline style sheet".to_owned()),
        "script" if !data_block && !attributes.iter().any(|own| own.starts_with("src=")) => {
            return Some("inline script".to_owned());
        }
        _ => {}
    }
    attributes
        .iter()
        .find(|own| {
            let handler = own.strip_prefix("on").is_some_and(|event| {
                event.split_once('=').is_some_and(|(event, _)| {
                    !event.is_empty() && event.chars().all(char::is_alphabetic)
                })
            });
            handler || own.starts_with("style=") || own.starts_with("hx-on")
        })
        .map(|own| format!("`{}`", own.split('=').next().unwrap_or_default()))
}

/// The insides of opening tags, with their lines; template comments and blocks are stepped over.
fn tags(template: &str) -> impl Iterator<Item = (usize, &str)> {
    template.match_indices('<').filter_map(move |(at, _)| {
        let inside = template.get(at + 1..)?;
        if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let line = template.get(..at)?.matches('\n').count() + 1;
        Some((line, inside.get(..end(inside))?))
    })
}

/// Where a tag ends: the first `>` outside quotes and template expressions.
fn end(inside: &str) -> usize {
    let mut quote = None;
    let mut braces = 0_usize;
    for (at, character) in inside.char_indices() {
        match character {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            _ if braces > 0 => {}
            '"' | '\'' if quote == Some(character) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(character),
            '>' if quote.is_none() => return at,
            _ => {}
        }
    }
    inside.len()
}

/// What stands between spaces outside quotes.
fn attributes(tag: &str) -> Vec<&str> {
    let mut quote = None;
    tag.split(move |character: char| {
        match character {
            '"' | '\'' if quote == Some(character) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(character),
            _ => {}
        }
        quote.is_none() && character.is_whitespace()
    })
    .skip(1)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_styles_scripts_and_handlers_are_noticed() {
        for (template, fault) in [
            ("<p style=\"color: red\">", "line 1: `style` in <p>"),
            ("<ul>\n<li class=\"a\"\n  onclick='go()'>", "line 2: `onclick` in <li>"),
            ("<script>go()</script>", "line 1: inline script in <script>"),
            ("<style>p {}</style>", "line 1: inline style sheet in <style>"),
            ("<button hx-on:click=\"go()\">", "line 1: `hx-on:click` in <button>"),
        ] {
            assert_eq!(inline(template), [fault], "{template}");
        }
    }

    #[test]
    fn files_data_and_prose_are_fine() {
        for template in [
            "<script src=\"{{ asset(\"a.js\") }}\" defer></script>",
            "<script type=\"application/json\">{}</script>",
            "<p title=\"a style=x onclick=y\">onclick=go</p>",
            "{% if a < b %}<p data-onset=\"1\" {% if x > 1 %}hidden{% endif %}>{% endif %}",
            "<option value=\"1\" once>",
        ] {
            assert!(inline(template).is_empty(), "{template}: {:?}", inline(template));
        }
    }
}
