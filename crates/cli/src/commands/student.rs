//! `muster student`: marks a student from a shell, with or without a network.

use crate::student::{Network, Report, Student, menu};
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The server refused something for good.
const REFUSED: u8 = 3;
/// Something waits, because the server did not answer.
const WAITS: u8 = 4;

/// Mark yourself by the code of a class, with or without a network
///
/// Without --qr, --image, --queue or --sync it shows a menu. What is scanned without a network is
/// signed by a key of this computer, kept on its disk, and sent as soon as the server answers.
#[derive(Args)]
#[command(after_help = CODES)]
pub(crate) struct StudentArgs {
    /// Number, user name or e-mail address to sign in with; the password comes from MUSTER_PASSWORD
    /// or is asked for, once
    #[arg(long)]
    student_id: String,
    /// Address of the server, e.g. https://muster.example.edu
    #[arg(long)]
    server: String,
    /// offline: keep what is scanned and send nothing
    #[arg(long, default_value = "online")]
    network: Way,
    /// Text of the QR on the screen; may be repeated
    #[arg(long, value_name = "TEXT")]
    qr: Vec<String>,
    /// Picture of the QR: PNG, JPEG or WebP; may be repeated
    #[arg(long, value_name = "FILE")]
    image: Vec<PathBuf>,
    /// Show what waits, and what became of the rest
    #[arg(long)]
    queue: bool,
    /// Send what waits
    #[arg(long)]
    sync: bool,
    /// Go on trying to send what waits for so many seconds
    #[arg(long, default_value_t = 0, value_name = "SECONDS")]
    wait: u64,
    /// Print a line of JSON for each thing that happens
    #[arg(long)]
    json: bool,
    /// Folder for the key, the login and the queue; by default muster-student in the user's own
    #[arg(long, env = "MUSTER_STUDENT_STATE")]
    state: Option<PathBuf>,
    /// File of certificates to trust instead of the system's, e.g. of a classroom's own server
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

const CODES: &str = "Examples:
  muster student --student-id S1 --server https://muster.example.edu
  muster student --student-id S1 --server http://10.0.0.5:8080 --network offline --image wall.png
  muster student --student-id S1 --server https://muster.example.edu --sync --wait 600

Exit codes: 0 marked, or kept as --network offline asks; 1 failed; 2 wrong usage; 3 the server refused
a mark; 4 a mark waits, because the server did not answer.";

/// Whether anything is sent.
#[derive(Clone, Copy, ValueEnum)]
enum Way {
    Online,
    Offline,
}

impl StudentArgs {
    pub fn run(self) -> Result<ExitCode> {
        let network = match self.network {
            Way::Online => Network::Online,
            Way::Offline => Network::Offline,
        };
        let report = Report { json: self.json };
        let folder = self.state.as_deref();
        let ca = self.ca.as_deref();
        let mut student = Student::open(folder, &self.student_id, (&self.server, ca), report)?;
        student.network = network;
        let script = self.queue || self.sync || !self.qr.is_empty() || !self.image.is_empty();
        if !script {
            return menu::run(student);
        }
        student.arrive()?;
        for text in &self.qr {
            student.scan(text)?;
        }
        for file in &self.image {
            student.scan_picture(file)?;
        }
        student.sync_for(Duration::from_secs(self.wait))?;
        if self.queue {
            student.show_queue()?;
        }
        Ok(match (student.refused, student.network) {
            (true, _) => ExitCode::from(REFUSED),
            (false, Network::Online) if student.waiting() > 0 => ExitCode::from(WAITS),
            _ => ExitCode::SUCCESS,
        })
    }
}
