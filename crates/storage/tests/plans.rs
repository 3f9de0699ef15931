//! Whether each statement finds its rows by an index: a walk over a table is invisible among a
//! test's ten rows and ruins a hall of three hundred.

use ::postgres::{Client, NoTls};
use muster_testkit::{postgres, sqlite};
use std::collections::BTreeSet;

/// Walks that are meant: the table stays small (settings, terms, courses, classes, faculties,
/// programmes, settings and documents, the node, its edges, the series, the database's own size), all of it is asked for (how many people; where
/// each student stood; which entries have no number; one that waits; whether there is any fee or payment), rows are counted up
/// to a limit, or a partial index holds just what is wanted (open sessions, imports and batches of
/// dockets and badges at work, what was announced to everybody, people who are gone, photos without a
/// small copy).
const MEANT: [&str; 81] = [
    "ABSENTEES: SCAN a",
    "ALIKE: SCAN people USING COVERING INDEX people_gone",
    "ALL_PEOPLE: SCAN people USING COVERING INDEX sqlite_autoindex_people_1",
    "ANY: SCAN a",
    "ANY: SCAN fees USING COVERING INDEX sqlite_autoindex_fees_1",
    "ANY: SCAN payments USING COVERING INDEX sqlite_autoindex_payments_1",
    "ANY_WORDS: SCAN CONSTANT ROW",
    "ANY_WORDS: SCAN person_words USING COVERING INDEX person_words_of_person",
    "BEGIN: SCAN node",
    "BEGIN_LIFE: SCAN node",
    "BEGUN: SCAN CONSTANT ROW",
    "BEGUN: SCAN a_class",
    "BEGUN: SCAN a_course",
    "BEGUN: SCAN a_place",
    "BEGUN: SCAN a_student",
    "BEGUN: SCAN a_term",
    "BEGUN: SCAN classes USING COVERING INDEX classes_of_course",
    "BEGUN: SCAN courses USING COVERING INDEX sqlite_autoindex_courses_1",
    "BEGUN: SCAN enrolments USING COVERING INDEX enrolments_by_roll",
    "BEGUN: SCAN terms USING COVERING INDEX sqlite_autoindex_terms_1",
    "BROWSE: SCAN node USING COVERING INDEX sqlite_autoindex_node_1",
    "BROWSE_ACTOR: SCAN node USING COVERING INDEX sqlite_autoindex_node_1",
    "BROWSE_RECORD: SCAN node USING COVERING INDEX sqlite_autoindex_node_1",
    "CANDIDATES: SCAN p USING INDEX people_name",
    "CLASSES: SCAN c",
    "CONCERNING: SCAN n USING INDEX announcements_to_all",
    "COUNT: SCAN people USING COVERING INDEX sqlite_autoindex_people_1",
    "COURSES: SCAN courses",
    "DATABASE_BYTES: SCAN CONSTANT ROW",
    "DATABASE_BYTES: SCAN pragma_page_count VIRTUAL TABLE INDEX 0:",
    "DATABASE_BYTES: SCAN pragma_page_size VIRTUAL TABLE INDEX 0:",
    "DONE: SCAN node",
    "ENTRIES: SCAN node",
    "EVERY_OF_TABLE: SCAN document_templates",
    "EVERY_OF_TABLE: SCAN logo",
    "EVERY_OF_TABLE: SCAN settings",
    "EVERY_KEY: SCAN signing_keys",
    "FACULTIES: SCAN faculties",
    "FIRST: SCAN stale_timetables USING INDEX stale_timetables_by_time",
    "FIRST: SCAN untold USING INDEX sqlite_autoindex_untold_1",
    "FIRST_UNTOLD_RESULT: SCAN untold_results USING INDEX sqlite_autoindex_untold_results_1",
    "GONE: SCAN p USING COVERING INDEX people_gone",
    "HAVING: SCAN had",
    "HEADS: SCAN n",
    "HEARSAY: SCAN received USING INDEX received_hearsay",
    "HOLD: SCAN CONSTANT ROW",
    "HOLDING: SCAN held",
    "HOLD_NUMBERS: SCAN CONSTANT ROW",
    "HOLIDAYS: SCAN holidays",
    "IMPORTING: SCAN imports USING INDEX imports_working",
    "LIST: SCAN peers USING INDEX peers_by_time",
    "LIST: SCAN settings USING INDEX sqlite_autoindex_settings_1",
    "LOCKED: SCAN k",
    "MOVE: SCAN node",
    "NODE: SCAN node",
    "OF_PERSON: SCAN t",
    "OPEN: SCAN conflicts USING COVERING INDEX conflicts_open",
    "OPEN: SCAN conflicts USING INDEX conflicts_open",
    "OPEN: SCAN incidents USING COVERING INDEX incidents_open",
    "OPEN: SCAN incidents USING INDEX incidents_open",
    "OPEN: SCAN sessions USING INDEX sessions_due",
    "OPEN_NOW: SCAN sessions USING INDEX sessions_due",
    "PLACE: SCAN n",
    "PROGRAMMES: SCAN g",
    "PUT_PERIOD: SCAN CONSTANT ROW",
    "QUARTERS: SCAN sessions USING COVERING INDEX sessions_online",
    "QUARTERS_OF_PROGRAMME: SCAN sessions USING COVERING INDEX sessions_online",
    "ROSTER_SIZE: SCAN places",
    "SCOPES: SCAN p",
    "SERIES: SCAN series",
    "STATE: SCAN node",
    "STOOD: SCAN s",
    "STUDENTS: SCAN CONSTANT ROW",
    "STUDENTS: SCAN p USING COVERING INDEX people_gone",
    "TERMS: SCAN terms",
    "TOLD_OF_MARKS: SCAN node",
    "TOLD_OF_RECORDS: SCAN node",
    "UNNUMBERED: SCAN j USING COVERING INDEX sqlite_autoindex_journal_1",
    "UNSHRUNK: SCAN photos USING INDEX photos_unshrunk",
    "WORKING: SCAN imports USING INDEX imports_working",
    "WORKING: SCAN issue_batches USING INDEX issue_batches_working",
];

