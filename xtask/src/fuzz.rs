//! `cargo xtask fuzz`: every decoder of credentials, codes and batches against libFuzzer, for a while. It
//! needs nothing but the stable compiler, whose LLVM has the counters that libFuzzer looks at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell;

/// The targets, as `fuzz/Cargo.toml` names them.
const TARGETS: [&str; 15] = [
    "batch",
    "exchange",
    "link",
    "message",
    "payload",
    "digits",
    "readable",
    "key_file",
    "key_set",
    "class_code",
    "flipped",
    "receipt",
    "pack",
    "tokens",
    "passkey",
];
/// Counts edges and looks into comparisons.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// What to run, and for how long.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds for each target
    #[arg(long, default_value_t = 10, value_name = "N")]
    seconds: u32,
    /// One target alone; may be repeated
    #[arg(long, value_name = "TARGET")]
    only: Vec<String>,
}

/// Runs what was asked for.
pub fn run(options: &Options) -> Result<()> {
    let known = |name: &&str| options.only.is_empty() || options.only.iter().any(|own| own == name);
    let targets: Vec<_> = TARGETS.into_iter().filter(known).collect();
    if targets.is_empty() {
        bail!("the targets are {}", TARGETS.join(", "));
    }
    targets_for(&targets, options.seconds)
}

/// Runs every target for so many seconds; the number of targets.
pub fn all(seconds: u32) -> Result<u64> {
    targets_for(&TARGETS, seconds)?;
    Ok(TARGETS.len() as u64)
}

/// As many at a time as there are processors.
fn targets_for(targets: &[&str], seconds: u32) -> Result<()> {
    let programs = build()?;
    let seeds = Seeds::read()?;
    let together = std::thread::available_parallelism()?.get();
    for targets in targets.chunks(together) {
        println!("{}: {seconds} s", targets.join(", "));
        std::thread::scope(|scope| {
            let one = |target: &&str| {
                let target = (*target).to_owned();
                let (programs, seeds) = (&programs, &seeds);
                scope.spawn(move || run_one(programs, seeds, &target, seconds))
            };
            let running: Vec<_> = targets.iter().map(one).collect();
            running.into_iter().try_for_each(|target| {
                target.join().unwrap_or_else(|_| bail!("a thread of the fuzzer panicked"))
            })
        })?;
    }
    Ok(())
}

fn run_one(programs: &Path, seeds: &Seeds, target: &str, seconds: u32) -> Result<()> {
    let folder = self::folder().join("corpus").join(target);
    seeds.write(target, &folder)?;
    let found = self::folder().join("found");
    fs::create_dir_all(&found)?;
    let mut command = Command::new(programs.join(target));
    command.current_dir(shell::root()).arg(&folder).args([
        format!("-max_total_time={seconds}"),
        format!("-artifact_prefix={}/{target}-", found.display()),
        "-max_len=4096".to_owned(),
        "-timeout=5".to_owned(),
        "-rss_limit_mb=1024".to_owned(),
    ]);
    // It talks a lot while all is well.
    let run = command.output().with_context(|| format!("could not start {target}"))?;
    if !run.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&run.stderr));
        bail!("{target} stumbles; the input is in {}", found.display());
    }
    Ok(())
}

/// A build that goes on beside other work, and ends with it.
pub struct Ahead(Child);

