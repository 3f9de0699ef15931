//! Batches as bytes.

use crate::support::{entries, id, mark};
use muster_journal::sync::{Batch, Item, Run, Sent};
use muster_journal::wire::{Malformed, read, write};
use muster_journal::{Head, Series};
use proptest::prelude::*;
use std::sync::Arc;

const SERIES: Series = Series { node: uuid::Uuid::from_u128(9), incarnation: 1 };

const KNOWN: &str = concat!(
    "4d75737465724201010000000000000000000000000000000902051a190b087e8152278b6315e3df",
    "f8e48a334d4aa3c5a85ed49ab21e948431c442a045aa6ee36d510ab33c673acdbdbb4458ca2947e2",
    "155811bf13440e8855fdca5f4da69334ce56f9ae794caeb3a5535b0f03776562096d61726b2e6d61",
    "6b65046d61726b076164647265737302617402627906646576696365066d6574686f640670657273",
    "6f6e0673746174757304737465700831302e302e312e370271720770726573656e740831302e302e",
    "322e370108030405060708090a030100329281e682b966527696dca4a107a82c6200f60102010001",
    "020201060b0300000502060c0500060d04020201003292015cf4ac38a2c85843aa9700ec03000400",
    "01020201060e0300000504060c0503060d04040200000c0505050505050505050505050505050505",
    "05050505050505050505050505050501001205050505050505050505050505050505050505050505",
    "05050505050505050505",
);

fn item(series: Series, seq: i64, entry: muster_journal::Entry) -> Item {
    Item::Entry(Arc::new(Sent::new(series, seq, entry)))
}

fn items() -> impl Strategy<Value = Item> {
    let series = (0..3_u128, -2..3_i64)
        .prop_map(|(node, incarnation)| Series { node: id(node), incarnation });
    prop_oneof![
        4 => (series.clone(), 1..i64::MAX >> 1, entries()).prop_map(|(of, seq, entry)| item(of, seq, entry)),
        1 => (series, 1..1_000_i64, 0..1_000_i64).prop_map(|(series, first, more)| {
            Item::Run(Run { series, first, last: Head { seq: first + more, hash: [7; 32] } })
        }),
    ]
}

fn batches() -> impl Strategy<Value = Batch> {
    proptest::collection::vec(items(), 0..9).prop_map(|items| {
        let ends = vec![(SERIES, Head { seq: 7, hash: [8; 32] })];
        Batch { items, ends }
    })
}

/// A hall of 60 students, five times.
fn week(count: u128) -> Batch {
    let entry = |n: u128| item(SERIES, i64::try_from(n).unwrap() + 1, mark(n, n / 60, n * 7 % 60));
    Batch { items: (0..count).map(entry).collect(), ends: Vec::new() }
}

proptest! {
    #[test]
    fn a_batch_is_read_as_it_was_written(batch in batches()) {
        let bytes = write(&batch);
        prop_assert_eq!(read(&bytes), Ok(batch));
    }

    #[test]
    fn a_batch_cut_short_is_none(batch in batches(), cut in 0.0..1.0_f64) {
        let bytes = write(&batch);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place")]
        let cut = (bytes.len() as f64 * cut) as usize;
        prop_assert!(read(&bytes[..cut]).is_err());
    }

    #[test]
    fn whatever_reads_can_be_written_and_read_again(batch in batches(), at: usize, byte: u8) {
        let mut bytes = write(&batch);
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(batch) = read(&bytes) {
            prop_assert_eq!(read(&write(&batch)), Ok(batch));
        }
    }

    #[test]
    fn anything_may_come_in(bytes: Vec<u8>) {
        let framed = [b"MusterB\x01".as_slice(), &bytes].concat();
        let _ = (read(&bytes), read(&framed));
    }
}

#[test]
fn the_bytes_of_a_known_batch_never_change() {
    let run = Run { series: SERIES, first: 3, last: Head { seq: 9, hash: [5; 32] } };
    let batch = Batch {
        items: vec![item(SERIES, 1, mark(1, 2, 3)), item(SERIES, 2, mark(2, 2, 4)), Item::Run(run)],
        ends: vec![(SERIES, Head { seq: 9, hash: [5; 32] })],
    };
    let known = (0..KNOWN.len()).step_by(2).map(|at| u8::from_str_radix(&KNOWN[at..at + 2], 16));
    assert_eq!(write(&batch), known.collect::<Result<Vec<_>, _>>().unwrap());
}

#[test]
fn a_mark_takes_less_than_sixty_bytes() {
    let bytes = write(&week(500)).len();
    println!("{} bytes an entry", bytes / 500);
    assert!(bytes < 500 * 60, "{} bytes an entry", bytes / 500);
}

#[test]
fn text_that_is_repeated_without_end_is_refused() {
    let mut entry = mark(1, 1, 1);
    entry.reason = Some("x".repeat(1 << 20));
    let items = (1..=100).map(|seq| item(SERIES, seq, entry.clone())).collect();
    let bytes = write(&Batch { items, ends: Vec::new() });
    assert!(bytes.len() < 2 << 20);
    assert_eq!(read(&bytes), Err(Malformed::Large));
}

#[test]
fn what_is_newer_is_refused_with_advice() {
    let mut entry = mark(1, 1, 1);
    entry.schema = muster_journal::wire::SCHEMA + 1;
    let bytes = write(&Batch { items: vec![item(SERIES, 1, entry)], ends: Vec::new() });
    assert_eq!(read(&bytes), Err(Malformed::Schema));
    let mut bytes = write(&Batch::default());
    bytes[7] = 2;
    assert_eq!(read(&bytes), Err(Malformed::Format));
    assert!(Malformed::Format.to_string().contains("upgrade"));
}

#[test]
fn what_follows_the_end_is_refused() {
    let bytes = [write(&week(3)), vec![0]].concat();
    assert_eq!(read(&bytes), Err(Malformed::Long));
}
