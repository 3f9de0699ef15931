//! `muster tls`: certificates for HTTPS, seen and renewed from a shell.

use crate::outside::{now, say};
use crate::tls::{ACME, FileArgs, OWN, folder};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use muster_tls::authority::{ROOT, ROOT_KEY, Root};
use muster_tls::diary::Diary;
use muster_tls::{Facts, date};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Folder {
    /// Folder of the node; its certificates are in tls
    #[arg(long, default_value = "muster-data", env = "MUSTER_DATA")]
    data: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum Tls {
    /// Say which certificates there are, until when they hold, and what went wrong
    Status {
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        files: FileArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the root of the node's own authority, and its fingerprint to compare
    Root {
        #[command(flatten)]
        folder: Folder,
        /// Print the fingerprint alone
        #[arg(long)]
        fingerprint: bool,
    },
    /// Have certificates renewed now; a running server does it within ten seconds
    Renew {
        #[command(flatten)]
        folder: Folder,
        /// Make a new root, too: every device has to trust it anew
        #[arg(long)]
        root: bool,
    },
}

impl Tls {
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Self::Status { folder, files, json } => status(&folder, &files, json),
            Self::Root { folder, fingerprint } => print_root(&folder, fingerprint),
            Self::Renew { folder, root } => renew(&folder, root),
        }
    }
}

/// A certificate, for whoever asks.
struct Shown {
    what: &'static str,
    path: PathBuf,
    facts: Option<Facts>,
}

fn status(at: &Folder, files: &FileArgs, as_json: bool) -> Result<ExitCode> {
    let (folder, now) = (folder(&at.data), now().0.div_euclid(1_000_000));
    let own = [("own root", ROOT), ("own certificate", OWN), ("ACME certificate", ACME)];
    let own = own.map(|(what, name)| (what, folder.join(name)));
    let files = files.tls_cert.iter().map(|path| ("certificate file", path.clone()));
    let shown: Vec<_> = own
        .into_iter()
        .chain(files)
        .filter(|(what, path)| *what == "certificate file" || path.exists())
        .map(|(what, path)| Shown { what, facts: Facts::of_file(&path), path })
        .collect();
    let diary = Diary::load(&folder);
    if as_json {
        let all: Vec<_> = shown.iter().map(|one| one.to_json(now)).collect();
        let acme = json!({"failures": diary.failures, "error": diary.error,
            "tried_at": diary.tried.map(date), "next_at": diary.next.map(date)});
        say(serde_json::to_string_pretty(&json!({"certificates": all, "acme": acme}))?)?;
    } else {
        say(words(&shown, &diary, now))?;
    }
    let fine = shown.iter().all(|one| one.is_good(now)) && diary.error.is_none();
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Shown {
    fn is_good(&self, now: i64) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.not_after > now)
    }

    fn to_json(&self, now: i64) -> Value {
        let facts = self.facts.as_ref();
        json!({
            "kind": self.what, "file": self.path.display().to_string(), "good": self.is_good(now),
            "names": facts.map(|facts| facts.names.clone()),
            "issuer": facts.map(|facts| facts.issuer.clone()),
            "until": facts.map(|facts| date(facts.not_after)),
            "renewed_from": facts.map(|facts| date(facts.renewal())),
            "fingerprint": facts.map(|facts| facts.fingerprint.clone()),
        })
    }

    fn words(&self, now: i64) -> String {
        let head = format!("{}: {}", self.what, self.path.display());
        let Some(facts) = &self.facts else {
            return format!("{head}\n  holds no certificate that can be read");
        };
        let over = if self.is_good(now) { "holds until" } else { "EXPIRED on" };
        let mut text = format!("{head}\n  {over} {}", date(facts.not_after));
        if self.what != "own root" {
            text.extend([", is renewed from ", &date(facts.renewal()), " on"]);
            text.extend(["\n  names: ", &facts.names.join(", ")]);
        }
        text.extend(["\n  SHA-256 ", &facts.fingerprint]);
        text
    }
}

fn words(shown: &[Shown], diary: &Diary, now: i64) -> String {
    let mut parts: Vec<_> = shown.iter().map(|one| one.words(now)).collect();
    if parts.is_empty() {
        parts.push("There is no certificate yet: `muster serve --tls …` gets one.".to_owned());
    }
    if let Some(error) = &diary.error {
        let times = diary.failures;
        let next = diary.next.map_or(0, |next| (next - now).max(0) / 60);
        parts.push(format!(
            "ACME failed {times} times in a row; tried again in {next} minutes.\n  {error}"
        ));
    }
    parts.join("\n\n")
}

fn load(at: &Folder) -> Result<Root> {
    let folder = folder(&at.data);
    if !folder.join(ROOT).try_exists()? {
        bail!("there is no root in {}: `muster serve --tls own` makes one", folder.display());
    }
    Ok(Root::load(&folder)?)
}

fn print_root(at: &Folder, fingerprint: bool) -> Result<ExitCode> {
    let root = load(at)?;
    if fingerprint {
        say(root.facts.fingerprint)?;
    } else {
        say(format_args!("{}SHA-256 {}", root.pem, root.facts.fingerprint))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn renew(at: &Folder, anew: bool) -> Result<ExitCode> {
    let (folder, now) = (folder(&at.data), now().0.div_euclid(1_000_000));
    let mut done = false;
    if anew {
        load(at)?;
        for file in [OWN, ROOT_KEY, ROOT] {
            remove(&folder.join(file))?;
        }
        say(
            "A new root is made within ten seconds, or at the next start; `muster tls root` shows it.",
        )?;
        done = true;
    }
    if folder.join(ROOT).exists() {
        remove(&folder.join(OWN))?;
        say("The node's own certificate is signed anew within ten seconds, or at the next start.")?;
        done = true;
    }
    if folder.join(ACME).exists() || Diary::load(&folder) != Diary::default() {
        Diary::load(&folder).hurried(now).save(&folder)?;
        say("The ACME authority is asked within ten seconds, or at the next start.")?;
        done = true;
    }
    if !done {
        bail!("there is nothing to renew in {}", folder.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("can't remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
