//! Fills a database with people and prints how long searches take, without HTTP:
//! `cargo run --release -p muster-storage --example search -- sqlite:/tmp/people.db 100000`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "positions among a handful of names and rounds"
)]

use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::{ActId, GrantId, PersonId};
use muster_domain::time::Timestamp;
use muster_storage::finding::{self, Search};
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::{Act, Error, Store, StoreConfig, people};
use std::time::{Duration, Instant};
use uuid::Uuid;

const GIVEN: [&str; 24] = [
    "Ann", "Anna", "José", "Wei", "Fatima", "Ravi", "Chiamaka", "Liam", "Olga", "Yusuf", "Mei",
    "Sofia", "Ahmed", "Priya", "Lukas", "Amina", "Carlos", "Ingrid", "Tariq", "Nina", "Paul",
    "Zanele", "Hiro", "Elif",
];
const START: [&str; 20] = [
    "Sm", "Ba", "Lo", "Ka", "Mü", "O'Br", "Ta", "Ri", "Vel", "Ada", "Nak", "Fer", "Gon", "Ow",
    "Pe", "Sch", "Dju", "Hal", "Ing", "Zu",
];
const END: [&str; 25] = [
    "ith", "ker", "pez", "mar", "ller", "ien", "naka", "zzo", "asco", "mson", "ang", "nández",
    "zález", "usu", "rson", "midt", "rić", "vorsen", "leby", "lu", "dottir", "ová", "ski", "ton",
    "wala",
];
const ROUNDS: usize = 21;
const CHUNK: u128 = 1000;
/// The goal.
const MOST: Duration = Duration::from_millis(50);

fn person(n: u128) -> PersonRow {
    // Multiplied by a prime, so that neighbours by id are none by name.
    let spread = (n as usize).wrapping_mul(7919);
    let given = GIVEN[spread % GIVEN.len()];
    let surname = format!(
        "{}{}",
        START[spread / GIVEN.len() % START.len()],
        END[spread / (GIVEN.len() * START.len()) % END.len()]
    );
    PersonRow {
        id: PersonId(Uuid::new_v5(&Uuid::NAMESPACE_OID, &n.to_be_bytes())),
        number: format!("2026/{:03}/{n:06}", spread % 40),
        username: Some(format!("u{n}")),
        email: Some(format!("{}.{n}@campus.example", given.to_lowercase())),
        name: format!("{given} {surname}"),
        title: None,
        phone: None,
        programme: None,
        active: true,
        version: 1,
    }
}

fn fill(store: &Store, count: u128) -> Result<(), Error> {
    for from in (1..=count).step_by(CHUNK as usize) {
        let id = ActId(Uuid::from_u128(from));
        let act = Act { id, at: Timestamp(0), actor: None, via: "cli" };
        let write = store.write(&act, move |tx| {
            for n in from..(from + CHUNK).min(count + 1) {
                let row = person(n);
                people::insert(tx, &row, Timestamp(0))?;
                let role = if n % 20_000 == 0 {
                    Role::Finance
                } else if n % 50 == 0 {
                    Role::Teacher
                } else {
                    Role::Student
                };
                let grant = GrantRow::new(
                    GrantId(Uuid::from_u128(n)),
                    row.id,
                    Grant { role, scope: Scope::Institution },
                );
                people::insert_grant(tx, &grant, None, Timestamp(0))?;
            }
            Ok::<_, Error>(())
        });
        write.wait()?;
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "sqlite::memory:".to_owned());
    let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let store = Store::open(&StoreConfig::new(url, Uuid::from_u128(1), Timestamp(0)))?;
    if store.read(people::count).wait()? == 0 {
        let began = Instant::now();
        fill(&store, count)?;
        println!("{count} people in {:.1} s", began.elapsed().as_secs_f64());
    }
    let mut slowest = Duration::ZERO;
    for (text, role) in [
        ("", None),
        ("", Some(Role::Student)),
        ("", Some(Role::Teacher)),
        ("", Some(Role::Finance)),
        ("a", None),
        ("z", None),
        ("a", Some(Role::Student)),
        ("a", Some(Role::Finance)),
        ("ann", None),
        ("2026", None),
        ("2026", Some(Role::Teacher)),
        ("2026/017", None),
        ("ann smith", None),
        ("a s", None),
        ("jose fernandez", None),
        ("mei.2@campus.example", None),
        ("054321", None),
        ("u777", None),
        ("fernnadez", None),
        ("ann smiht", None),
        ("nobody at all", None),
    ] {
        let (median, most, found) = measure(&store, text, role)?;
        slowest = slowest.max(median);
        let whom = role.map_or("anybody", Role::key);
        println!("{text:24} {whom:10} {found:3} found, median {median:9.1?}, most {most:9.1?}");
    }
    println!("slowest median {slowest:.1?}, goal {MOST:?}");
    Ok(())
}

fn measure(
    store: &Store,
    text: &'static str,
    role: Option<Role>,
) -> Result<(Duration, Duration, usize), Error> {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let search = Search { text, role, after: None, limit: 51 };
        let began = Instant::now();
        found = store.read(move |tx| finding::search(tx, &search)).wait()?.len();
        times.push(began.elapsed());
    }
    times.sort();
    Ok((times[ROUNDS / 2], times[ROUNDS - 1], found))
}
