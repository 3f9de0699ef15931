//! Statements and values: what goes in comes out, one row or many.

use super::{act, add, on_both, person};
use muster_domain::ids::PersonId;
use muster_storage::people::{self, PersonRow};
use muster_storage::{Error, Statement, Store, StoreConfig, args, record, row};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

record! {
    #[derive(Debug, PartialEq)]
    struct Failures {
        subject: String,
        count: i64,
    }
}

static PUT_MANY: Statement = Statement {
    name: "PUT_MANY",
    sqlite: "insert into failures (subject, count, last_at) values (?1, ?2, ?3)
        on conflict (subject) do update set count = failures.count + excluded.count",
    postgres: "insert into failures (subject, count, last_at)
        select * from unnest(?1::text[], ?2::bigint[], ?3::bigint[])
        on conflict (subject) do update set count = failures.count + excluded.count",
};
static GET_MANY: Statement = Statement {
    name: "GET_MANY",
    sqlite: "select subject, count from failures where subject = ?1 and count < ?2",
    postgres: "select f.subject, f.count
        from unnest(?1::text[], ?2::bigint[]) as wanted (subject, below)
        join failures f on f.subject = wanted.subject and f.count < wanted.below",
};
static EXISTS: Statement = same("select exists (select 1 from failures)");
static ONE: Statement = same("select 1");
static VALUES: Statement = same(
    "insert into photos (person, media_type, digest, content, version) values (?1, ?2, ?3, ?4, ?5)
        returning person, media_type, digest, content, version",
);

record! {
    #[derive(Debug, PartialEq)]
    struct Photo {
        person: Uuid,
        media_type: String,
        digest: Vec<u8>,
        content: Vec<u8>,
        version: i64,
    }
}

const fn same(sql: &'static str) -> Statement {
    Statement { name: "TEST", sqlite: sql, postgres: sql }
}

on_both!(
    many_rows_are_written_and_read_with_one_statement,
    no_rows_at_all_are_fine,
    values_come_back_as_they_were,
    truths_and_small_numbers_are_numbers,
    a_taken_key_names_its_index,
    a_wrong_number_of_arguments_is_an_error,
    a_newer_schema_is_refused,
);

fn many_rows_are_written_and_read_with_one_statement(database: &Database) {
    let store = database.open();
    let subjects: Vec<String> = (0..1000).map(|n| format!("subject {n:04}")).collect();
    let found = store.write(&act(1), move |tx| {
        let rows = subjects.iter().zip(0..).map(|(subject, n)| row![subject, n, 0]);
        let written = tx.execute_many(&PUT_MANY, rows.collect::<Vec<_>>())?;
        let wanted: Vec<_> = subjects.iter().map(|subject| row![subject, 3]).collect();
        let mut found: Vec<Failures> = tx.all_many(&GET_MANY, &wanted)?;
        found.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok::<_, Error>((written, found))
    });
    let (written, found) = found.wait().unwrap();
    assert_eq!(written, 1000);
    let expected = (0..3).map(|n| Failures { subject: format!("subject {n:04}"), count: n });
    assert_eq!(found, expected.collect::<Vec<_>>());
}

fn no_rows_at_all_are_fine(database: &Database) {
    let none: [&[muster_storage::Value<'_>]; 0] = [];
    let written = database.open().write(&act(1), move |tx| tx.execute_many(&PUT_MANY, none));
    assert_eq!(written.wait(), Ok(0));
}

fn values_come_back_as_they_were(database: &Database) {
    let store = database.open();
    add(&store, 7).unwrap();
    let photo = || Photo {
        person: Uuid::from_u128(7),
        media_type: "名前 \u{202e}نام\u{202c} 👩🏽‍🎓 ' \" ? ?1 $1 \\".to_owned(),
        digest: vec![0, 1, 255],
        content: Vec::new(),
        version: i64::MIN,
    };
    let back = store.write(&act(8), move |tx| {
        let photo = photo();
        tx.opt::<Photo>(
            &VALUES,
            args![photo.person, photo.media_type, photo.digest, photo.content, photo.version],
        )
    });
    assert_eq!(back.wait().unwrap(), Some(photo()));
}

fn truths_and_small_numbers_are_numbers(database: &Database) {
    let store = database.open();
    let read =
        store.read(|tx| Ok::<_, Error>((tx.number(&EXISTS, args![])?, tx.number(&ONE, args![])?)));
    assert_eq!(read.wait(), Ok((0, 1)));
}

fn a_taken_key_names_its_index(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    let insert = |id, number: &str| {
        let row =
            PersonRow { id: PersonId(Uuid::from_u128(id)), number: number.to_owned(), ..person(1) };
        store.write(&act(2), move |tx| people::insert(tx, &row, NOON)).wait()
    };
    assert_eq!(insert(1, "N2"), Err(Error::Conflict("people_pkey".to_owned())));
    assert_eq!(insert(2, "N1"), Err(Error::Conflict("people_number".to_owned())));
}

fn a_wrong_number_of_arguments_is_an_error(database: &Database) {
    let store = database.open();
    let one_short = store.write(&act(1), |tx| tx.execute(&VALUES, args![1]));
    assert!(matches!(one_short.wait(), Err(Error::Database(_))));
    let one_short = store.write(&act(2), |tx| tx.execute_many(&PUT_MANY, [row!["subject", 1]]));
    assert!(matches!(one_short.wait(), Err(Error::Database(_))));
}

fn a_newer_schema_is_refused(database: &Database) {
    let newer = "insert into refinery_schema_history (version, name, applied_on, checksum)
        values (9999, 'newer', '2030-01-01T00:00:00Z', '1')";
    drop(database.open());
    super::journal::tamper(database, newer);
    let opened = Store::open(&StoreConfig::new(&*database.url, Uuid::from_u128(1), NOON));
    assert!(matches!(opened.err(), Some(Error::NewerSchema { found: 9999, .. })));
}
