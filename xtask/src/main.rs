//! Tasks of the project: `cargo xtask --help`.
//!
//! Each task is a module of its own; this file only reads the command line.

mod assets;
mod bench;
mod compiler;
mod counts;
mod demo;
mod fuzz;
mod guides;
mod install;
mod postgres;
mod shell;
mod stamp;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks of the project")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Bundle scripts and style sheets from `islands/` (does nothing when they are up to date)
    Assets,
    /// Start, stop or name the private PostgreSQL that tests use
    Postgres {
        #[arg(value_enum, default_value = "start")]
        action: postgres::Action,
    },
    /// Install what is missing and run every check and test
    Test(test::Options),
    /// Throw made-up input at every decoder of credentials and codes
    Fuzz(fuzz::Options),
    /// Measure the server as it ships, on SQLite and PostgreSQL
    Bench(bench::Options),
    /// Take the pictures of docs/guides anew, those that changed
    Guides(guides::Options),
    /// Build the server and serve a filled institution: `cargo xtask demo -- --port 8080`
    Demo {
        /// Passed on to `muster demo`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    if let Some(arguments) = compiler::asked() {
        return compiler::run(&arguments);
    }
    match Arguments::parse().task {
        Task::Assets => assets::build()?,
        Task::Postgres { action } => postgres::run(action)?,
        Task::Test(options) => return Ok(test::run(&options)),
        Task::Fuzz(options) => fuzz::run(&options)?,
        Task::Bench(options) => bench::run(&options)?,
        Task::Guides(options) => guides::run(&options)?,
        Task::Demo { arguments } => demo::run(&arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}