/// What is asked only when two records turned out to be one, or one was removed: a walk is fine then.
const SELDOM: [&str; 4] = ["COUNT_BESIDE", "DROP_BESIDE", "GIVE_BESIDE", "REFERRERS"];

/// What lists everything, or what a partial index holds: redirects, what waits, conflicts, and rows
/// that lost a value; and what only looks like a walk.
const LISTED: [&str; 19] = [
    "ANY: SCAN conflicts",
    "ANY: SCAN few",
    "ANY: SCAN pending",
    "ANY: SCAN redirects",
    "CONTESTED: SCAN t USING COVERING INDEX",
    "CONTESTED: SCAN t USING INDEX",
    "COUNT: SCAN pending",
    "LIST: SCAN pending",
    "LOST: SCAN conflicts",
    "NAMED_BY_LOST: SCAN conflicts",
    "REDIRECTS: SCAN redirects",
    // The one row of a table.
    "TOLD_OF_MARKS: SCAN node",
    "TOLD_OF_RECORDS: SCAN node",
    // What refers to a record, looked for when it is removed; when it is written, only while a
    // reference is known to be broken.
    "DROP_FROM_TABLE: SCAN fees",
    "DROP_FROM_TABLE: SCAN issue_batches",
    "DROP_FROM_TABLE: SCAN pass_holders",
    "DROP_FROM_TABLE: SCAN programmes",
    "PUT_INTO_TABLE: SCAN fees",
    "PUT_INTO_TABLE: SCAN issue_batches",
];

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let database = sqlite();
    drop(database.open());
    let path = database.url.trim_start_matches("sqlite:");
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut walks = BTreeSet::new();
    for statement in muster_storage::statements() {
        let explain = format!("explain query plan {}", statement.sqlite);
        let mut prepared = connection.prepare(&explain).unwrap();
        let steps = prepared.raw_query().mapped(|row| row.get::<_, String>(3));
        let steps = steps.map(Result::unwrap).filter(|step| step.starts_with("SCAN"));
        walks.extend(steps.map(|step| format!("{}: {step}", statement.name)));
    }
    let meant = |walk: &&String| {
        let seldom = SELDOM.iter().any(|name| walk.starts_with(&format!("{name}: ")));
        let listed = LISTED.iter().any(|known| walk.starts_with(known));
        seldom || listed || MEANT.contains(&walk.as_str())
    };
    let walks: Vec<_> = walks.iter().filter(|walk| !meant(walk)).collect();
    assert!(walks.is_empty(), "these walk a whole table or index: {walks:#?}");
}

