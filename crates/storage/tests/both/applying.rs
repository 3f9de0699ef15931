//! Entries of other nodes become records: what stands is the same wherever they came first.

use super::authors::{Author, Campus, exports, fresh, lines, person, take_all};
use super::{act, on_both};
use muster_domain::attendance::Tally;
use muster_domain::ids::{ClassId, MarkId, PersonId};
use muster_storage::finding::Search;
use muster_storage::{Error, Store, finding, people, replication, tallies};
use muster_testkit::Database;
use serde_json::{Value, json};
use uuid::Uuid;

on_both!(
    what_was_made_elsewhere_stands_here,
    nothing_is_taken_up_before_all_that_was_here_is_told,
    edits_of_different_fields_both_stand,
    of_two_edits_of_one_field_the_later_stands_and_the_other_is_listed,
    an_archive_yields_to_an_edit_that_it_did_not_know_of,
    what_two_nodes_made_with_one_key_is_one,
    a_scope_by_either_name_of_a_class_that_was_made_twice_sees_the_same,
    a_person_who_was_made_twice_keeps_all_that_is_theirs,
    of_two_with_one_receipt_number_the_later_is_contested_until_it_is_free,
    a_persons_word_stands_over_a_code,
    what_refers_to_something_missing_waits_for_it,
    what_can_not_be_read_is_refused_by_itself,
    what_is_unknown_here_is_kept_and_passed_by,
    what_was_removed_stays_while_something_refers_to_it,
    records_that_need_each_other_come_in_any_order,
    a_record_with_the_id_of_what_it_waits_for_wakes_nobody,
    marks_of_closed_sessions_are_counted,
);

fn standing(store: &Store, id: Uuid) -> Value {
    let text = id.to_string();
    let all = lines(store);
    let own = all.iter().find_map(|line| {
        let mut words = line.splitn(3, ' ');
        let (_, named, rest) = (words.next()?, words.next()?, words.next()?);
        (named == text && rest.starts_with('{')).then(|| serde_json::from_str(rest).unwrap())
    });
    own.unwrap_or(Value::Null)
}

fn lost(store: &Store) -> Vec<Value> {
    let all = lines(store).into_iter();
    all.filter_map(|line| Some(serde_json::from_str(line.split_once(" lost ")?.1).unwrap()))
        .collect()
}

fn waits(store: &Store) -> Vec<(String, String)> {
    let rows = store.read(|tx| replication::list_pending(tx, None, 100)).wait().unwrap();
    rows.into_iter().map(|row| (row.entity, row.why)).collect()
}

fn what_was_made_elsewhere_stands_here(database: &Database) {
    let here = database.open();
    let mut author = Author::new(7);
    let campus = Campus::made_by(&mut author);
    take_all(&here, &[&author], 3);
    let row = here.read(move |tx| people::get(tx, PersonId(campus.student))).wait().unwrap();
    assert_eq!(row.unwrap().number, "S1");
    assert_eq!(standing(&here, campus.class)["section"], "A");
    assert_eq!(standing(&here, campus.mark)["status"], "present");
    let search = |tx: &mut muster_storage::ReadTx<'_>| {
        finding::search(tx, &Search { text: "ada", limit: 5, ..Search::default() })
    };
    assert_eq!(here.read(search).wait().unwrap().len(), 1);
    assert_eq!(waits(&here), []);
}

fn nothing_is_taken_up_before_all_that_was_here_is_told(database: &Database) {
    let here = database.open();
    here.write(&act(90), replication::begin).wait().unwrap();
    let mut author = Author::new(7);
    author.make("person", Uuid::from_u128(1), person("S1", "Ada"));
    let batch = author.batch(0..1);
    let taken = here.write(&act(91), move |tx| replication::take(tx, &batch)).wait();
    assert_eq!(taken.unwrap_err(), Error::Restating);
    assert!(lines(&here).is_empty());
    let mut n = 92;
    while here.write(&act(n), |tx| replication::restate(tx, 100)).wait().unwrap() {
        n += 1;
    }
    take_all(&here, &[&author], 5);
    assert_eq!(standing(&here, Uuid::from_u128(1))["number"], "S1");
}

fn edits_of_different_fields_both_stand(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    one.change("person", campus.student, json!({"name": "Ada Byron"}));
    other.change("person", campus.student, json!({"phone": "555"}));
    take_all(&here, &[&one, &other], 2);
    let row = standing(&here, campus.student);
    assert_eq!((&row["name"], &row["phone"]), (&json!("Ada Byron"), &json!("555")));
    assert_eq!(lost(&here), [] as [Value; 0]);
    let found = |text: &'static str| {
        let search = move |tx: &mut muster_storage::ReadTx<'_>| {
            finding::search(tx, &Search { text, limit: 5, ..Search::default() })
        };
        here.read(search).wait().unwrap().len()
    };
    assert_eq!((found("byron"), found("ada lovelace")), (1, 0));
}

