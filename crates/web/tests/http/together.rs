//! Requests that come in floods are served in lots, and none suffers for another.

use muster_web::Together;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

#[tokio::test]
async fn what_waits_while_lots_are_on_their_way_goes_together() {
    let lots = Arc::new(Mutex::new(Vec::new()));
    let gate = Arc::new(Semaphore::new(0));
    let together = Together::new({
        let (lots, gate) = (lots.clone(), gate.clone());
        move |requests: Vec<u32>| {
            lots.lock().unwrap().push(requests.len());
            let gate = gate.clone();
            async move {
                let _ = gate.acquire().await;
                requests.iter().map(|request| request * 2).collect()
            }
        }
    });
    let asked = (0..10).map(|number| {
        let together = together.clone();
        async move { together.ask(number).await }
    });
    let opened = async {
        tokio::task::yield_now().await;
        gate.add_permits(10);
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(asked), opened);
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, (0..10).map(|number| number * 2).collect::<Vec<_>>());
    let lots = lots.lock().unwrap();
    assert!(lots.len() < 10, "each went alone: {lots:?}");
    assert_eq!(lots.iter().sum::<usize>(), 10);
}

#[tokio::test]
async fn a_lot_that_panics_fails_its_own_requests_alone() {
    let together = Together::new(|requests: Vec<u32>| async move {
        assert!(!requests.contains(&13), "an unlucky number");
        requests
    });
    assert!(together.ask(13).await.is_err());
    assert_eq!(together.ask(14).await.unwrap(), 14);
}
