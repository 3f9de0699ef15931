//! Every kind of record in the journal: how it joins, who writes it, what makes two of it one and
//! what only one of it may hold.

use crate::alias::AliasId;
use crate::entry::Entry;
use crate::record::{Archive, Rule};
use muster_domain::text::fold;
use serde_json::Value;

/// What an apply does with entries of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Joins them by a rule.
    Record(Rule),
    /// Keeps them for the audit log: what they tell of is derived, secret, or travels otherwise.
    Note,
    /// Never sees them: they concern the node alone.
    Local,
}

/// Who writes a kind; others refuse such acts, and an apply refuses their entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// Every node.
    Any,
    /// The hub, or a node that stands alone.
    Hub,
}

/// A part of a natural key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A field as it is: the id of a record, a word of ours.
    Field(&'static str),
    /// What people typed, whatever its case.
    Folded(&'static str),
    /// A field if there is one, else another's quarter of an hour.
    OrQuarter(&'static str, &'static str),
}

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As entries name it.
    pub entity: &'static str,
    /// What an apply does.
    pub join: Join,
    /// Who writes it.
    pub writer: Writer,
    /// Its natural key, if it has one; else its id alone tells what it is.
    pub key: &'static [Part],
    /// What one alone may hold, each a set of fields.
    pub unique: &'static [&'static [&'static str]],
}

const fn kind(entity: &'static str, join: Join) -> Kind {
    Kind { entity, join, writer: Writer::Any, key: &[], unique: &[] }
}

const fn register(entity: &'static str, archive: Archive) -> Kind {
    kind(entity, Join::Record(Rule::Register(archive)))
}

const fn fact(entity: &'static str) -> Kind {
    kind(entity, Join::Record(Rule::Fact))
}

impl Kind {
    const fn by_hub(self) -> Self {
        Self { writer: Writer::Hub, ..self }
    }

    const fn keyed(self, key: &'static [Part]) -> Self {
        Self { key, ..self }
    }

    const fn unique(self, unique: &'static [&'static [&'static str]]) -> Self {
        Self { unique, ..self }
    }

    /// The natural key of a record with these fields; none while one of them is missing.
    pub fn alias<'v>(&self, field: impl Fn(&str) -> Option<&'v Value>) -> Option<AliasId> {
        if self.key.is_empty() {
            return None;
        }
        let parts: Option<Vec<String>> = self.key.iter().map(|part| part.read(&field)).collect();
        let parts = parts?;
        Some(AliasId::of(self.entity, &parts.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// Whether a key is made of that field.
    pub fn is_keyed_by(&self, field: &str) -> bool {
        self.key.iter().any(|part| match *part {
            Part::Field(own) | Part::Folded(own) => own == field,
            Part::OrQuarter(own, other) => own == field || other == field,
        })
    }
}

impl Part {
    fn read<'v>(self, field: &impl Fn(&str) -> Option<&'v Value>) -> Option<String> {
        let text = |name: &str| match field(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match self {
            Self::Field(name) => text(name),
            Self::Folded(name) => text(name).map(|text| fold(&text)),
            Self::OrQuarter(name, at) => text(name).or_else(|| {
                let at = field(at)?.as_i64()?;
                Some(at.div_euclid(QUARTER).to_string())
            }),
        }
    }
}

/// Microseconds of a quarter of an hour.
const QUARTER: i64 = 15 * 60 * 1_000_000;

use Part::{Field, Folded, OrQuarter};

/// All kinds, by name.
pub const KINDS: [Kind; 52] = [
    register("announcement", Archive::At("ended_at")),
    register("assessment", Archive::At("ended_at"))
        .by_hub()
        .keyed(&[Field("term"), Folded("name")]),
    register("badge", Archive::None).by_hub(),
    kind("badge_batch", Join::Note).by_hub(),
    kind("bulk", Join::Note),
    kind("calendar_feed", Join::Local),
    register("class", Archive::At("archived_at")).keyed(&[
        Field("course"),
        Field("term"),
        Folded("section"),
    ]),
    fact("clearance").by_hub(),
    register("correction", Archive::None),
    register("course", Archive::At("archived_at")).keyed(&[Folded("code")]),
    register("curriculum", Archive::None),
    kind("demo", Join::Local),
    kind("device", Join::Note),
    register("device_key", Archive::At("withdrawn_at")).keyed(&[Field("public_key")]),
    register("docket", Archive::None).by_hub(),
    kind("docket_batch", Join::Note).by_hub(),
    register("document", Archive::None).by_hub(),
    register("enrolment", Archive::None)
        .keyed(&[Field("class"), Field("person")])
        .unique(&[&["class", "roll_number"]]),
    register("event", Archive::At("archived_at")),
    register("faculty", Archive::At("archived_at")).keyed(&[Folded("name")]),
    register("fee", Archive::None).by_hub(),
    register("hold", Archive::None).by_hub(),
    register("holiday", Archive::At("ended_at")).by_hub(),
    kind("import", Join::Note),
    fact("incident").keyed(&[Field("redemption"), Field("kind")]),
    register("leave", Archive::None),
    kind("letter", Join::Local),
    kind("login", Join::Local),
    kind("mark", Join::Record(Rule::Mark)),
    register("meeting", Archive::At("cancelled_at")).keyed(&[Field("pattern"), Field("week")]),
    kind("node", Join::Note),
    kind("notice", Join::Local),
    register("pass", Archive::None),
    register("pass_type", Archive::None).keyed(&[Field("event"), Folded("name")]),
    kind("passkey", Join::Local),
    register("pattern", Archive::At("ended_at")),
    fact("payment").by_hub().unique(&[&["receipt"]]),
    register("person", Archive::Active).keyed(&[Folded("number")]).unique(&[
        &["email"],
        &["username"],
        &["enrolment_number"],
    ]),
    register("point", Archive::At("archived_at")).keyed(&[Field("scope"), Folded("name")]),
    register("programme", Archive::At("archived_at")).keyed(&[Folded("code")]),
    fact("receipt"),
    fact("redemption").keyed(&[Field("point"), Field("nonce")]),
    fact("reminder"),
    register("result", Archive::None),
    register("result_sheet", Archive::None),
    fact("role").by_hub(),
    register("session", Archive::None).keyed(&[
        Field("class"),
        OrQuarter("meeting", "opened_at"),
        Field("mode"),
    ]),
    register("setting", Archive::None).by_hub(),
    register("signing_key", Archive::At("withdrawn_at")).by_hub(),
    register("sitting", Archive::None).keyed(&[
        Field("assessment"),
        Field("class"),
        Field("starts_at"),
    ]),
    register("term", Archive::At("archived_at")).keyed(&[Folded("name")]),
    register("verifier_device", Archive::At("revoked_at")).by_hub(),
];

/// The kind of that name.
pub fn kind_of(entity: &str) -> Option<&'static Kind> {
    let at = KINDS.binary_search_by(|kind| kind.entity.cmp(entity)).ok()?;
    KINDS.get(at)
}

/// What people's entries say of how they sign in, where that is the hub's to change: an edge has it from
/// there, and what it changed itself would be undone by the next that comes.
const SIGN_INS: [&str; 16] = [
    "password.change",
    "password.import",
    "password.invite",
    "password.offer_first",
    "password.offer_reset",
    "password.remove",
    "password.reset",
    "password.send_link",
    "pin.remove",
    "pin.set",
    "recovery_code.renew",
    "recovery_code.use",
    "second_factor.reset",
    "totp.begin",
    "totp.confirm",
    "totp.remove",
];

/// Whether an edge refuses to make such an entry.
pub fn is_made_by_hub(entry: &Entry) -> bool {
    let by_kind = kind_of(&entry.entity).is_some_and(|kind| kind.writer == Writer::Hub);
    by_kind || (entry.entity == "person" && SIGN_INS.contains(&entry.action.as_str()))
}

/// Words before the dot of actions that change a record of another name.
const WORDS: [(&str, &str); 1] = [("verifier", "verifier_device")];

/// The rule by which an entry changes its record; none if it is a note or stays here. Entries of
/// people tell also of their passwords, photos and notices: these are not the person's record.
pub fn rule_of(entry: &Entry) -> Option<Rule> {
    let word = entry.action.split('.').next().unwrap_or_default();
    let own = entry.entity == word || WORDS.contains(&(word, entry.entity.as_str()));
    match kind_of(&entry.entity)?.join {
        Join::Record(rule) if own => Some(rule),
        _ => None,
    }
}

/// Whether an entry leaves its node at all.
pub fn travels(entry: &Entry) -> bool {
    kind_of(&entry.entity).is_some_and(|kind| kind.join != Join::Local)
}
