//! Conflicts in people's words: which record, which of its fields, and what was written there, as
//! the forms call it.

use crate::times;
use muster_app::settings::{self, Settings};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::figures::Weights;
use muster_domain::attendance::{Method, Mode, Status};
use muster_domain::finance::{Money, Share};
use muster_domain::passes::{PassState, Payment};
use muster_domain::requests::RequestState;
use muster_domain::results::{Points, ScoreState};
use muster_domain::time::{Date, Timestamp};
use muster_domain::timetable::Weekday;
use muster_journal::record::GONE;
use muster_storage::called::CalledRow;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// What records and people are called, by id.
pub type Names = HashMap<Uuid, CalledRow>;

/// Words for kinds of records, by the names that entries have for them; what is not here is no
/// record that could be overwritten.
pub const KINDS: [(&str, &str); 34] = [
    ("announcement", "Announcement"),
    ("assessment", "Assessment"),
    ("badge", "Badge"),
    ("class", "Class"),
    ("correction", "Correction"),
    ("course", "Course"),
    ("curriculum", "Line of a curriculum"),
    ("device_key", "Student’s phone"),
    ("docket", "Docket"),
    ("document", "Document"),
    ("enrolment", "Enrolment"),
    ("event", "Event"),
    ("faculty", "Faculty"),
    ("fee", "Fee"),
    ("hold", "Hold"),
    ("holiday", "Holiday"),
    ("leave", "Leave"),
    ("mark", "Mark"),
    ("meeting", "Meeting"),
    ("pass", "Pass"),
    ("pass_type", "Pass type"),
    ("pattern", "Weekly pattern"),
    ("payment", "Payment"),
    ("person", "Person"),
    ("point", "Check-in point"),
    ("programme", "Programme"),
    ("result", "Result"),
    ("result_sheet", "Results of a class"),
    ("session", "Session"),
    ("setting", "Setting"),
    ("signing_key", "Key that signs credentials"),
    ("sitting", "Sitting"),
    ("term", "Term"),
    ("verifier_device", "Verifier’s phone"),
];

/// What a kind of record is called.
pub fn kind_words(entity: &str) -> &'static str {
    KINDS.iter().find(|(key, _)| *key == entity).map_or("Record", |(_, words)| words)
}

/// Words for fields whose names say too little, or that a form calls otherwise.
const FIELDS: [(&str, &str, &str); 42] = [
    ("*", "archived_at", "Archived"),
    ("*", "ended_at", "Ended"),
    ("*", "ended", "Ended"),
    ("*", "cancelled_at", "Cancelled"),
    ("*", "revoked_at", "Withdrawn"),
    ("*", "voided_at", "Withdrawn"),
    ("*", "first_on", "First day"),
    ("*", "starts_on", "First day"),
    ("*", "last_on", "Last day"),
    ("*", "ends_on", "Last day"),
    ("*", "starts_at", "Begins"),
    ("*", "ends_at", "Ends"),
    ("*", GONE, "Removed"),
    ("*", "duration_minutes", "Minutes that a session stays open"),
    ("*", "late_after_minutes", "Minutes after which a mark is late"),
    ("*", "weights", "What each status counts"),
    ("*", "total_years", "Years"),
    ("*", "semesters_per_year", "Semesters of a year"),
    ("*", "roll_number", "Roll number"),
    ("class", "room", "Usual room"),
    ("person", "name", "Full name"),
    ("person", "username", "User name"),
    ("person", "email", "E-mail address"),
    ("person", "programme_id", "Programme"),
    ("person", "enrolment_number", "Enrolment number"),
    ("person", "second_email", "Second e-mail"),
    ("person", "guardian_email", "Guardian’s e-mail"),
    ("person", "active", "Active"),
    ("event", "venue", "Where"),
    ("event", "doors_at", "Doors open"),
    ("event", "capacity", "Room for so many people"),
    ("event", "rule", "When and how often people are let in"),
    ("pass_type", "admits", "People that a pass admits"),
    ("pass_type", "quota", "How many there are"),
    ("pass_type", "on_sale", "Passes of this type are issued"),
    ("announcement", "pinned", "Pinned above others"),
    ("assessment", "required_share", "Share of the fee in percent"),
    ("assessment", "active", "Dockets are issued for it"),
    ("result_sheet", "maximum", "Out of how many points"),
    ("result_sheet", "published_at", "Published"),
    ("session", "late_from", "Late from"),
    ("session", "closed_at", "Closed"),
];

/// What a field is called.
pub fn field_words(entity: &str, field: &str) -> String {
    if entity == "setting" {
        return settings::named(field).map_or(field, |setting| setting.label).to_owned();
    }
    let of = |whose: &str| {
        FIELDS.iter().find(|(kind, name, _)| *kind == whose && *name == field).map(|found| found.2)
    };
    of(entity).or_else(|| of("*")).map_or_else(|| spelled(field), str::to_owned)
}

