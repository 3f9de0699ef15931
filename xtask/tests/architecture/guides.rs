//! Rules on the guides: their pictures are those that the script takes, and the addresses that
//! they name exist.

use std::collections::BTreeSet;

/// Names of the pictures that a guide shows.
pub fn shown(guide: &str) -> BTreeSet<String> {
    between(guide, "images/", ".png")
}

/// Names of the pictures that the script takes.
pub fn taken(script: &str) -> BTreeSet<String> {
    ["picture(page, '", "picture(phone, '"]
        .iter()
        .flat_map(|call| between(script, call, "'"))
        .collect()
}

/// Pictures without words for those who don't see them.
pub fn wordless(guide: &str) -> Vec<String> {
    let pictures = guide.split("![").skip(1).filter_map(|rest| rest.split_once("]("));
    pictures
        .filter(|(words, _)| words.split_whitespace().count() < 3)
        .map(|(words, _)| format!("the picture “{words}” is not described"))
        .collect()
}

/// Addresses in spans of code, such as `/healthz` or `GET /metrics`, that no route answers.
/// A part in braces, in capitals or after an ellipsis stands for anything.
pub fn unknown_addresses(text: &str, routes: &BTreeSet<String>) -> Vec<String> {
    let prose = text.split("```").step_by(2).collect::<Vec<_>>().join("\n");
    let spans = prose.split('`').skip(1).step_by(2);
    let addresses = spans.filter_map(|span| {
        let address = span.split_whitespace().find(|word| word.starts_with('/'))?;
        Some(address.split('?').next().unwrap_or_default())
    });
    addresses
        // The interface as a whole.
        .filter(|address| *address != "/api/v1")
        .filter(|address| !routes.iter().any(|route| same(route, address)))
        .map(|address| format!("no route answers {address}"))
        .collect()
}

/// Addresses that the program declares: the first argument of each `.get("…"` and the like.
pub fn declared(source: &str) -> BTreeSet<String> {
    let methods = [".get(", ".post(", ".put(", ".patch(", ".delete(", ".route("];
    let calls = methods.iter().flat_map(|method| source.split(method).skip(1));
    let paths = calls.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
    paths.filter(|path| path.starts_with('/')).map(str::to_owned).collect()
}

fn same(route: &str, address: &str) -> bool {
    let route = route.strip_prefix("/api/v1").unwrap_or(route);
    let address = address.strip_prefix("/api/v1").unwrap_or(address);
    let (mut route, mut address) = (route.split('/'), address.split('/'));
    loop {
        match (route.next(), address.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || one.starts_with('{') => {}
            _ => return false,
        }
    }
}

fn between(text: &str, before: &str, after: &str) -> BTreeSet<String> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|part| part.split_once(after)).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn pictures_are_found_in_guides_and_in_the_script() {
    let guide = "See ![What a teacher sees](images/a-b.png), ![](images/c.png).";
    assert_eq!(shown(guide), BTreeSet::from(["a-b".to_owned(), "c".to_owned()]));
    let script = "await picture(page, 'a-b');\nawait picture(phone, 'c', top);";
    assert_eq!(taken(script), shown(guide));
    assert_eq!(wordless(guide).len(), 1);
}

#[test]
fn an_address_without_a_route_is_noticed() {
    let routes = declared(".get(\"/healthz\", Public)\n.get(\n  \"/api/v1/people/{id}\",");
    assert_eq!(routes.len(), 2);
    let known = "`GET /healthz`, `/people/{id}?term=`, `/people/PERSON`, `--flag`, a/b";
    assert_eq!(unknown_addresses(known, &routes), Vec::<String>::new());
    assert_eq!(unknown_addresses("`GET /people`", &routes).len(), 1);
}
