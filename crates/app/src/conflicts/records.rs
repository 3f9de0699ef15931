//! Writing a lost value back: by the very action that a person would have used.

use super::lost::Lost;
use super::{events, people, taught};
use crate::{Ctx, Error, Result};
use muster_journal::record::GONE;
use muster_storage::WriteTx;

/// A kind of record that can have conflicts.
pub(super) struct Kind {
    /// As entries name it.
    pub entity: &'static str,
    /// What is done where a conflict is settled and nothing else changes.
    pub settle: &'static str,
    /// The fields that an action writes.
    fields: &'static [&'static str],
}

macro_rules! kinds {
    ($($entity:literal: [$($field:expr),*];)*) => {
        &[$(Kind {
            entity: $entity,
            settle: concat!($entity, ".settle"),
            fields: &[$($field),*],
        }),*]
    };
}

/// All of them. What has no field here is written back by hand, on its own page.
const KINDS: &[Kind] = kinds! {
    "announcement": ["title", "text", "first_on", "last_on", "pinned", "ended", "ended_at"];
    "assessment": ["code", "name", "required_share", "active"];
    "badge": [];
    "class": ["section", "room", "duration_minutes", "late_after_minutes", "weights", "archived_at"];
    "correction": [];
    "course": ["code", "name", "credits", "archived_at"];
    "curriculum": [GONE];
    "device_key": [];
    "docket": [];
    "document": [];
    "enrolment": ["roll_number", "status"];
    "event": ["name", "venue", "doors_at", "starts_at", "ends_at", "capacity", "currency", "rule",
        "home", "archived", "archived_at"];
    "faculty": ["name", "archived_at"];
    "fee": [];
    "hold": ["lifted_at"];
    "holiday": ["name", "first_on", "last_on"];
    "leave": [];
    "mark": ["status"];
    "meeting": ["starts_at", "ends_at", "room", "cancelled_at"];
    "pass": [];
    "pass_type": ["name", "price", "quota", "on_sale"];
    "pattern": [];
    "person": ["number", "name", "username", "email", "title", "phone", "programme",
        "programme_id", "year", "semester", "enrolment_number", "second_email", "guardian_email",
        "active"];
    "point": ["archived_at"];
    "programme": ["code", "name", "faculty", "award", "total_years", "semesters_per_year",
        "archived_at"];
    "result": ["points", "state", "remark", GONE];
    "result_sheet": ["maximum", "weight"];
    "session": [];
    "setting": ["*"];
    "signing_key": [];
    "sitting": ["starts_at", "ends_at", "rooms", GONE];
    "term": ["name", "starts_on", "ends_on", "archived_at"];
    "verifier_device": ["revoked_at"];
};

/// The kind of that name.
pub(super) fn kind(entity: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.entity == entity)
}

/// Whether an action writes that field back.
pub(super) fn knows(entity: &str, field: &str) -> bool {
    kind(entity).is_some_and(|kind| kind.fields.contains(&field) || kind.fields.contains(&"*"))
}

/// Writes a value back.
pub(super) fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>, reason: &str) -> Result<()> {
    if !knows(lost.entity, lost.field) {
        return Err(Error::RestoreByHand);
    }
    match lost.entity {
        "person" => people::person(tx, ctx, lost),
        "hold" => people::hold(tx, ctx, lost, reason),
        "verifier_device" => people::phone(tx, ctx, lost),
        "setting" => people::setting(tx, ctx, lost),
        "announcement" => people::announcement(tx, ctx, lost),
        "event" => events::event(tx, ctx, lost),
        "pass_type" => events::pass_type(tx, ctx, lost),
        "point" => events::point(tx, ctx, lost),
        "assessment" => events::assessment(tx, ctx, lost),
        "sitting" => events::sitting(tx, ctx, lost),
        "result" => events::result(tx, ctx, lost, reason),
        "result_sheet" => events::result_sheet(tx, ctx, lost, reason),
        "mark" => taught::mark(tx, ctx, lost, reason),
        _ => taught::write(tx, ctx, lost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_journal::kinds::{Join, KINDS as JOURNALLED};
    use muster_journal::record::Rule;

    #[test]
    fn every_kind_that_can_have_conflicts_can_be_settled() {
        let joined = JOURNALLED
            .iter()
            .filter(|kind| matches!(kind.join, Join::Record(Rule::Register(_) | Rule::Mark)));
        let joined: Vec<_> = joined.map(|kind| kind.entity).collect();
        assert_eq!(KINDS.iter().map(|kind| kind.entity).collect::<Vec<_>>(), joined);
    }
}