/// A name of ours, as words.
fn spelled(field: &str) -> String {
    let words = field.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A value as forms show it.
pub fn value_words(
    settings: &Settings,
    names: &Names,
    (entity, field): (&str, &str),
    value: &Value,
) -> String {
    match value {
        Value::Null => empty(field).to_owned(),
        Value::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
        Value::String(text) => text_words(names, (entity, field), text),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number_words(settings, (entity, field), number),
            None => number.to_string(),
        },
        Value::Object(_) if entity == "mark" => mark_words(settings, names, value),
        Value::Array(items) => {
            let items = items.iter().map(|item| value_words(settings, names, (entity, ""), item));
            items.collect::<Vec<_>>().join(", ")
        }
        value @ Value::Object(members) => match members.get("name").and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => value.to_string(),
        },
    }
}

/// What stands where nothing was written.
fn empty(field: &str) -> &'static str {
    match field {
        "archived_at" | "ended_at" | "cancelled_at" | "revoked_at" | "voided_at" | "lifted_at" => {
            "No"
        }
        GONE => "It is there",
        _ => "Nothing",
    }
}

fn text_words(names: &Names, (entity, field): (&str, &str), text: &str) -> String {
    if text.is_empty() {
        return empty(field).to_owned();
    }
    if let Some(called) = Uuid::try_parse(text).ok().and_then(|id| names.get(&id)) {
        return called.name.clone();
    }
    let word = match (entity, field) {
        ("setting", _) => {
            return serde_json::from_str(text).unwrap_or_else(|_| text.to_owned());
        }
        ("enrolment", "status") => EnrolmentStatus::from_key(text).map(|status| match status {
            EnrolmentStatus::Active => "Enrolled",
            EnrolmentStatus::Withdrawn => "Withdrawn",
            EnrolmentStatus::Completed => "Completed",
        }),
        ("mark" | "correction", "status" | "was" | "wanted" | "given") => {
            Status::from_key(text).map(Status::label)
        }
        ("mark", "method") => Method::from_key(text).map(Method::label),
        ("correction" | "leave", "state") => RequestState::from_key(text).map(RequestState::label),
        ("pass", "state") => PassState::from_key(text).map(PassState::label),
        ("pass", "payment") => Payment::from_key(text).map(Payment::label),
        ("session", "mode") => Mode::from_key(text).map(|mode| match mode {
            Mode::InClass => "In class",
            Mode::Online => "Online",
        }),
        ("result", "state") => ScoreState::from_key(text).map(|state| match state {
            ScoreState::Scored => "Points",
            ScoreState::Absent => "Absent",
            ScoreState::Exempt => "Exempt",
        }),
        ("pattern", "weekday") => Weekday::from_key(text).map(Weekday::label),
        (_, "weights") => {
            return Weights::from_key(text).map_or_else(|| text.to_owned(), weights_words);
        }
        _ => None,
    };
    word.map_or_else(|| text.to_owned(), str::to_owned)
}

fn weights_words(weights: Weights) -> String {
    let Weights { present, late, excused, absent } = weights;
    let excused = excused.map_or_else(|| "not counted".to_owned(), |weight| weight.to_string());
    format!("Present {present}, late {late}, excused {excused}, absent {absent}")
}

fn number_words(settings: &Settings, (entity, field): (&str, &str), number: i64) -> String {
    match (entity, field) {
        ("assessment", "required_share") => Share(number).to_string(),
        ("result", "points") => Points(number).to_string(),
        ("result_sheet", "weight") => format!("{} %", Points(number)),
        ("fee", "amount") => Money::new(number, settings.currency).to_string(),
        (_, "starts_minute" | "ends_minute") => times::minute_words(number),
        (_, "active" | "pinned" | "on_sale") => if number == 0 { "No" } else { "Yes" }.to_owned(),
        (_, "late_from" | "valid_from" | "valid_until") => {
            times::moment(settings, Timestamp(number))
        }
        (_, field) if field.ends_with("_at") => times::moment(settings, Timestamp(number)),
        (_, field) if field.ends_with("_on") => times::date_words(Date(number)),
        _ => number.to_string(),
    }
}

/// A mark is a whole: its status, and how and when it came about.
fn mark_words(settings: &Settings, names: &Names, mark: &Value) -> String {
    let text = |field: &str| mark.get(field).and_then(Value::as_str);
    let word = |field: &str| text(field).map(|text| text_words(names, ("mark", field), text));
    let Some(status) = word("status") else { return "No mark".to_owned() };
    let at = mark.get("at").and_then(Value::as_i64);
    let at = at.map(|at| times::moment(settings, Timestamp(at)));
    let how: Vec<String> = [word("method"), at].into_iter().flatten().collect();
    if how.is_empty() { status } else { format!("{status} ({})", how.join(", ")) }
}

