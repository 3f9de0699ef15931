//! Pauses between attempts to get a certificate.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use muster_tls::diary::Diary;

#[test]
fn pauses_grow_to_a_day_and_end_with_success_or_by_hand() {
    let mut diary = Diary::default();
    let (mut now, mut pauses) = (1_000, Vec::new());
    for _ in 0..8 {
        assert!(diary.is_due(now));
        diary = diary.failed("no route".to_owned(), now);
        assert!(!diary.is_due(now));
        pauses.push(diary.next.unwrap() - now);
        now = diary.next.unwrap();
    }
    assert_eq!(pauses, [60, 240, 960, 3_840, 15_360, 61_440, 86_400, 86_400]);
    let failed = diary.failed("no route".to_owned(), now);
    assert!(failed.clone().hurried(now).is_due(now));
    assert_eq!(Diary::succeeded(now).failures, 0);

    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Diary::load(folder.path()), Diary::default());
    failed.save(folder.path()).unwrap();
    assert_eq!(Diary::load(folder.path()), failed);
}