fn of_two_edits_of_one_field_the_later_stands_and_the_other_is_listed(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    one.change("person", campus.student, json!({"name": "Ada Byron"}));
    other.change("person", campus.student, json!({"name": "Ada King"}));
    take_all(&here, &[&one, &other], 2);
    let row = standing(&here, campus.student);
    let [conflict] = &lost(&here)[..] else { panic!("one conflict") };
    assert_eq!(row["name"], "Ada King");
    assert_eq!((&conflict["field"], &conflict["value"]), (&json!("name"), &json!("\"Ada Byron\"")));
    // Whoever knows of both and changes it again decides.
    one.hears(&other);
    one.decide("person", campus.student, json!({"name": "Ada Byron"}));
    take_all(&here, &[&one], 2);
    assert_eq!(standing(&here, campus.student)["name"], "Ada Byron");
    assert_eq!(lost(&here), [] as [Value; 0]);
}

fn an_archive_yields_to_an_edit_that_it_did_not_know_of(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    one.decide("course", campus.course, json!({"archived_at": 99}));
    other.change("course", campus.course, json!({"name": "Computing"}));
    take_all(&here, &[&one, &other], 1);
    let row = standing(&here, campus.course);
    assert_eq!((row.get("archived_at"), &row["name"]), (None, &json!("Computing")));
    assert_eq!(lost(&here).len(), 1);
}

fn what_two_nodes_made_with_one_key_is_one(database: &Database) {
    let (here, beside) = (database.open(), fresh());
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    let [course, class, session] = [901, 902, 903].map(Uuid::from_u128);
    // A course, a class of it, a session, marks: all of it again under other ids.
    other.make("course", course, json!({"code": "cs1", "name": "Computing"}));
    other.make("class", class, json!({"course": course, "term": campus.term, "section": "a"}));
    other.make(
        "enrolment",
        Uuid::from_u128(904),
        json!({
            "class": class, "person": campus.student, "roll_number": "1", "status": "active",
            "enrolled_at": 5,
        }),
    );
    other.make("session", session, Campus::session(class, campus.teacher));
    other.mark(session, campus.student, json!({"status": "late", "method": "manual"}));
    other.mark(session, campus.teacher, json!({"status": "present", "method": "code"}));
    other.change("session", session, json!({"closed_at": 60, "closed_by": campus.teacher}));
    take_all(&here, &[&one, &other], 4);
    take_all(&beside, &[&other, &one], 3);
    assert_eq!(exports(&here), exports(&beside));
    // The smaller ids stand.
    assert_eq!(standing(&here, class), Value::Null);
    assert_eq!(standing(&here, session), Value::Null);
    let classes = lines(&here)
        .iter()
        .filter(|line| line.starts_with("class ") && !line.contains(" lost "))
        .count();
    assert_eq!(classes, 2, "the class, and the one that leads to it");
    // A person's word, though it was made in the other session.
    let mark = MarkId::of(campus.session.into(), campus.student.into()).0;
    assert_eq!(standing(&here, mark)["status"], "late");
    let mark = MarkId::of(campus.session.into(), campus.teacher.into()).0;
    assert_eq!(standing(&here, mark)["status"], "present");
    counts_agree(&here, campus.class);
    counts_agree(&beside, campus.class);
}

fn a_scope_by_either_name_of_a_class_that_was_made_twice_sees_the_same(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    let twin = Uuid::from_u128(902);
    let fields = json!({"course": campus.course, "term": campus.term, "section": "a"});
    other.make("class", twin, fields);
    take_all(&here, &[&one, &other], 4);
    assert_eq!(standing(&here, twin), Value::Null);
    let sight = |class: Uuid| {
        here.read(move |tx| replication::sight(tx, &[ClassId(class)])).wait().unwrap()
    };
    assert_eq!(sight(twin), sight(campus.class));
    assert!(sight(twin).sees_class(ClassId(campus.class)));
    assert!(sight(twin).sees_person(PersonId(campus.student)));
}