/// A record in people's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Number, course, what it belongs to, when it is.
    pub detail: String,
    /// Where its page is; empty where it has none.
    pub href: String,
}

/// What a record is called, and where it is found.
pub fn subject(settings: &Settings, names: &Names, (entity, id): (&str, Uuid)) -> Subject {
    if entity == "setting" {
        let setting = settings::ALL.iter().find(|setting| setting.id() == id);
        let name = setting.map_or("A setting", |setting| setting.label).to_owned();
        return Subject { name, detail: String::new(), href: "/settings".to_owned() };
    }
    if entity == "document" {
        let name = "What documents on paper are set with".to_owned();
        return Subject { name, detail: String::new(), href: "/documents".to_owned() };
    }
    let Some(called) = names.get(&id) else {
        let short: String = id.to_string().chars().take(8).collect();
        let name = format!("{} {short}", kind_words(entity));
        return Subject { name, ..Subject::default() };
    };
    let at = called.at.map(|at| times::moment(settings, at));
    let on = called.on.map(times::date_words);
    let detail: Vec<String> = [called.detail.clone(), at, on].into_iter().flatten().collect();
    Subject { name: called.name.clone(), detail: detail.join(", "), href: href(called) }
}

/// The page on which a record is found.
fn href(called: &CalledRow) -> String {
    let Some(id) = called.within else { return String::new() };
    let (page, rest) = match called.kind.as_str() {
        "person" | "device_key" => ("people", ""),
        "class" => ("classes", ""),
        "enrolment" => ("classes", "/enrolment"),
        "result" | "result_sheet" => ("classes", "/results"),
        "course" => ("courses", ""),
        "term" => ("terms", ""),
        "programme" | "curriculum" => ("programmes", ""),
        "faculty" => ("faculties", ""),
        "meeting" => ("meetings", ""),
        "pattern" => ("patterns", ""),
        "session" | "mark" => ("sessions", ""),
        "correction" => ("corrections", ""),
        "leave" => ("leave", ""),
        "announcement" => ("announcements", ""),
        "assessment" => ("assessments", ""),
        "payment" => ("payments", ""),
        "event" | "pass_type" => ("events", ""),
        "pass" => ("passes", ""),
        "sitting" => ("sittings", ""),
        "docket" => ("dockets", ""),
        "hold" => ("people", "/dockets"),
        "badge" => ("people", "/badge"),
        "holiday" => return "/holidays".to_owned(),
        "fee" => return format!("/fees?term={id}"),
        "verifier_device" => return "/verifier-devices".to_owned(),
        _ => return String::new(),
    };
    format!("/{page}/{id}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn words(entity: &str, field: &str, value: &Value) -> String {
        value_words(&Settings::default(), &Names::new(), (entity, field), value)
    }

    #[test]
    fn fields_are_called_as_on_their_forms() {
        assert_eq!(field_words("person", "name"), "Full name");
        assert_eq!(field_words("course", "name"), "Name");
        assert_eq!(field_words("class", "room"), "Usual room");
        assert_eq!(field_words("meeting", "room"), "Room");
        assert_eq!(field_words("session", "opened_at"), "Opened at");
    }

    #[test]
    fn statuses_times_and_amounts_are_words() {
        assert_eq!(words("enrolment", "status", &json!("withdrawn")), "Withdrawn");
        assert_eq!(words("course", "archived_at", &json!(0)), "1 Jan 1970, 00:00");
        assert_eq!(words("course", "archived_at", &Value::Null), "No");
        assert_eq!(words("term", "starts_on", &json!(1)), times::date_words(Date(1)));
        assert_eq!(words("person", "phone", &Value::Null), "Nothing");
        assert_eq!(words("assessment", "required_share", &json!(7_500)), "75 %");
        assert_eq!(words("result", "points", &json!(1_450)), "14.5");
        assert_eq!(words("setting", "session_minutes", &json!("\"25\"")), "25");
    }

    #[test]
    fn a_mark_is_told_as_a_whole() {
        let mark = json!({"status": "late", "method": "manual", "at": 0, "by": null});
        let told = words("mark", "status", &mark);
        let method = Method::Manual.label();
        assert_eq!(told, format!("Late ({method}, 1 Jan 1970, 00:00)"));
    }

    #[test]
    fn what_a_value_refers_to_is_named() {
        let id = Uuid::from_u128(7);
        let row = CalledRow {
            id,
            kind: "faculty".to_owned(),
            name: "Science".to_owned(),
            detail: None,
            at: None,
            on: None,
            within: Some(id),
        };
        let names = Names::from([(id, row)]);
        let value = json!(id.to_string());
        let told = value_words(&Settings::default(), &names, ("programme", "faculty"), &value);
        assert_eq!(told, "Science");
        let subject = subject(&Settings::default(), &names, ("faculty", id));
        assert_eq!((subject.name.as_str(), subject.href), ("Science", format!("/faculties/{id}")));
    }
}
