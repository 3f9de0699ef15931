//! What students owe and paid, whichever way it is counted.

use super::taught::{taught, who};
use super::{act, on_both};
use muster_domain::finance::{Method, PaymentState};
use muster_domain::ids::{
    ActId, AssessmentId, ClearanceId, FeeId, PaymentId, PersonId, ProgrammeId, TermId,
};
use muster_domain::time::{Date, Span};
use muster_storage::accounts::{self, Balance, PlainRow, Search, SumRow};
use muster_storage::assessments::{self, AssessmentRow};
use muster_storage::clearances::{self, ClearanceRow};
use muster_storage::fees::{self, FeeRow};
use muster_storage::payments::{self, PaymentRow};
use muster_storage::programmes::{self, ProgrammeRow};
use muster_storage::students::{self, StudentRow};
use muster_storage::{Act, Error, Store, academics};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

const PROGRAMME: ProgrammeId = ProgrammeId(Uuid::from_u128(900));
const TERM: TermId = TermId(Uuid::from_u128(901));

fn today() -> Date {
    Date(NOON.0.div_euclid(Span::days(1).0))
}

/// A programme, a term from ten days ago to ten days hence, and a fee for each semester.
fn charged(store: &Store) {
    taught(store);
    let write = store.write(&act(50), |tx| {
        let programme = ProgrammeRow {
            id: PROGRAMME,
            faculty: None,
            faculty_name: None,
            code: "BSC".to_owned(),
            name: "Science".to_owned(),
            award: None,
            total_years: 3,
            semesters_per_year: 2,
            archived_at: None,
            version: 1,
        };
        programmes::insert_programme(tx, &programme)?;
        let term = academics::TermRow {
            id: TERM,
            name: "Charged".to_owned(),
            starts_on: Date(today().0 - 10),
            ends_on: Date(today().0 + 10),
            archived_at: None,
            version: 1,
        };
        academics::insert_term(tx, &term)?;
        let fee = |semester| FeeRow {
            id: FeeId::of(TERM, PROGRAMME, 1, semester),
            term: TERM,
            programme: PROGRAMME,
            year: 1,
            semester,
            amount: semester * 10_000,
            version: 1,
        };
        fees::put_many(tx, &[fee(1), fee(2)])
    });
    write.wait().unwrap();
}

fn stand(store: &Store, n: u128, semester: i64, later: i64) {
    let at = NOON + Span::days(later);
    let id = ActId(Uuid::from_u128(60_000 + n * 100 + u128::from(later.unsigned_abs())));
    let act = Act { id, at, actor: None, via: "cli" };
    let write = store.write(&act, move |tx| {
        let student = StudentRow {
            programme: Some(PROGRAMME),
            year: Some(1),
            semester: Some(semester),
            ..StudentRow::nothing(who(n))
        };
        students::put(tx, &student, 1)
    });
    write.wait().unwrap();
}

fn payment(n: u128, person: u128, amount: i64, state: PaymentState) -> PaymentRow {
    PaymentRow {
        id: PaymentId(Uuid::from_u128(n)),
        person: who(person),
        name: String::new(),
        number: String::new(),
        term: TERM,
        term_name: String::new(),
        amount,
        kind: "Fees".to_owned(),
        method: Method::Cash,
        receipt: None,
        paid_on: today(),
        note: None,
        state,
        contested: false,
        recorded_by: None,
        recorder: None,
        recorded_at: NOON,
        reversed_by: None,
        reverser: None,
        reversed_at: None,
        reversal_reason: None,
        version: 1,
    }
}

fn pay(store: &Store, rows: Vec<PaymentRow>) -> Result<(), Error> {
    let id = rows.first().map_or(0, |row| row.id.0.as_u128());
    let write = store.write(&act(70_000 + id), move |tx| {
        payments::insert_many(tx, &rows.iter().collect::<Vec<_>>())
    });
    write.wait()
}

fn plain(store: &Store, people: &[PersonId]) -> Vec<PlainRow> {
    let people = people.to_vec();
    let mut rows =
        store.read(move |tx| accounts::in_term(tx, &people, TERM, today())).wait().unwrap();
    rows.sort_by_key(|row| row.person);
    rows
}

