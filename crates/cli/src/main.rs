//! The program `muster`: serves a node, makes a demo, creates administrators, verifies the
//! journal, rotates signing keys, keeps certificates, exchanges with a hub, marks a student.

#![allow(clippy::doc_markdown, rustdoc::bare_urls, reason = "clap shows these comments as help")]

mod commands;
mod lan;
mod mail;
mod news;
mod node;
mod outside;
mod photos;
mod provider;
mod student;
mod sync;
mod tls;
mod upkeep;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Attendance, exams and events: who is here, who may sit, who may enter.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  muster serve                              serve on port 8080 from ./muster-data
  muster demo --port 9000                   try it with a made-up institution
  muster serve --tls own --lan              serve a network without internet
  muster admin create --number A1 --name 'Ada Lovelace'
  muster journal verify --data ./muster-data
  muster sync enrol --hub https://muster.example.edu --code CODE
  muster student --student-id S1 --server https://muster.example.edu

Exit codes: 0 done, 1 failed or found broken, 2 wrong usage.";

#[derive(Subcommand)]
enum Command {
    /// Serve a node until told to stop
    Serve(Box<commands::serve::Serve>),
    /// Fill a made-up institution and serve it
    Demo(commands::demo::Demo),
    /// Manage administrators from the shell
    #[command(subcommand)]
    Admin(commands::admin::Admin),
    /// Look after the journal
    #[command(subcommand)]
    Journal(commands::journal::Journal),
    /// Look after the keys that sign dockets, passes and badges
    #[command(subcommand)]
    Keys(commands::keys::Keys),
    /// Make a node that fits on a USB stick
    #[command(subcommand)]
    Stick(commands::stick::Stick),
    Student(Box<commands::student::StudentArgs>),
    /// Exchange what was done between a hub and its edges
    #[command(subcommand)]
    Sync(commands::sync::Sync),
    /// Look after certificates for HTTPS
    #[command(subcommand)]
    Tls(commands::tls::Tls),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    node::log();
    let done = match cli.command {
        Command::Serve(serve) => serve.run(),
        Command::Demo(demo) => demo.run(),
        Command::Admin(admin) => admin.run(),
        Command::Journal(journal) => journal.run(),
        Command::Keys(keys) => keys.run(),
        Command::Stick(stick) => stick.run(),
        Command::Student(student) => student.run(),
        Command::Sync(sync) => sync.run(),
        Command::Tls(tls) => tls.run(),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            outside::remark(format_args!("muster: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
