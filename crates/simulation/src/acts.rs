//! What people do on a node: each act looks at what stands there, as the program does, and names
//! what it replaces.

use crate::rng::Rng;
use crate::world::World;
use muster_domain::ids::{ActId, EntryId, MarkId, PersonId, SessionId};
use muster_domain::time::Timestamp;
use muster_journal::Entry;
use muster_journal::kinds::kind_of;
use muster_journal::record::{GONE, Standing};
use serde_json::{Value, json};
use uuid::Uuid;

/// An act in the making.
pub struct Acting<'w> {
    /// What stands on the node.
    pub world: &'w World,
    /// What its entries tell of that.
    pub told: &'w World,
    /// Chance.
    pub rng: &'w mut Rng,
    /// The node's wall clock.
    pub now: i64,
    /// Whether people sign in: that concerns the node alone, and others hear of its number.
    pub signs_in: bool,
    /// Whether rows are written by hand, which refuse what two would hold, and hold what is whole.
    pub by_tables: bool,
}

impl Acting<'_> {
    /// The changes of some act; none if there is nothing to do it to.
    pub fn any(&mut self) -> Vec<Entry> {
        match self.rng.below(19) {
            0 | 1 => self.create_person(),
            2 | 3 => self.change_person(),
            4 => self.rename_person(),
            5 => self.archive_person(),
            6 => self.create_class(),
            7 | 8 => self.enrol(),
            9 | 10 => self.open_session(),
            11 => self.close_or_reopen(),
            12 | 13 => self.mark_oneself(),
            14 | 15 => self.mark_by_hand(),
            16 => self.remove_enrolment(),
            17 if self.signs_in => self.sign_in(),
            _ => self.pay_or_admit(),
        }
    }

    fn fresh(&mut self) -> Uuid {
        Uuid::from_u128(self.rng.wide())
    }

    /// Records of a kind that are there.
    fn all(&self, entity: &str) -> Vec<(Uuid, &Standing)> {
        let there = self.world.standing.iter().filter(|(_, standing)| !standing.gone);
        there.filter(|((own, _), _)| *own == entity).map(|((_, id), s)| (*id, s)).collect()
    }

    fn one(&mut self, entity: &str) -> Option<Uuid> {
        let ids: Vec<_> = self.all(entity).into_iter().map(|(id, _)| id).collect();
        self.rng.of(&ids).copied()
    }

    fn is_held(&self, entity: &str, fields: &[(&str, &Value)]) -> bool {
        self.all(entity).iter().any(|(_, standing)| {
            fields.iter().all(|(field, value)| standing.fields.get(*field) == Some(value))
        })
    }

    fn create_person(&mut self) -> Vec<Entry> {
        let number = json!(format!("S-{}", self.rng.below(8)));
        if self.is_held("person", &[("number", &number)]) {
            return Vec::new();
        }
        let email = json!(format!("{}@x.example", self.rng.below(6)));
        let email = if self.is_held("person", &[("email", &email)]) { Value::Null } else { email };
        let name = format!("N{}", self.rng.below(9));
        let after = json!({"number": number, "email": email, "name": name, "active": true,
            "created_at": self.now});
        let id = self.fresh();
        vec![self.change("person", id, "person.create", &after, None)]
    }

    fn change_person(&mut self) -> Vec<Entry> {
        let Some(id) = self.one("person") else { return Vec::new() };
        let field = if self.rng.percent(50) { "name" } else { "phone" };
        let after = json!({ field: format!("V{}", self.rng.below(99)) });
        vec![self.change("person", id, "person.change", &after, None)]
    }

    fn rename_person(&mut self) -> Vec<Entry> {
        let Some(id) = self.one("person") else { return Vec::new() };
        let number = json!(format!("S-{}", self.rng.below(8)));
        if self.is_held("person", &[("number", &number)]) {
            return Vec::new();
        }
        vec![self.change("person", id, "person.change", &json!({"number": number}), None)]
    }

    fn archive_person(&mut self) -> Vec<Entry> {
        let Some(id) = self.one("person") else { return Vec::new() };
        let active = self.field("person", id, "active") == Some(json!(true));
        vec![self.change("person", id, "person.change", &json!({"active": !active}), None)]
    }

    fn create_class(&mut self) -> Vec<Entry> {
        let section = json!(["A", "B"].get(self.rng.below(2)));
        if self.is_held("class", &[("section", &section)]) {
            return Vec::new();
        }
        let mut changes = Vec::new();
        let (course, term) = (json!({"code": "C1", "name": "Course"}), self.term());
        let course = self.one_of("course", &course, &mut changes);
        let term = self.one_of("term", &term, &mut changes);
        let after = json!({"course": course, "term": term, "section": section});
        let id = self.fresh();
        changes.push(self.change("class", id, "class.create", &after, None));
        changes
    }

    /// The term of a node that knows none: there are two, and each may be made on several nodes.
    fn term(&mut self) -> Value {
        let name = if self.rng.percent(80) { "Spring" } else { "Autumn" };
        json!({"name": name, "starts_on": 1, "ends_on": 90})
    }

    /// Some record of a kind; one with these fields is made if there is none.
    fn one_of(&mut self, entity: &'static str, fields: &Value, changes: &mut Vec<Entry>) -> Uuid {
        self.one(entity).unwrap_or_else(|| {
            let id = self.fresh();
            changes.push(self.change(entity, id, &format!("{entity}.create"), fields, None));
            id
        })
    }

    fn enrol(&mut self) -> Vec<Entry> {
        let (Some(class), Some(person)) = (self.one("class"), self.one("person")) else {
            return Vec::new();
        };
        let (class, person) = (json!(class), json!(person));
        let roll = json!(self.rng.below(5).to_string());
        let taken = self.is_held("enrolment", &[("class", &class), ("roll_number", &roll)]);
        if taken || self.is_held("enrolment", &[("class", &class), ("person", &person)]) {
            return Vec::new();
        }
        let after = json!({"class": class, "person": person, "roll_number": roll,
            "status": "active", "enrolled_at": self.now});
        let id = self.fresh();
        vec![self.change("enrolment", id, "enrolment.create", &after, None)]
    }

    fn remove_enrolment(&mut self) -> Vec<Entry> {
        let Some(id) = self.one("enrolment") else { return Vec::new() };
        vec![self.change("enrolment", id, "enrolment.remove", &json!({}), None)]
    }

    fn open_session(&mut self) -> Vec<Entry> {
        let (Some(class), Some(teacher)) = (self.one("class"), self.one("person")) else {
            return Vec::new();
        };
        if self.by_tables && self.has_open(&json!(class)) {
            return Vec::new();
        }
        let mode = if self.rng.percent(80) { "in_class" } else { "online" };
        // By the timetable, whatever the node's clock says: few quarters, so that nodes meet.
        let opened = i64::try_from(self.rng.below(60)).unwrap_or_default() * 60_000_000;
        let id = self.fresh();
        let after = json!({"class": class, "meeting": null, "mode": mode, "opened_at": opened,
            "closed_at": null, "methods": "code", "late_from": opened, "opened_by": teacher,
            "ends_at": opened + 3_600_000_000_i64, "step_seconds": 10,
            "short_id": format!("{:012x}", id.as_u128() >> 80)});
        vec![self.change("session", id, "session.open", &after, None)]
    }

    fn has_open(&self, class: &Value) -> bool {
        let open = |one: &Standing| one.fields.get("closed_at").is_none_or(Value::is_null);
        let sessions = self.all("session");
        sessions.iter().any(|(_, one)| one.fields.get("class") == Some(class) && open(one))
    }

    fn close_or_reopen(&mut self) -> Vec<Entry> {
        let Some(id) = self.one("session") else { return Vec::new() };
        let closed = self.field("session", id, "closed_at").is_some_and(|at| !at.is_null());
        let class = self.field("session", id, "class").unwrap_or_default();
        if self.by_tables && closed && self.has_open(&class) {
            return Vec::new();
        }
        let at = if closed { Value::Null } else { json!(self.now) };
        let action = if closed { "session.reopen" } else { "session.close" };
        let mut changes = vec![self.change("session", id, action, &json!({"closed_at": at}), None)];
        for person in self.students(id) {
            let mark = MarkId::of(SessionId(id), PersonId(person)).0;
            let method = self.field("mark", mark, "method").filter(|_| self.is_there(mark));
            if closed && method == Some(json!("filler")) {
                changes.push(self.change("mark", mark, "mark.unfill", &json!({}), Some(id)));
            } else if !closed && method.is_none() {
                let after = marked(person, "filler", "absent", self.now);
                changes.push(self.change("mark", mark, "mark.fill", &after, Some(id)));
            }
        }
        changes
    }

    fn mark_oneself(&mut self) -> Vec<Entry> {
        let Some((session, person, mark)) = self.seat() else { return Vec::new() };
        let method = self.field("mark", mark, "method").filter(|_| self.is_there(mark));
        if method.is_some_and(|method| method != json!("filler")) {
            return Vec::new();
        }
        let after = marked(person, "code", "present", self.now);
        vec![self.change("mark", mark, "mark.make", &after, Some(session))]
    }

    fn mark_by_hand(&mut self) -> Vec<Entry> {
        let Some((session, person, mark)) = self.seat() else { return Vec::new() };
        let status = ["present", "late", "absent"].get(self.rng.below(3)).copied();
        let after = marked(person, "manual", status.unwrap_or_default(), self.now);
        vec![self.change("mark", mark, "mark.change", &after, Some(session))]
    }

    fn sign_in(&mut self) -> Vec<Entry> {
        let id = self.fresh();
        vec![self.change("login", id, "login.start", &json!({}), None)]
    }

    fn pay_or_admit(&mut self) -> Vec<Entry> {
        let id = self.fresh();
        // No pass is made here, and a redemption without one waits for it.
        if self.rng.percent(50) && !self.by_tables {
            let after = json!({"pass": self.rng.below(3), "verdict": "admit"});
            return vec![self.change("redemption", id, "redemption.record", &after, None)];
        }
        let (Some(person), Some(term)) = (self.one("person"), self.one("term")) else {
            return Vec::new();
        };
        let receipt = json!(format!("R-{}", self.rng.below(4)));
        if self.is_held("payment", &[("receipt", &receipt)]) {
            return Vec::new();
        }
        let after = json!({"receipt": receipt, "amount": self.rng.below(900), "person": person,
            "term": term, "type": "tuition", "method": "cash", "paid_on": 3,
            "state": "completed", "recorded_at": self.now});
        vec![self.change("payment", id, "payment.record", &after, None)]
    }

    fn seat(&mut self) -> Option<(Uuid, Uuid, Uuid)> {
        let session = self.one("session")?;
        let students = self.students(session);
        let person = self.rng.of(&students).copied()?;
        Some((session, person, MarkId::of(SessionId(session), PersonId(person)).0))
    }

    fn students(&self, session: Uuid) -> Vec<Uuid> {
        let class = self.field("session", session, "class");
        let places = self.all("enrolment");
        let places = places.iter().filter(|(_, place)| place.fields.get("class") == class.as_ref());
        places.filter_map(|(_, place)| id(place.fields.get("person")?)).collect()
    }

    fn field(&self, entity: &'static str, id: Uuid, field: &str) -> Option<Value> {
        self.world.standing.get(&(entity, id))?.fields.get(field).cloned()
    }

    fn is_there(&self, mark: Uuid) -> bool {
        self.world.standing.get(&("mark", mark)).is_some_and(|standing| !standing.gone)
    }

    /// The entry of a change, which names what it replaces and the claim that it takes over. Its
    /// clock is the latest reading that it is over.
    fn change(
        &self,
        entity: &'static str,
        id: Uuid,
        action: &str,
        after: &Value,
        topic: Option<Uuid>,
    ) -> Entry {
        let fields = after.as_object().cloned().unwrap_or_default();
        let unknown = Standing::default();
        let standing = self.told.standing.get(&(entity, id)).unwrap_or(&unknown);
        let written: Vec<_> = fields.keys().map(String::as_str).collect();
        let all = fields.is_empty() || fields.get("active") == Some(&json!(false));
        let mut names = standing.names(&written, all || entity == "mark");
        let key = kind_of(entity)
            .filter(|kind| written.iter().any(|field| kind.is_keyed_by(field)))
            .and_then(|kind| kind.alias(|field| fields.get(field).or(standing.fields.get(field))));
        names.takes = key.map(|key| self.told.aliases.known(key));
        let clock = names.latest().max(standing.version.map_or(0, |version| version.clock));
        Entry {
            id: EntryId(Uuid::nil()),
            act: ActId(Uuid::nil()),
            at: Timestamp(self.now),
            clock,
            actor: None,
            via: "web".to_owned(),
            action: action.to_owned(),
            entity: entity.to_owned(),
            entity_id: id,
            topic,
            before: None,
            after: Some(Value::Object(fields).to_string()).filter(|_| written_any(after)),
            replaced: names.replaced().map(|replaced| replaced.to_string()),
            reason: None,
            schema: Entry::SCHEMA,
        }
    }
}

fn written_any(after: &Value) -> bool {
    after.as_object().is_some_and(|fields| !fields.is_empty() && !fields.contains_key(GONE))
}

fn marked(person: Uuid, method: &str, status: &str, at: i64) -> Value {
    json!({"person": person, "method": method, "status": status, "at": at})
}

fn id(value: &Value) -> Option<Uuid> {
    Uuid::try_parse(value.as_str()?).ok()
}