fn every_count_says_the_same(database: &Database) {
    let store = database.open();
    charged(&store);
    (1..=3).for_each(|n| stand(&store, n, 1, 0));
    let all = [(1, 1, 4_000), (2, 1, 3_500), (3, 2, 10_000), (4, 3, 12_000)];
    let rows = all.map(|(n, person, sum)| payment(n, person, sum, PaymentState::Completed));
    pay(&store, rows.to_vec()).unwrap();
    pay(&store, vec![payment(5, 1, 900, PaymentState::Pending)]).unwrap();
    pay(&store, vec![payment(6, 1, 900, PaymentState::Reversed)]).unwrap();
    let own = store.read(|tx| accounts::of_person(tx, who(1), today())).wait().unwrap();
    let own: Vec<_> = own.iter().map(|row| (row.term, row.fee, row.paid, row.pending)).collect();
    assert_eq!(own, [(TERM, Some(10_000), 7_500, 900)]);
    let paid: Vec<_> = plain(&store, &[who(1), who(2), who(3)])
        .iter()
        .map(|row| (row.person, row.fee, row.paid))
        .collect();
    let expected = [(1, 7_500), (2, 10_000), (3, 12_000)];
    assert_eq!(paid, expected.map(|(n, paid)| (who(n), Some(10_000), paid)));
    let ends_on = Date(today().0 + 10);
    let mut sums = store.read(move |tx| accounts::sums(tx, TERM, ends_on)).wait().unwrap();
    sums.sort_by_key(|sum| sum.paid);
    let sum = |paid| SumRow { fee: 10_000, paid, students: 1 };
    assert_eq!(sums, [7_500, 10_000, 12_000].map(sum));
    let listed = |balance, after, limit| {
        let programme = Some(PROGRAMME);
        let search = Search { term: TERM, ends_on, programme, balance, after, limit };
        let rows = store.read(move |tx| accounts::of_term(tx, &search)).wait().unwrap();
        rows.into_iter().map(|row| row.person).collect::<Vec<_>>()
    };
    assert_eq!(listed(Balance::Owing, None, 9), [who(1)]);
    assert_eq!(listed(Balance::Settled, None, 9), [who(2)]);
    assert_eq!(listed(Balance::Over, None, 9), [who(3)]);
    let first = listed(Balance::Any, None, 1).first().copied().unwrap();
    let name = move |tx: &mut muster_storage::ReadTx<'_>| muster_storage::people::get(tx, first);
    let last = store.read(name).wait().unwrap().unwrap();
    let mut rest = listed(Balance::Any, Some((last.name, last.id)), 9);
    rest.push(last.id);
    rest.sort();
    assert_eq!(rest, [who(1), who(2), who(3)]);
}

fn who_moves_on_owes_for_the_past_what_they_owed(database: &Database) {
    let store = database.open();
    charged(&store);
    stand(&store, 1, 1, 0);
    let fee = |n| plain(&store, &[who(n)]).first().and_then(|row| row.fee);
    stand(&store, 1, 2, 5);
    assert_eq!(fee(1), Some(20_000), "within the term it is put right");
    stand(&store, 1, 1, 30);
    assert_eq!(fee(1), Some(20_000), "after the term it stays");
    stand(&store, 2, 1, 30);
    assert_eq!(fee(2), None, "who came later owes nothing for it");
}

fn a_receipt_counts_once_whatever_its_letters_and_none_often(database: &Database) {
    let store = database.open();
    charged(&store);
    let with = |n, receipt: Option<&str>| {
        let row = payment(n, 1, 100, PaymentState::Completed);
        pay(&store, vec![PaymentRow { receipt: receipt.map(str::to_owned), ..row }])
    };
    assert_eq!(with(1, Some("R 12/a")), Ok(()));
    assert_eq!(with(2, Some("r12/A")), Err(Error::Conflict("payments_receipt".to_owned())));
    assert_eq!((with(3, None), with(4, None)), (Ok(()), Ok(())));
    let found = store.read(|tx| payments::of_receipt(tx, " R12 / a")).wait().unwrap();
    assert_eq!(found.map(|row| row.id), Some(PaymentId(Uuid::from_u128(1))));
}

