//! Records whose ids follow from what they are about: once that turns out to be another record, so
//! does theirs.

use muster_domain::ids::{
    AssessmentId, BadgeId, ClassId, CourseId, CurriculumId, DocketId, FeeId, MarkId, PersonId,
    ProgrammeId, ResultId, SessionId, SheetId, TermId,
};
use serde_json::Value;
use uuid::Uuid;

/// The id that a record with these fields has; none if its kind has ids of their own, or something
/// is missing.
pub(super) fn id<'v>(entity: &str, field: impl Fn(&str) -> Option<&'v Value>) -> Option<Uuid> {
    let uuid = |name: &str| Uuid::try_parse(field(name)?.as_str()?).ok();
    let number = |name: &str| field(name)?.as_i64();
    let person = || uuid("person").map(PersonId);
    let class = || uuid("class").map(ClassId);
    let assessment = || uuid("assessment").map(AssessmentId);
    let programme = || uuid("programme").map(ProgrammeId);
    Some(match entity {
        "mark" => MarkId::of(SessionId(uuid("session")?), person()?).0,
        "result_sheet" => SheetId::of(class()?, assessment()?).0,
        "result" => ResultId::of(class()?, assessment()?, person()?).0,
        "docket" => DocketId::of(person()?, assessment()?).0,
        "badge" => BadgeId::of(person()?).0,
        "fee" => {
            let term = TermId(uuid("term")?);
            FeeId::of(term, programme()?, number("year")?, number("semester")?).0
        }
        "curriculum" => {
            let course = CourseId(uuid("course")?);
            CurriculumId::of(programme()?, course, number("year")?, number("semester")?).0
        }
        _ => return None,
    })
}

/// The kinds of which this holds.
pub(in crate::replication) const KINDS: [&str; 7] =
    ["badge", "curriculum", "docket", "fee", "mark", "result", "result_sheet"];
