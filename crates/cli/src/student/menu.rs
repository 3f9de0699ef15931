//! The menu. Behind it, what waits is sent as soon as the server answers.

use super::{LONGEST_PAUSE, Network, Student};
use crate::outside::{remark, say};
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const MENU: &str = "
1  Paste or type the text of the QR
2  Read the QR from a picture
3  Show the queue
4  Send what waits now
5  Switch the network
6  Quit";

/// Shows the menu until somebody quits.
pub(crate) fn run(mut student: Student) -> Result<ExitCode> {
    student.arrive()?;
    let student = Mutex::new(student);
    let shared = &student;
    let (quit, quitting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut pause = Duration::from_secs(1);
            while matches!(quitting.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
                let mut student = held(shared);
                if student.network == Network::Offline || student.waiting() == 0 {
                    pause = Duration::from_secs(1);
                    continue;
                }
                // What is typed belongs to the menu.
                student.asks = false;
                let sent = student.sync();
                student.asks = true;
                match sent {
                    Ok(true) => pause = Duration::from_secs(1),
                    Ok(false) => pause = (pause * 2).min(LONGEST_PAUSE),
                    Err(error) => {
                        remark(format_args!("muster: {error:#}"));
                        pause = LONGEST_PAUSE;
                    }
                }
            }
        });
        let done = choose(shared);
        drop(quit);
        done
    })?;
    Ok(ExitCode::SUCCESS)
}

fn choose(student: &Mutex<Student>) -> Result<()> {
    loop {
        say(status(&held(student)))?;
        say(MENU)?;
        let Some(choice) = line()? else { return Ok(()) };
        let asked = match choice.as_str() {
            "1" => Some("Text of the QR:"),
            "2" => Some("File of the picture:"),
            _ => None,
        };
        let typed = match asked {
            Some(question) => {
                say(question)?;
                let Some(typed) = line()? else { return Ok(()) };
                typed
            }
            None => String::new(),
        };
        let mut student = held(student);
        let done = match choice.as_str() {
            "1" => student.scan(&typed),
            "2" => student.scan_picture(Path::new(&typed)),
            "3" => student.show_queue(),
            "4" => student.sync_for(Duration::ZERO),
            "5" => {
                student.network = match student.network {
                    Network::Online => Network::Offline,
                    Network::Offline => Network::Online,
                };
                Ok(())
            }
            "6" | "q" | "quit" => return Ok(()),
            _ => say("Choose a number from 1 to 6."),
        };
        // A mistake ends nothing: it is told, and the menu goes on.
        if let Err(error) = done {
            remark(format_args!("muster: {error:#}"));
        }
    }
}

fn status(student: &Student) -> String {
    let network = match student.network {
        Network::Online => "online",
        Network::Offline => "offline",
    };
    format!("\nNetwork: {network}. To send: {}.", student.waiting())
}

/// A line of what was typed; none at the end.
fn line() -> Result<Option<String>> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

fn held(student: &Mutex<Student>) -> MutexGuard<'_, Student> {
    student.lock().unwrap_or_else(PoisonError::into_inner)
}
