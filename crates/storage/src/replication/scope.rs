//! What an edge may see: the whole institution, or some classes with their people and staff.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::{ClassId, PersonId};
use muster_journal::{Digest, Entry};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Some classes and whoever belongs to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    classes: BTreeSet<Uuid>,
    people: BTreeSet<Uuid>,
}

record! {
    struct IdRow {
        id: Uuid,
    }
}

record! {
    struct ToldRow {
        topic: Option<Uuid>,
        after: Option<String>,
    }
}

statements! {
    // Staff of the institution are everywhere.
    PEOPLE = "select person from enrolments where class = ?1
        union select person from role_grants where class = ?1
        union select person from role_grants
            where class is null and event is null and assessment is null and ended_at is null
                and role <> 'student' and role <> 'guardian'";
    // A class that was made on two nodes goes by either name.
    ALSO = "select stands from redirects where entity = 'class' and record = ?1
        union select record from redirects where entity = 'class' and stands = ?1
        union select record from redirects where entity = 'class' and stands =
            (select stands from redirects where entity = 'class' and record = ?1)";
    CLASS_OF = "select class from sessions where id = ?1
        union all select class from meetings where id = ?1
        union all select class from patterns where id = ?1
        union all select class from enrolments where id = ?1
        union all select class from sittings where id = ?1
        union all select class from corrections where id = ?1
        union all select class from result_sheets where id = ?1
        union all select class from results where id = ?1
        union all select class from reminders where id = ?1";
    TOLD = "select topic, after from journal where entity_id = ?1 and entity <> 'mark'
        order by entity_id, clock limit 5";
}

/// Who sees the records of a kind, where not everybody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// Everybody.
    All,
    /// Nodes that see the person.
    People,
    /// Nodes that see the class.
    Classes,
    /// Nodes that see the class; everybody, if it is of none.
    ClassesOrAll,
    /// Nodes that see the class; those that see the person, as long as nobody knows of which it is.
    ClassesOrPeople,
    /// Nodes that see the whole institution.
    Nobody,
}

/// A kind that is not listed is for nodes that see everything.
fn audience(entity: &str) -> Audience {
    match entity {
        "assessment" | "course" | "curriculum" | "document" | "event" | "faculty" | "holiday"
        | "pass_type" | "point" | "programme" | "setting" | "signing_key" | "term" => Audience::All,
        "badge" | "device_key" | "docket" | "hold" | "leave" | "person" | "role"
        | "verifier_device" => Audience::People,
        "class" | "correction" | "enrolment" | "mark" | "meeting" | "pattern" | "reminder"
        | "result" | "result_sheet" | "session" | "sitting" => Audience::Classes,
        "receipt" => Audience::ClassesOrPeople,
        "announcement" => Audience::ClassesOrAll,
        _ => Audience::Nobody,
    }
}

/// Whether records of a kind may be of a class.
pub(super) fn is_of_classes(entity: &str) -> bool {
    use Audience::{Classes, ClassesOrAll, ClassesOrPeople};
    matches!(audience(entity), Classes | ClassesOrAll | ClassesOrPeople)
}

/// Of which classes a record is, as the tables know it.
pub(super) fn classes_of(tx: &mut ReadTx<'_>, id: Uuid) -> Result<Vec<Uuid>> {
    let rows: Vec<IdRow> = tx.all(&CLASS_OF, args![id])?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Of those classes, and whoever belongs to them now.
pub fn sight(tx: &mut ReadTx<'_>, classes: &[ClassId]) -> Result<Sight> {
    let mut sight = Sight::default();
    for class in classes {
        let also: Vec<IdRow> = tx.all(&ALSO, args![*class])?;
        sight.classes.insert(class.0);
        sight.classes.extend(also.into_iter().map(|row| row.id));
    }
    for class in &sight.classes {
        let rows: Vec<IdRow> = tx.all(&PEOPLE, args![*class])?;
        sight.people.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(sight)
}

impl Sight {
    /// Whether a person is within it.
    pub fn sees_person(&self, person: PersonId) -> bool {
        self.people.contains(&person.0)
    }

    /// Whether a class is within it.
    pub fn sees_class(&self, class: ClassId) -> bool {
        self.classes.contains(&class.0)
    }

    /// Whether it is a person or a class within it.
    pub(super) fn sees(&self, id: Uuid) -> bool {
        self.people.contains(&id) || self.classes.contains(&id)
    }

    /// Changes when anything comes into sight, or leaves it.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        for (label, ids) in [(b"classes", &self.classes), (b"persons", &self.people)] {
            hash.update(label);
            for id in ids {
                hash.update(id.as_bytes());
            }
        }
        hash.finalize().into()
    }
}