fn pages_of_payments_go_on_and_filters_narrow(database: &Database) {
    let store = database.open();
    charged(&store);
    let dated = |n: u128, ago: i64, method| {
        let row = payment(n, 1, 100, PaymentState::Completed);
        PaymentRow { paid_on: Date(today().0 - ago), method, ..row }
    };
    let rows = vec![
        dated(1, 3, Method::Cash),
        dated(2, 2, Method::Card),
        dated(3, 2, Method::Cash),
        dated(4, 0, Method::Cash),
    ];
    pay(&store, rows).unwrap();
    let all = payments::Search {
        term: None,
        method: None,
        state: None,
        from: Date(i64::MIN),
        until: Date(i64::MAX - 1),
        before: (Date(i64::MAX), PaymentId(Uuid::max())),
        limit: 9,
    };
    let found = |search: payments::Search| -> Vec<u128> {
        let rows = store.read(move |tx| payments::list(tx, &search)).wait().unwrap();
        rows.into_iter().map(|row| row.id.0.as_u128()).collect()
    };
    assert_eq!(found(all.clone()), [4, 3, 2, 1]);
    let before = (Date(today().0 - 2), PaymentId(Uuid::from_u128(3)));
    assert_eq!(found(payments::Search { before, ..all.clone() }), [2, 1]);
    let method = Some(Method::Cash);
    assert_eq!(found(payments::Search { method, ..all.clone() }), [4, 3, 1]);
    let days = Date(today().0 - 2);
    assert_eq!(found(payments::Search { until: days, from: days, ..all.clone() }), [3, 2]);
    let other = Some(TermId(Uuid::from_u128(1)));
    assert_eq!(found(payments::Search { term: other, ..all.clone() }), []);
    let state = Some(PaymentState::Pending);
    assert_eq!(found(payments::Search { state, ..all }), []);
}

fn word(n: u128, person: u128, assessment: AssessmentId, until_on: Date) -> ClearanceRow {
    ClearanceRow {
        id: ClearanceId(Uuid::from_u128(n)),
        person: who(person),
        assessment,
        cleared: true,
        reason: "Scholarship".to_owned(),
        until_on,
        made_by: None,
        maker: None,
        made_at: NOON,
        ended_at: None,
        version: 1,
    }
}

fn words_on_many_are_those_that_still_count(database: &Database) {
    let store = database.open();
    charged(&store);
    let exam = AssessmentId::of(TERM, "EXAM");
    let (yesterday, tomorrow) = (Date(today().0 - 1), Date(today().0 + 1));
    let write = store.write(&act(51), move |tx| {
        let row = AssessmentRow {
            id: exam,
            term: TERM,
            code: "EXAM".to_owned(),
            name: "Examination".to_owned(),
            required_share: 10_000,
            position: 1,
            active: false,
            version: 1,
        };
        assessments::insert(tx, &row)?;
        for (n, person, until) in
            [(1, 1, yesterday), (2, 1, today()), (3, 2, tomorrow), (4, 3, tomorrow)]
        {
            clearances::insert(tx, &word(n, person, exam, until))?;
        }
        clearances::end(tx, ClearanceId(Uuid::from_u128(3)), NOON, 2)
    });
    assert!(write.wait().unwrap());
    let found = |people: Vec<PersonId>| -> Vec<_> {
        let rows = store.read(move |tx| clearances::of_people(tx, &people, today()));
        rows.wait().unwrap().iter().map(|row| (row.id.0.as_u128(), row.person)).collect()
    };
    assert_eq!(found(vec![who(1), who(2), who(3)]), [(2, who(1)), (4, who(3))]);
    assert_eq!(found(vec![who(2)]), []);
    assert_eq!(found(vec![]), []);
}

fn before_the_first_day_of_a_term_nothing_is_owed(database: &Database) {
    let store = database.open();
    charged(&store);
    stand(&store, 1, 1, 0);
    let fee_on = |day| {
        let rows = store.read(move |tx| accounts::in_term(tx, &[who(1)], TERM, day));
        rows.wait().unwrap().first().and_then(|row| row.fee)
    };
    assert_eq!(fee_on(Date(today().0 - 11)), None);
    assert_eq!(fee_on(Date(today().0 - 10)), Some(10_000));
}

on_both!(
    words_on_many_are_those_that_still_count,
    before_the_first_day_of_a_term_nothing_is_owed,
    every_count_says_the_same,
    who_moves_on_owes_for_the_past_what_they_owed,
    a_receipt_counts_once_whatever_its_letters_and_none_often,
    pages_of_payments_go_on_and_filters_narrow,
);
