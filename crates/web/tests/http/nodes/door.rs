//! A line to a hub that breaks when it is told to.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Leads to a hub, for as many bytes as it lets through in each connection.
pub struct Door {
    pub url: String,
    left: Arc<AtomicUsize>,
    target: Arc<Mutex<String>>,
}

impl Door {
    pub async fn to(hub: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let target = Arc::new(Mutex::new(hub.replace("http://", "")));
        let (most, place) = (left.clone(), target.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let target = place.lock().unwrap().clone();
                tokio::spawn(through(client, target, most.load(Ordering::SeqCst)));
            }
        });
        Self { url, left, target }
    }

    /// From now on each connection breaks after so many bytes, either way.
    pub fn cut_after(&self, bytes: usize) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    pub fn open(&self) {
        self.cut_after(usize::MAX);
    }

    pub fn lead_to(&self, hub: &str) {
        *self.target.lock().unwrap() = hub.replace("http://", "");
    }
}

async fn through(mut client: TcpStream, target: String, most: usize) {
    let Ok(mut hub) = TcpStream::connect(target).await else { return };
    let (mut left, mut up, mut down) = (most, [0; 1024], [0; 1024]);
    while left > 0 {
        let passed = tokio::select! {
            read = client.read(&mut up) => forward(read, &up, &mut hub, left).await,
            read = hub.read(&mut down) => forward(read, &down, &mut client, left).await,
        };
        let Some(passed) = passed else { return };
        left = left.saturating_sub(passed);
    }
}

async fn forward(
    read: std::io::Result<usize>,
    bytes: &[u8],
    to: &mut TcpStream,
    left: usize,
) -> Option<usize> {
    let count = read.ok().filter(|count| *count > 0)?.min(left);
    to.write_all(&bytes[..count]).await.ok()?;
    Some(count)
}