fn a_person_who_was_made_twice_keeps_all_that_is_theirs(database: &Database) {
    let (here, beside) = (database.open(), fresh());
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears_but(&one, campus.student);
    // A smaller id: what stood so far has to move.
    let twin = Uuid::from_u128(1);
    other.make("person", twin, person("s1", "Ada L."));
    other.make(
        "enrolment",
        Uuid::from_u128(906),
        json!({
            "class": campus.class, "person": twin, "roll_number": "1", "status": "active",
            "enrolled_at": 5,
        }),
    );
    other.mark(campus.session, twin, json!({"status": "absent", "method": "filler"}));
    one.change("session", campus.session, json!({"closed_at": 60, "closed_by": campus.teacher}));
    take_all(&here, &[&one, &other], 5);
    take_all(&beside, &[&other, &one], 2);
    assert_eq!(exports(&here), exports(&beside));
    assert_eq!(standing(&here, campus.student), Value::Null);
    assert_eq!(standing(&here, twin)["number"], "s1");
    let mark = MarkId::of(campus.session.into(), twin.into()).0;
    assert_eq!(standing(&here, mark)["status"], "present");
    let payment = lines(&here).into_iter().find(|line| line.starts_with("payment ")).unwrap();
    assert!(payment.contains(&twin.to_string()));
    counts_agree(&here, campus.class);
    assert_eq!(waits(&here), []);
}

fn of_two_with_one_receipt_number_the_later_is_contested_until_it_is_free(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    let second = Uuid::from_u128(911);
    other.make("payment", second, campus.payment("R-1"));
    take_all(&here, &[&other, &one], 1);
    take_all(&here, &[&one, &other], 9);
    assert_eq!(standing(&here, second)["(contested)"], true);
    assert_eq!(standing(&here, campus.payment).get("(contested)"), None);
    // Its holder gives it up: a fact, of which something happened later.
    one.change("payment", campus.payment, json!({"receipt": null}));
    take_all(&here, &[&one], 1);
    assert_eq!(standing(&here, second).get("(contested)"), None);
}

fn a_persons_word_stands_over_a_code(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears_but(&one, campus.mark);
    other.mark(campus.session, campus.student, json!({"status": "absent", "method": "manual"}));
    take_all(&here, &[&other, &one], 1);
    take_all(&here, &[&one, &other], 1);
    assert_eq!(standing(&here, campus.mark)["status"], "absent");
}

fn what_refers_to_something_missing_waits_for_it(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    other.mark(campus.session, campus.teacher, json!({"status": "late", "method": "manual"}));
    take_all(&here, &[&other], 5);
    assert_eq!(waits(&here), [("mark".to_owned(), "its session is not here".to_owned())]);
    take_all(&here, &[&one], 5);
    assert_eq!(waits(&here), []);
    let mark = MarkId::of(campus.session.into(), campus.teacher.into()).0;
    assert_eq!(standing(&here, mark)["status"], "late");
}

fn what_can_not_be_read_is_refused_by_itself(database: &Database) {
    let here = database.open();
    let mut author = Author::new(7);
    let campus = Campus::made_by(&mut author);
    let [number, word, nul, id] = [921, 922, 923, 924].map(Uuid::from_u128);
    author.make("course", number, json!({"code": 7, "name": "Seven"}));
    author.mark(campus.session, campus.teacher, json!({"status": "asleep", "method": "manual"}));
    author.make("course", nul, json!({"code": "a\u{0}b", "name": "Nothing"}));
    author.make(
        "mark",
        id,
        json!({
            "session": campus.session, "person": campus.teacher, "status": "late", "method": "code",
            "at": 1,
        }),
    );
    author.make("session", word, json!({"class": campus.class, "mode": "dreamt"}));
    author.broken("course", campus.course);
    author.make("course", Uuid::from_u128(925), json!({"code": "OK", "name": "Well"}));
    take_all(&here, &[&author], 50);
    assert_eq!(standing(&here, Uuid::from_u128(925))["code"], "OK");
    assert_eq!(standing(&here, campus.course)["code"], "CS1");
    for refused in [number, nul, id, word] {
        assert_eq!(standing(&here, refused), Value::Null);
    }
    // The mark under an id of its own is the one that is asleep: of both, a person's word stands.
    assert_eq!(waits(&here).len(), 5, "{:?}", waits(&here));
}

fn what_is_unknown_here_is_kept_and_passed_by(database: &Database) {
    let here = database.open();
    let mut author = Author::new(7);
    let campus = Campus::made_by(&mut author);
    author.make("spaceship", Uuid::from_u128(931), json!({"name": "Beagle"}));
    author.change("course", campus.course, json!({"colour": "red", "name": "Computing"}));
    take_all(&here, &[&author], 4);
    assert_eq!(standing(&here, campus.course)["name"], "Computing");
    assert_eq!(waits(&here), []);
}