impl Drop for Ahead {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Begins to build the targets with what other work leaves of the processors. Whoever builds them
/// after that waits for it, and says what went wrong.
pub fn build_ahead() -> Result<Ahead> {
    let mut build = build_for(&host()?);
    if shell::installed("nice") {
        build = shell::niced(&build);
    }
    let quiet = build.stdout(Stdio::null()).stderr(Stdio::null());
    Ok(Ahead(quiet.spawn().with_context(|| format!("could not start {}", shell::name(quiet)))?))
}

/// Builds the targets into a folder of their own; where the programs are.
fn build() -> Result<PathBuf> {
    let host = host()?;
    shell::run(&mut build_for(&host))?;
    Ok(folder().join(host).join("release"))
}

fn folder() -> PathBuf {
    shell::target().join("fuzz")
}

fn build_for(host: &str) -> Command {
    // A target is named so that build scripts are built without the counters.
    let mut build = shell::cargo(&["build", "--release", "--quiet", "--locked", "--target", host]);
    build
        .current_dir(shell::root().join("fuzz"))
        .env("CARGO_TARGET_DIR", folder())
        .env("RUSTFLAGS", FLAGS);
    build
}

/// The machine that the compiler builds for.
fn host() -> Result<String> {
    let compiler = shell::output(&mut shell::command("rustc", &["-vV"]))?;
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("the compiler does not name its host")?.to_owned())
}

/// What the targets begin with: the vectors, so that they need not guess a signature.
struct Seeds {
    credential: Value,
    class_code: Value,
    receipt: Value,
    pack: Value,
}

impl Seeds {
    fn read() -> Result<Self> {
        let read = |name: &str| -> Result<Value> {
            let path = shell::root().join("crates/credential/vectors").join(name);
            Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
        };
        Ok(Self {
            credential: read("credential.json")?,
            class_code: read("class_code.json")?,
            receipt: read("receipt.json")?,
            pack: read("pack.json")?,
        })
    }

    fn write(&self, target: &str, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        for (at, seed) in self.of(target).iter().enumerate() {
            fs::write(folder.join(format!("seed-{at}")), seed)?;
        }
        Ok(())
    }

    fn of(&self, target: &str) -> Vec<Vec<u8>> {
        let texts = |from: &Value, kind: &str, member: &str| -> Vec<Vec<u8>> {
            let cases = from.get(kind).and_then(Value::as_array).into_iter().flatten();
            cases.filter_map(|case| Some(case.get(member)?.as_str()?.as_bytes().to_vec())).collect()
        };
        let messages = || {
            let hex = texts(&self.credential, "credentials", "bytes");
            hex.iter().map(|hex| bytes(hex)).collect::<Vec<_>>()
        };
        match target {
            // The first bytes, and empty tables after them.
            "batch" => vec![b"MusterB\x01\0\0\0\0\0\0".to_vec()],
            "exchange" => {
                vec![b"MusterS\x01\x02\0\0\0\0".to_vec(), b"MusterH\x01\0".to_vec()]
            }
            "link" => texts(&self.credential, "credentials", "text"),
            "message" => messages(),
            // The claims stand between the headers and the signature.
            "payload" => {
                let claims =
                    |whole: &Vec<u8>| Some(whole.get(19..whole.len().checked_sub(66)?)?.to_vec());
                messages().iter().filter_map(claims).collect()
            }
            "digits" => texts(&self.credential, "digits", "digits"),
            "readable" => texts(&self.credential, "readable", "text"),
            "key_file" => {
                let mut lines = texts(&self.credential, "keys", "line");
                lines.extend(
                    self.class_code
                        .get("key_line")
                        .and_then(Value::as_str)
                        .map(|line| line.as_bytes().to_vec()),
                );
                lines
            }
            "key_set" => {
                let good = self
                    .credential
                    .get("key_sets")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten();
                good.map(|(_, set)| set.to_string().into_bytes()).collect()
            }
            "class_code" => texts(&self.class_code, "parse", "text"),
            "receipt" => texts(&self.receipt, "good", "receipt"),
            "pack" => {
                let whole = self.pack.get("pack").and_then(Value::as_str).map(str::as_bytes);
                whole.map(bytes).into_iter().chain(messages()).collect()
            }
            "tokens" => texts(&self.class_code, "tickets", "text"),
            _ => vec![vec![0x5a; 64]],
        }
    }
}

fn bytes(hex: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    hex.chunks(2).filter_map(pair).collect()
}
