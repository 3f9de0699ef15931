//! A lecture hall: students mark themselves within ten seconds while fifty screens watch live.

use crate::client::Client;
use crate::fill;
use crate::spread::Spread;
use anyhow::{Result, bail};
use muster_credential::keys::MasterKey;
use muster_domain::time::Timestamp;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const SCREENS: usize = 50;
const TIME: Duration = Duration::from_secs(10);
/// How long the last mark may take to every screen before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A class and its students, who are the first ones.
pub struct Hall {
    pub address: SocketAddr,
    pub class: usize,
    pub students: usize,
}

/// When each student's mark was seen, by their person id.
type Seen = HashMap<String, Instant>;

/// Measures and prints.
pub async fn run(hall: &Hall, key: &MasterKey, opened_at: Timestamp) -> Result<()> {
    let mut screens = JoinSet::new();
    let ready = Arc::new(Barrier::new(SCREENS + 1));
    for _ in 0..SCREENS {
        let client = Client::connect(hall.address).await?;
        let stream = client.listen(&events(hall.class)).await?;
        screens.spawn(watch(stream, hall.students, ready.clone()));
    }
    // Every screen has its snapshot, so that each mark reaches it as news.
    ready.wait().await;
    let began = Instant::now();
    let mut answered = HashMap::new();
    let mut times = Vec::new();
    let mut client = Client::connect(hall.address).await?;
    for position in 0..hall.students {
        let due = began + TIME.mul_f64(position as f64 / hall.students as f64);
        tokio::time::sleep_until(due.into()).await;
        let status = client.send(&fill::mark(key, position, hall.class, opened_at)).await?;
        if status != 201 {
            bail!("a student of the hall was answered {status}");
        }
        times.push(due.elapsed());
        answered.insert(fill::student(position).to_string(), Instant::now());
    }
    let mut delays = Vec::new();
    while let Some(seen) = screens.join_next().await {
        for (person, at) in seen?? {
            let Some(answered) = answered.get(&person) else { bail!("a mark of nobody") };
            delays.push(at.saturating_duration_since(*answered));
        }
    }
    println!("hall              {} students in 10 s, {}", hall.students, Spread::of(times));
    println!("on {SCREENS} screens     after the student's answer: {}", Spread::of(delays));
    Ok(())
}

fn events(class: usize) -> Vec<u8> {
    let (session, token) = (fill::session(class), fill::token(fill::STAFF));
    format!(
        "GET /api/v1/sessions/{session}/events HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n"
    )
    .into_bytes()
}

/// Reads events until every student was seen.
async fn watch(
    mut stream: tokio::net::TcpStream,
    students: usize,
    ready: Arc<Barrier>,
) -> Result<Seen> {
    let (mut seen, mut buffer) = (Seen::new(), Vec::new());
    let until = tokio::time::Instant::now() + TIME + PATIENCE;
    while seen.len() < students {
        let read = tokio::time::timeout_at(until, stream.read_buf(&mut buffer)).await;
        if !matches!(read, Ok(Ok(1..))) {
            bail!("a screen saw {} of {students} marks", seen.len());
        }
        let at = Instant::now();
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            let event = String::from_utf8_lossy(&event);
            if event.contains("event: snapshot") {
                ready.wait().await;
            } else if event.contains("event: mark") {
                let person = event.split("\"person\":\"").nth(1).and_then(|rest| rest.get(..36));
                let Some(person) = person else { bail!("an event without a person: {event}") };
                seen.entry(person.to_owned()).or_insert(at);
            }
        }
    }
    Ok(seen)
}