fn what_was_removed_stays_while_something_refers_to_it(database: &Database) {
    let (here, beside) = (database.open(), fresh());
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    let meeting = Uuid::from_u128(941);
    one.make(
        "meeting",
        meeting,
        json!({
            "class": campus.class, "starts_at": 1, "ends_at": 2, "by_hand": true,
        }),
    );
    other.hears(&one);
    one.remove("meeting", meeting);
    let session = json!({"meeting": meeting, "opened_at": 5_000_000_000_i64});
    let mut fields = Campus::session(campus.class, campus.teacher);
    fields.as_object_mut().unwrap().extend(session.as_object().unwrap().clone());
    other.make("session", Uuid::from_u128(942), fields);
    take_all(&here, &[&one, &other], 3);
    take_all(&beside, &[&other, &one], 50);
    take_all(&beside, &[&other], 50);
    assert_eq!(exports(&here), exports(&beside));
    assert_eq!(standing(&here, meeting)["by_hand"], true);
}

fn records_that_need_each_other_come_in_any_order(database: &Database) {
    let here = database.open();
    let mut author = Author::new(7);
    let [first, second, third, one, other] = [951, 952, 953, 954, 955].map(Uuid::from_u128);
    let merged = |number: &str, into: Uuid| {
        let mut fields = person(number, "Twice");
        fields["merged_into"] = json!(into);
        fields
    };
    author.make("person", first, merged("M1", second));
    author.make("person", second, merged("M2", third));
    author.make("person", third, person("M3", "Once"));
    // Nobody can say which of these came first.
    author.make("person", one, merged("C1", other));
    author.make("person", other, merged("C2", one));
    take_all(&here, &[&author], 50);
    assert_eq!(standing(&here, first)["merged_into"], second.to_string());
    assert_eq!(standing(&here, second)["merged_into"], third.to_string());
    assert_eq!(waits(&here).len(), 2, "{:?}", waits(&here));
}

fn a_record_with_the_id_of_what_it_waits_for_wakes_nobody(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    let unknown = Uuid::from_u128(961);
    let place = json!({
        "class": campus.class, "person": unknown, "roll_number": "9", "status": "active",
        "enrolled_at": 5,
    });
    one.make("enrolment", Uuid::from_u128(960), place.clone());
    other.make("enrolment", unknown, place);
    take_all(&here, &[&one, &other], 50);
    assert_eq!(waits(&here).len(), 1, "{:?}", waits(&here));
}

fn marks_of_closed_sessions_are_counted(database: &Database) {
    let here = database.open();
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    one.change("session", campus.session, json!({"closed_at": 60, "closed_by": campus.teacher}));
    other.hears(&one);
    take_all(&here, &[&one], 50);
    counts_agree(&here, campus.class);
    // After it was closed.
    other.mark(campus.session, campus.student, json!({"status": "excused", "method": "manual"}));
    other.mark(campus.session, campus.teacher, json!({"status": "late", "method": "manual"}));
    take_all(&here, &[&other], 50);
    counts_agree(&here, campus.class);
    one.hears(&other);
    one.change("session", campus.session, json!({"closed_at": null, "closed_by": null}));
    take_all(&here, &[&one], 50);
    counts_agree(&here, campus.class);
}

/// What was added up is what is found by counting.
pub fn counts_agree(store: &Store, class: Uuid) {
    let class = ClassId(class);
    let (marks, by_student, by_session) = store
        .read(move |tx| {
            let marks = tallies::marks_of_class(tx, class)?;
            let students = tallies::tallies_of_class(tx, class)?;
            Ok::<_, muster_storage::Error>((
                marks,
                students,
                tallies::sessions_of_class(tx, class)?,
            ))
        })
        .wait()
        .unwrap();
    let mut counted = std::collections::BTreeMap::<PersonId, Tally>::new();
    let mut whole = Tally::default();
    for row in &marks {
        counted.entry(row.person).or_default().add(row.status, 1);
        whole.add(row.status, 1);
    }
    let mut by_student: std::collections::BTreeMap<_, _> = by_student.into_iter().collect();
    by_student.retain(|_, tally| *tally != Tally::default());
    assert_eq!(by_student, counted);
    let mut sum = Tally::default();
    for row in by_session {
        for status in muster_domain::attendance::Status::ALL {
            sum.add(status, row.tally().of(status));
        }
    }
    assert_eq!(sum, whole);
}