/// Looks at entries, and remembers where records belong.
pub(super) struct Looking<'s> {
    sight: &'s Sight,
    seen: HashMap<Uuid, bool>,
}

impl<'s> Looking<'s> {
    pub fn new(sight: &'s Sight) -> Self {
        Self { sight, seen: HashMap::new() }
    }

    /// Whether an entry is within sight.
    pub fn sees(&mut self, tx: &mut ReadTx<'_>, entry: &Entry) -> Result<bool> {
        match audience(&entry.entity) {
            Audience::All => Ok(true),
            Audience::Nobody => Ok(false),
            Audience::People => self.sees_person(tx, entry),
            Audience::Classes => self.sees_class(tx, entry),
            Audience::ClassesOrAll => Ok(!of_class(tx, entry)? || self.sees_class(tx, entry)?),
            Audience::ClassesOrPeople => {
                let fields = fields(entry.after.as_deref());
                let nowhere = id_in(&fields, "session").is_none();
                if nowhere { self.sees_person(tx, entry) } else { self.sees_class(tx, entry) }
            }
        }
    }

    fn sees_person(&mut self, tx: &mut ReadTx<'_>, entry: &Entry) -> Result<bool> {
        let mut ids = vec![entry.entity_id];
        ids.extend(entry.topic);
        ids.extend(id_in(&fields(entry.after.as_deref()), "person"));
        if ids.iter().any(|id| self.sight.people.contains(id)) {
            return Ok(true);
        }
        let told: Vec<ToldRow> = tx.all(&TOLD, args![entry.entity_id])?;
        let persons = told.iter().flat_map(|row| {
            row.topic.into_iter().chain(id_in(&fields(row.after.as_deref()), "person"))
        });
        let mut persons = persons.filter(|id| self.sight.people.contains(id));
        Ok(persons.next().is_some())
    }

    fn sees_class(&mut self, tx: &mut ReadTx<'_>, entry: &Entry) -> Result<bool> {
        let mut ids = places(entry.topic, entry.after.as_deref());
        ids.extend(places(None, entry.before.as_deref()));
        ids.push(entry.entity_id);
        for id in ids {
            if self.is_of_class(tx, id, 2)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether that is one of the classes, or something of one of them.
    fn is_of_class(&mut self, tx: &mut ReadTx<'_>, id: Uuid, deep: u8) -> Result<bool> {
        if self.sight.classes.contains(&id) {
            return Ok(true);
        }
        if let Some(seen) = self.seen.get(&id) {
            return Ok(*seen);
        }
        let classes = classes_of(tx, id)?;
        let mut seen = classes.iter().any(|class| self.sight.classes.contains(class));
        // What came a moment ago may not stand in its table yet: its own entries tell.
        if classes.is_empty() && deep > 0 {
            let told: Vec<ToldRow> = tx.all(&TOLD, args![id])?;
            for row in told {
                for other in places(row.topic, row.after.as_deref()) {
                    seen = seen || (other != id && self.is_of_class(tx, other, deep - 1)?);
                }
            }
        }
        self.seen.insert(id, seen);
        Ok(seen)
    }
}

/// Whether a record is of a class, as this entry or an earlier one tells: a change tells what differs.
fn of_class(tx: &mut ReadTx<'_>, entry: &Entry) -> Result<bool> {
    let told: Vec<ToldRow> = tx.all(&TOLD, args![entry.entity_id])?;
    let earlier = told.iter().map(|row| row.after.as_deref());
    let mut all = earlier.chain([entry.before.as_deref(), entry.after.as_deref()]);
    Ok(all.any(|told| id_in(&fields(told), "class").is_some()))
}

/// What may tell a record's class.
pub(super) fn places(topic: Option<Uuid>, told: Option<&str>) -> Vec<Uuid> {
    let fields = fields(told);
    let named = ["class", "session", "meeting", "pattern"];
    topic.into_iter().chain(named.into_iter().filter_map(|name| id_in(&fields, name))).collect()
}

fn fields(told: Option<&str>) -> Map<String, Value> {
    told.and_then(|told| serde_json::from_str(told).ok()).unwrap_or_default()
}

fn id_in(fields: &Map<String, Value>, name: &str) -> Option<Uuid> {
    fields.get(name)?.as_str()?.parse().ok()
}
