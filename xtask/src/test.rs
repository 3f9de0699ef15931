//! `cargo xtask test`: every check and test, cheapest first, stopping at the first that fails.

use std::io::IsTerminal;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::counts::{self, Counts};
use crate::{assets, compiler, fuzz, install, postgres, shell};

/// What to run.
#[derive(clap::Args)]
pub struct Options {
    /// Unit tests and tests on SQLite only: no browser, no PostgreSQL, no lints
    #[arg(long)]
    fast: bool,
    /// One step alone; may be repeated
    #[arg(long, value_enum, value_name = "STEP")]
    only: Vec<Step>,
    /// Rust tests to run, a filter expression of nextest such as 'test(closure)'
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
    /// Seconds for each target of the fuzzing step
    #[arg(long, default_value_t = 10, value_name = "N")]
    fuzz_seconds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    Install,
    Assets,
    Format,
    Islands,
    Build,
    Rust,
    Told,
    Fuzz,
    Browser,
}

const ALL: [Step; 9] = [
    Step::Install,
    Step::Assets,
    Step::Format,
    Step::Islands,
    Step::Build,
    Step::Rust,
    Step::Told,
    Step::Fuzz,
    Step::Browser,
];
/// All targets. `--all-targets` would build each library once more, as a benchmark without any, and
/// without `--keep-going` the first lint would hide the others.
const BUILD: [&str; 9] = [
    "build",
    "--workspace",
    "--lib",
    "--bins",
    "--tests",
    "--examples",
    "--bench",
    "*",
    "--keep-going",
];
/// Tests that are run again in another way.
#[derive(Clone, Copy)]
struct Kind {
    filter: &'static str,
    variable: &'static str,
}

/// What is done by HTTP, on nodes that replicate: at the end of each test the journal has to tell
/// all that the tables hold.
const TOLD: Kind =
    Kind { filter: "binary_id(muster-web::behaviour)", variable: "MUSTER_TEST_REPLICATES" };
const FAST: [Step; 3] = [Step::Assets, Step::Islands, Step::Rust];

/// Runs the steps; the last line says how many tests passed and failed.
pub fn run(options: &Options) -> ExitCode {
    let steps = match (options.only.as_slice(), options.fast) {
        ([], false) => ALL.as_slice(),
        ([], true) => FAST.as_slice(),
        (only, _) => only,
    };
    let began = Instant::now();
    let mut total = Counts::default();
    let mut stopped = None;
    let mut ahead = None;
    for step in steps {
        println!("\n== {} ==", step.title());
        if *step == Step::Build && steps.contains(&Step::Fuzz) {
            // Our large crates are compiled one after the other, with a processor to spare.
            ahead = fuzz::build_ahead().ok();
        }
        let step_began = Instant::now();
        match step.run(options, &mut total) {
            Ok(()) => println!("-- {}: {}", step.title(), duration(step_began.elapsed())),
            Err(error) => {
                stopped = Some((step, error));
                break;
            }
        }
    }
    drop(ahead);
    println!();
    if let Some((step, error)) = &stopped {
        println!("stopped at: {} ({error:#})", step.title());
        total.failed = total.failed.max(1);
    }
    println!("took {}", duration(began.elapsed()));
    println!("{} passed, {} failed", total.passed, total.failed);
    if stopped.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Step {
    fn title(self) -> &'static str {
        match self {
            Self::Install => "what is needed",
            Self::Assets => "assets",
            Self::Format => "format",
            Self::Islands => "scripts",
            Self::Build => "build, lints and documentation",
            Self::Rust => "tests",
            Self::Told => "tests on nodes that replicate",
            Self::Fuzz => "fuzzing",
            Self::Browser => "browser tests",
        }
    }

    fn run(self, options: &Options, total: &mut Counts) -> Result<()> {
        match self {
            Self::Install => install::everything(),
            Self::Assets => assets::build(),
            Self::Format => shell::run(&mut shell::cargo(&["fmt", "--all", "--check"])),
            Self::Islands => islands(total),
            Self::Build => shell::run(&mut compiler::cargo(&BUILD)?),
            Self::Rust => rust(options, None, total),
            Self::Told => rust(options, Some(TOLD), total),
            Self::Fuzz => {
                total.passed += fuzz::all(options.fuzz_seconds)?;
                Ok(())
            }
            Self::Browser => browser(total),
        }
    }
}

/// Runs the tests of the workspace; or a kind of them, with a variable that changes how.
fn rust(options: &Options, kind: Option<Kind>, total: &mut Counts) -> Result<()> {
    let arguments = ["nextest", "run", "--workspace", "--no-fail-fast"];
    let mut nextest =
        if options.fast { shell::cargo(&arguments) } else { compiler::cargo(&arguments)? };
    let own = options.filter.as_deref();
    let fast = options.fast.then_some("not test(postgres)");
    let parts = [own, fast, kind.map(|kind| kind.filter)];
    let filter: Vec<_> = parts.into_iter().flatten().map(|part| format!("({part})")).collect();
    if !filter.is_empty() {
        nextest.args(["--no-tests=pass", "-E", &filter.join(" and ")]);
    }
    if let Some(kind) = kind {
        nextest.env(kind.variable, "1");
    }
    if options.fast {
        return counted(&mut nextest, total);
    }
    let server = postgres::start()?;
    let result = counted(nextest.env("MUSTER_TEST_POSTGRES", &server.url), total);
    if server.started {
        postgres::stop()?;
    }
    result
}

fn islands(total: &mut Counts) -> Result<()> {
    let folder = shell::root().join("islands");
    if !folder.join("package.json").is_file() {
        return Ok(());
    }
    assets::packages(&folder)?;
    shell::run(assets::npm(&["run", "--silent", "check"]).current_dir(&folder))?;
    counted(assets::npm(&["test", "--silent"]).current_dir(&folder), total)
}

/// Browser tests run against the program that the Rust tests have built.
fn browser(total: &mut Counts) -> Result<()> {
    let folder = shell::root().join("e2e");
    let arguments = ["build", "--workspace", "--bins", "--tests", "--quiet"];
    shell::run(&mut compiler::cargo(&arguments)?)?;
    assets::packages(&folder)?;
    shell::run(assets::npm(&["run", "--silent", "check"]).current_dir(&folder))?;
    counted(
        assets::npm(&["test", "--silent"])
            .current_dir(&folder)
            .env("MUSTER_BIN", shell::target().join("debug/muster"))
            .env("MUSTER_CHROMIUM", install::chromium()),
        total,
    )
}

/// Runs a test runner, adding what it says to the total.
fn counted(command: &mut Command, total: &mut Counts) -> Result<()> {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let (counts, success) = counts::stream(command)?;
    *total += counts;
    if !success {
        bail!("`{}` failed", shell::name(command));
    }
    Ok(())
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
