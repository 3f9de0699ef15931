//! What is done for thousands at once: in parts, each person once, and on from where it stood after
//! the process that did it has ended.

use super::server::TestServer;
use muster_app::academics::{self, ClassInput};
use muster_app::finance;
use muster_app::results::{self, Entry};
use muster_app::{Error, batches, dockets};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::ids::{AssessmentId, ClassId, NoticeId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_domain::time::Timestamp;
use muster_storage::batches::BatchRow;
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::people::PersonRow;
use muster_storage::{enrolment, notices, people};
use muster_testkit::{Database, postgres, sqlite};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::runtime::Builder;
use uuid::Uuid;

on_both!(results_of_a_whole_term_are_published_at_once_and_told_once_each,);

/// Enrols so many students more in a class.
pub(super) fn enrol_many(server: &TestServer, class: ClassId, count: u128) {
    server.plant(None, move |tx, ctx| {
        let people: Vec<_> = (0..count).map(student).collect();
        people::insert_many(tx, &people.iter().collect::<Vec<_>>(), ctx.now())?;
        let places = people.iter().map(|person| EnrolmentRow {
            id: person.id.0.into(),
            class,
            person: person.id,
            name: String::new(),
            number: String::new(),
            roll_number: person.number.clone(),
            status: EnrolmentStatus::Active,
            in_use: true,
            version: 1,
        });
        let places: Vec<_> = places.collect();
        Ok(enrolment::insert_many(tx, &places.iter().collect::<Vec<_>>(), ctx.now())?)
    });
}

fn student(n: u128) -> PersonRow {
    PersonRow {
        id: Uuid::from_u128(0xf1fe << 64 | n).into(),
        number: format!("L{n}"),
        username: None,
        email: None,
        name: format!("Listener {n}"),
        title: None,
        phone: None,
        programme: None,
        active: true,
        version: 1,
    }
}

/// How many notices of a kind each student of the first class has.
fn told(server: &TestServer, kind: NoticeKind) -> BTreeMap<PersonId, usize> {
    let class = server.class;
    server.act(None, move |tx, _| {
        let mut counts = BTreeMap::new();
        let start = (Timestamp(i64::MAX), NoticeId(Uuid::max()));
        for place in enrolment::roster(tx, class)? {
            let rows = notices::of_person(tx, place.person, start, 1_000)?;
            let count = rows.iter().filter(|row| row.kind == kind).count();
            if count > 0 {
                counts.insert(place.person, count);
            }
        }
        Ok(counts)
    })
}

/// The acts in which something was done, each as often as it was.
fn acts(server: &TestServer, action: &str) -> Vec<String> {
    let bytes = format!("{:?}", action.as_bytes());
    let rows = server.database.rows(&["journal"]).remove("journal").unwrap();
    let rows = rows.into_iter().filter(|row| row.contains(&bytes) || row.contains(action));
    let act = |row: String| {
        let (_, rest) = row.split_once(" act=").or_else(|| row.split_once("\"act\": ")).unwrap();
        rest.split_once([')', '}']).map_or(rest, |(act, _)| act).chars().take(60).collect()
    };
    rows.map(act).collect()
}

/// Forty classes of two students, and one that is told in three parts, each student with a result
/// in the same assessment.
fn enter_everywhere(server: &TestServer) -> AssessmentId {
    enrol_many(server, server.class, 450);
    let (first, both) = (server.class, [server.people["student"], server.people["student_2"]]);
    server.act(Some(server.people["super_administrator"]), move |tx, ctx| {
        let row = muster_storage::academics::class(tx, first)?.unwrap();
        let assessment = finance::assessments(tx, ctx, row.term)?[0].id;
        let entry = |person: PersonId| Entry {
            assessment,
            person,
            score: "12".to_owned(),
            remark: None,
            seen: None,
        };
        let all = enrolment::roster(tx, first)?.into_iter().map(|place| entry(place.person));
        results::enter(tx, ctx, first, &all.collect::<Vec<_>>(), "")?;
        for n in 0..40 {
            let input = ClassInput {
                course: row.course,
                term: row.term,
                section: format!("S{n}"),
                room: String::new(),
                duration_minutes: None,
                late_after_minutes: None,
                weights: None,
            };
            let class = academics::create_class(tx, ctx, &input)?;
            academics::enrol(tx, ctx, class, &both)?;
            results::enter(tx, ctx, class, &both.map(entry), "")?;
        }
        Ok(assessment)
    })
}

async fn results_of_a_whole_term_are_published_at_once_and_told_once_each(server: TestServer) {
    let assessment = enter_everywhere(&server);
    let path = format!("/api/v1/assessments/{assessment}/publication");
    let done = server.post("registrar", &path, json!({})).await;
    assert_eq!(done.json(), json!({"classes": 41}), "{}", done.text);
    let mut acts = acts(&server, "result_sheet.publish");
    assert_eq!(acts.len(), 41);
    acts.dedup();
    assert_eq!(acts.len(), 1, "one act");
    assert_eq!(told(&server, NoticeKind::ResultPublished).len(), 0, "publishing waits for nobody");
    // Some are told; asking again meanwhile begins nothing anew.
    for _ in 0..2 {
        assert!(server.act(None, results::step));
    }
    let some: usize = told(&server, NoticeKind::ResultPublished).values().sum();
    assert!((1..=400).contains(&some), "{some} in two parts");
    let again = server.post("registrar", &path, json!({})).await;
    assert_eq!(again.json(), json!({"classes": 0}), "{}", again.text);
    // Whichever process goes on, it goes on from there.
    while server.act(None, results::step) {}
    let counts = told(&server, NoticeKind::ResultPublished);
    assert_eq!(counts.len(), 452);
    let often: Vec<_> = counts.values().copied().filter(|count| *count > 1).collect();
    assert_eq!(often, [41, 41], "the two who attend every class, once for each");
}

/// Begins to issue the dockets of the first class, and takes three steps.
fn first_steps(server: &TestServer, assessment: &str) -> BatchRow {
    let (class, assessment) = (server.class, assessment.parse::<AssessmentId>().unwrap());
    let office = Some(server.people["super_administrator"]);
    let group = dockets::Group::Class(class);
    server.act(office, move |tx, ctx| dockets::begin_batch(tx, ctx, assessment, group));
    let step = || {
        server.act(office, |tx, ctx| {
            let now = batches::working(tx)?.ok_or(Error::NotFound)?;
            batches::step(tx, ctx, &now)
        })
    };
    step();
    step();
    step()
}

/// Five thousand students of a class get their dockets in one batch. The process that issues them
/// ends after a few steps, which are taken here so that it ends nowhere else; the next one's own
/// worker goes on, and nobody has two.
fn a_batch_goes_on_after_its_process(database: Database, count: u128) {
    // One thread: nothing goes on once it is dropped.
    let process = || Builder::new_current_thread().enable_all().build().unwrap();
    let first = process();
    let (mut server, path) = first.block_on(async {
        let school = super::dockets::school(TestServer::start(database)).await;
        enrol_many(&school.server, school.server.class, count);
        // From here on this process's own worker gets no turn: nothing waits for anything.
        let stood = first_steps(&school.server, &school.ca1);
        assert!(stood.issued > 0 && stood.ended_at.is_none(), "{stood:?}");
        (school.server, format!("/api/v1/docket-batches/{}", stood.id))
    });
    drop(first);
    process().block_on(async {
        server.begin_again();
        let now = loop {
            let now = server.get("registrar", &path).await.json();
            if now["ended_at"].is_string() {
                break now;
            }
        };
        let all = count + 2;
        let figures = ["total", "done", "issued", "kept", "refused"].map(|name| &now[name]);
        assert_eq!(figures, [&json!(all), &json!(all), &json!(all), &json!(0), &json!(0)]);
        assert_eq!(now["failure"], json!(null));
    });
    let rows = server.database.rows(&["dockets", "credentials", "issue_batch_people"]);
    assert!(rows.values().all(|rows| rows.len() as u128 == count + 2));
    let counts = told(&server, NoticeKind::DocketAvailable);
    assert_eq!(counts.len() as u128, count + 2);
    assert!(counts.values().all(|count| *count == 1), "each is told once");
}

#[test]
fn five_thousand_dockets_go_on_after_the_process_that_issued_them() {
    a_batch_goes_on_after_its_process(sqlite(), 5_000);
}

#[test]
fn a_thousand_dockets_go_on_after_the_process_that_issued_them_on_postgres() {
    a_batch_goes_on_after_its_process(postgres(), 1_000);
}
