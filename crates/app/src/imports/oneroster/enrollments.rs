//! Enrollments: students' places in classes. Staff stand with their classes.

use super::classes::Classes;
use super::draft::Draft;
use super::known::ClassNames;
use super::users::Users;
use muster_documents::oneroster::{Bundle, Mode, Record};
use muster_domain::imports::Kind;
use muster_domain::text::fold;
use std::collections::{HashMap, HashSet};

/// The places that the bundle tells of.
pub(super) fn draft(bundle: &Bundle, users: &Users<'_>, classes: &Classes<'_>) -> Draft {
    let columns = ["number", "course", "section", "term", "status"];
    let mut draft = Draft::new(Kind::Enrolments, bundle.enrollments.file, &columns);
    // Who left a class and came back has a line for either.
    let there: HashSet<_> = students(bundle).filter(|place| !place.is_gone()).map(pair).collect();
    for place in students(bundle) {
        if place.is_gone() && there.contains(&pair(place)) {
            continue;
        }
        let (user, class) = pair(place);
        match (users.number(user), classes.names(class)) {
            (Some(number), Some(ClassNames { course, section, term })) => {
                let status = if place.is_gone() { "withdrawn" } else { "active" };
                draft.line(place.number(), &[number, course, section, term, status]);
            }
            (None, _) => {
                let why = format!("The user “{user}” is neither in this bundle nor known.");
                draft.fault(place.number(), why);
            }
            (_, None) => {
                let why = format!("The class “{class}” is neither in this bundle nor known.");
                draft.fault(place.number(), why);
            }
        }
    }
    draft
}

/// The classes of which the bundle names everybody: who attends one so far and is not among them
/// has left.
pub(super) fn complete(bundle: &Bundle, users: &Users<'_>, classes: &Classes<'_>) -> Draft {
    let columns = ["course", "section", "term"];
    let mut draft = Draft::new(Kind::Enrolments, bundle.enrollments.file, &columns);
    if bundle.enrollments.mode != Mode::Bulk {
        return draft;
    }
    let mut attending: HashMap<&str, HashSet<String>> = HashMap::new();
    for place in students(bundle) {
        if let Some(number) = users.number(place.get("userSourcedId")) {
            attending.entry(place.get("classSourcedId")).or_default().insert(fold(number));
        }
    }
    let mut complete = HashMap::new();
    for class in bundle.classes.records().filter(|class| !class.is_gone()) {
        let nothing = ClassNames::default();
        let names = classes.names(class.id()).unwrap_or(&nothing);
        complete.insert(draft.len(), attending.remove(class.id()).unwrap_or_default());
        draft.line(class.number(), &[&names.course, &names.section, &names.term]);
    }
    Draft { complete: Some(complete), file: bundle.classes.file, ..draft }
}

fn pair(place: Record<'_>) -> (&str, &str) {
    (place.get("userSourcedId"), place.get("classSourcedId"))
}

fn students(bundle: &Bundle) -> impl Iterator<Item = Record<'_>> {
    bundle.enrollments.records().filter(|place| place.get("role").eq_ignore_ascii_case("student"))
}