/// What is asked for many at once while they wait, by floods of marks and at gates.
const FLOODS: [&str; 8] = [
    "BY_DIGEST",
    "BY_NONCE",
    "HOLDERS_OF",
    "MARK_MANY",
    "OF_RECORD",
    "PAST_OF",
    "ROLLS",
    "STANDINGS",
];

/// A plan that is made while a table is empty is kept while it fills, until PostgreSQL looks through
/// the table: with a filter in place of an index, each lot reads all that is there.
#[test]
fn what_floods_ask_is_looked_up_by_its_keys_on_a_young_database() {
    let database = postgres();
    let mut client = Client::connect(&database.url, NoTls).unwrap();
    client
        .batch_execute(
            "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off;
            set plan_cache_mode = force_generic_plan",
        )
        .unwrap();
    let walks = walks(&mut client, &FLOODS, |step, _| step.contains("Join Filter:"));
    assert!(walks.is_empty(), "these read a whole table for each lot: {walks:#?}");
}

/// What is asked for each part of a batch that another node brings.
const REPLICATION: [&str; 6] =
    ["HEADS", "HELD_BY", "OF_RECORDS", "OF_SESSIONS", "TOLD_OF_MARKS", "TOLD_OF_RECORDS"];

/// Of an empty table PostgreSQL believes that reading all of it is quickest, and goes on doing so while a
/// first batch fills it.
#[test]
fn what_a_batch_asks_of_a_young_journal_is_looked_up() {
    let database = postgres();
    let mut client = Client::connect(&database.url, NoTls).unwrap();
    client.batch_execute("set plan_cache_mode = force_generic_plan").unwrap();
    let walks = walks(&mut client, &REPLICATION, |step, next| {
        let small = ["Function Scan ", " on asked", " on conflicts", " on node", " on series"];
        let looked_up = ["Index Cond:", "Recheck Cond:"].iter().any(|cond| next.starts_with(cond));
        step.contains("Scan ") && !looked_up && !small.iter().any(|table| step.contains(table))
    });
    assert!(walks.is_empty(), "these read a whole table for each part: {walks:#?}");
}

/// The steps of certain statements' plans that are walks, by what follows each. All of the names are there.
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
fn walks(
    client: &mut Client,
    names: &[&'static str],
    is_walk: impl Fn(&str, &str) -> bool,
) -> BTreeSet<String> {
    let (mut walks, mut asked) = (BTreeSet::new(), BTreeSet::new());
    let statements = muster_storage::statements();
    for statement in statements.iter().filter(|one| names.contains(&one.name)) {
        asked.insert(statement.name);
        let sql = statement.postgres.replace('?', "$");
        let count = client.prepare(&sql).unwrap().params().len();
        client.batch_execute(&format!("prepare asked as {sql}")).unwrap();
        let nulls = vec!["null"; count].join(", ");
        let given = if count == 0 { String::new() } else { format!("({nulls})") };
        let plan = client.query(&format!("explain (costs off) execute asked {given}"), &[]);
        let steps: Vec<String> = plan.unwrap().into_iter().map(|row| row.get(0)).collect();
        let steps: Vec<&str> =
            steps.iter().map(|step| step.trim().trim_start_matches("->").trim()).collect();
        let next = steps.iter().skip(1).chain([&""]);
        let found = steps.iter().zip(next).filter(|(step, next)| is_walk(step, next));
        walks.extend(found.map(|(step, _)| format!("{}: {step}", statement.name)));
        client.batch_execute("deallocate asked").unwrap();
    }
    assert_eq!(asked, names.iter().copied().collect());
    walks
}
