//! A small mail server in this process, which keeps what it is sent.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long a letter is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A mail server that takes letters, or refuses them.
pub struct Catcher {
    /// Where it is.
    pub url: String,
    taken: Receiver<String>,
}

impl Catcher {
    /// Takes every letter; or answers every recipient with that refusal.
    pub fn start(refusal: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (taking, taken) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let taking = taking.clone();
                std::thread::spawn(move || serve(&stream, refusal, &taking));
            }
        });
        Self { url: format!("smtp://{address}"), taken }
    }

    /// The next letter, with what was said before it; waits for it.
    pub fn next(&self) -> String {
        self.taken.recv_timeout(PATIENCE).expect("a letter arrives")
    }
}

/// Talks until the other side is done, and hands on what it said once it has sent a letter.
fn serve(stream: &TcpStream, refusal: Option<&str>, taking: &Sender<String>) {
    let mut answers = stream;
    let mut say = move |line: &str| {
        let _ = answers.write_all(format!("{line}\r\n").as_bytes());
    };
    say("220 catcher");
    let (mut taken, mut in_letter) = (String::new(), false);
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        taken.push_str(&line);
        taken.push('\n');
        match line.as_str() {
            "." if in_letter => {
                in_letter = false;
                say("250 taken");
                let _ = taking.send(std::mem::take(&mut taken));
            }
            _ if in_letter => {}
            "DATA" => {
                in_letter = true;
                say("354 go on");
            }
            "QUIT" => {
                say("221 bye");
                return;
            }
            line if line.starts_with("RCPT") => say(refusal.unwrap_or("250 fine")),
            _ => say("250 fine"),
        }
    }
}
