//! The compiler as `cargo xtask test` has it called for our own crates: Clippy, which lints what it
//! builds, and after it rustdoc for every library. `cargo clippy` and `cargo doc` would go through
//! all dependencies a second time, only to read what they declare.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::shell;

/// A call of Cargo that builds in this way; any warning ends it.
pub fn cargo(arguments: &[&str]) -> Result<Command> {
    let mut command = shell::cargo(arguments);
    // Clippy reads its own arguments from here, and Cargo builds anew when they change.
    command.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    command.env("RUSTC_WORKSPACE_WRAPPER", wrapper()?);
    Ok(command)
}

/// A copy of this program, made once: Cargo replaces the original while it builds.
fn wrapper() -> Result<&'static Path> {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    if let Some(copy) = COPY.get() {
        return Ok(copy);
    }
    let folder = shell::target().join("xtask");
    let (copy, new) = (folder.join("compiler"), folder.join("compiler.new"));
    fs::create_dir_all(&folder)?;
    fs::copy(std::env::current_exe()?, &new).context("could not copy this program")?;
    fs::rename(&new, &copy)?;
    Ok(COPY.get_or_init(|| copy))
}

/// What Cargo asked of this program in the compiler's place: the compiler's path, and its arguments.
pub fn asked() -> Option<Vec<OsString>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let program = Path::new(arguments.first()?);
    (program.file_stem() == Some(OsStr::new("rustc"))).then_some(arguments)
}

/// Compiles and documents one crate.
pub fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let compiled = status(Command::new("clippy-driver").args(arguments))?;
    let done = match documented(arguments) {
        Some(library) if compiled.success() => status(
            Command::new("rustdoc")
                .args(library)
                .args(["-D", "warnings", "--out-dir"])
                .arg(shell::target().join("doc")),
        )?,
        _ => compiled,
    };
    let code = done.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().with_context(|| format!("could not start {}", shell::name(command)))
}

/// The arguments by which rustdoc reads the same library; none for programs and tests.
fn documented(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let texts: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let library = texts.windows(2).any(|pair| pair == ["--crate-type", "lib"]);
    if !library || texts.iter().any(|text| text == "--test") {
        return None;
    }
    let mut kept = Vec::new();
    let mut rest = arguments.iter().zip(&texts).skip(1);
    while let Some((argument, text)) = rest.next() {
        match text.as_ref() {
            // What concerns machine code.
            "-C" | "--out-dir" => drop(rest.next()),
            text if text.starts_with("--emit=") => {}
            _ => kept.push(argument.clone()),
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_library_is_documented_without_what_concerns_machine_code() {
        let call = "rustc --crate-name a src/lib.rs --crate-type lib --emit=dep-info,link \
            -C debuginfo=0 --warn=clippy::all --out-dir target -L dependency=deps";
        let call = call.split_whitespace().collect::<Vec<_>>().join(" ");
        let library = "--crate-name a src/lib.rs --crate-type lib --warn=clippy::all \
            -L dependency=deps";
        let library = library.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(documented(&arguments(&call)), Some(arguments(&library)));
    }

    #[test]
    fn programs_and_tests_are_not_documented() {
        assert_eq!(documented(&arguments("rustc --crate-name a --crate-type bin")), None);
        assert_eq!(documented(&arguments("rustc --crate-type lib --test")), None);
        assert_eq!(documented(&arguments("rustc -vV")), None);
    }
}
