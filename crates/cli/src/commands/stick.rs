//! `muster stick`: a node in a folder that is carried about.

use crate::node::Place;
use crate::outside::say;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use muster_documents::typesetting::PROGRAM as TYPESETTER;
use muster_storage::Store;
use std::env::consts::{ARCH, OS};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The node's own folder on the stick.
const DATA: &str = "data";
/// The node's database, in its folder.
const DATABASE: &str = "muster.db";
/// What belongs to a node besides its database.
const KEPT: [&str; 3] = ["keys", "signing-keys", "lan-name"];

/// What is written as it stands here: name, text, and whether it is a program.
const FILES: [(&str, &str, bool); 6] = [
    ("start.sh", include_str!("../stick/start.sh"), true),
    ("Start Muster.desktop", include_str!("../stick/start.desktop"), true),
    ("Start Muster.command", include_str!("../stick/start.command"), true),
    ("Start Muster.cmd", include_str!("../stick/start.cmd"), false),
    ("muster.env", include_str!("../stick/muster.env"), false),
    ("LICENCE.txt", include_str!("../stick/LICENCE.txt"), false),
];

#[derive(Subcommand)]
pub(crate) enum Stick {
    /// Make a folder that holds everything: program, records, settings, a start by double click
    Create {
        /// The folder: it must be empty, or not there yet
        dir: PathBuf,
        /// Folder of a node whose records are copied; a fresh node without it
        #[arg(long)]
        from: Option<PathBuf>,
    },
}

impl Stick {
    pub fn run(self) -> Result<ExitCode> {
        let Self::Create { dir, from } = self;
        refuse_what_is_there(&dir)?;
        if let Some(from) = &from {
            need_node(from)?;
        }
        let data = dir.join(DATA);
        private(&data)?;
        if let Some(from) = &from {
            copy_node(from, &data)?;
        }
        // Opening it makes what is missing, and shows that what was copied is whole.
        let node = Place { data, database: None }.open();
        let node = node.context("the node on the stick can't be opened")?;
        if from.is_some() {
            let anew = node.store.write(&node.ctx("cli").act, muster_app::journal::begin_anew);
            anew.wait().context("the node on the stick can't be told from the other")?;
        }
        drop(node);
        let programs = copy_programs(&dir.join("programs").join(platform()))?;
        for (name, text, program) in FILES {
            write(&dir.join(name), text, program)?;
        }
        write(&dir.join("README.txt"), &readme(), false)?;
        say(done(&dir, &programs, from.is_some()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What programs of this machine are called on the stick: `linux-x86_64`.
fn platform() -> String {
    format!("{OS}-{ARCH}")
}

fn refuse_what_is_there(dir: &Path) -> Result<()> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_some()) {
        Ok(true) => {
            bail!("{} is not empty: name a new folder, for example {0}/muster", dir.display())
        }
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("can't look into {}", dir.display()))
        }
        _ => Ok(()),
    }
}

fn private(dir: &Path) -> Result<()> {
    muster_tls::private::folder(dir).with_context(|| format!("can't make {}", dir.display()))
}

/// Asked before anything is made: a folder that is left behind would be in the way of the next try.
fn need_node(from: &Path) -> Result<()> {
    if !from.join(DATABASE).try_exists()? {
        bail!("there is no node with a database of its own in {}", from.display());
    }
    Ok(())
}

/// The records of a node, which may be running, and its keys.
fn copy_node(from: &Path, to: &Path) -> Result<()> {
    Store::copy(&from.join(DATABASE), &to.join(DATABASE)).context("can't copy the database")?;
    for name in KEPT {
        copy_secret(&from.join(name), &to.join(name))?;
    }
    // Its own authority goes along: devices that trust it go on doing so.
    let (source, target) = (crate::tls::folder(from), crate::tls::folder(to));
    for name in [muster_tls::authority::ROOT, muster_tls::authority::ROOT_KEY] {
        if source.join(name).try_exists()? {
            private(&target)?;
            copy_secret(&source.join(name), &target.join(name))?;
        }
    }
    Ok(())
}

fn copy_secret(from: &Path, to: &Path) -> Result<()> {
    match fs::read_to_string(from) {
        Ok(text) => muster_tls::private::write(to, &text)
            .with_context(|| format!("can't write {}", to.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("can't read {}", from.display())),
    }
}

/// This program, and the typesetter if it lies beside it; says which.
fn copy_programs(to: &Path) -> Result<Vec<String>> {
    fs::create_dir_all(to).with_context(|| format!("can't make {}", to.display()))?;
    let own = std::env::current_exe().context("can't find this program's own file")?;
    let suffix = std::env::consts::EXE_SUFFIX;
    let typesetter = own.with_file_name(format!("{TYPESETTER}{suffix}"));
    let mut copied = Vec::new();
    for (name, from) in [("muster", own.as_path()), (TYPESETTER, typesetter.as_path())] {
        if name == "muster" || from.try_exists()? {
            let at = to.join(format!("{name}{suffix}"));
            fs::copy(from, &at).with_context(|| format!("can't copy {}", from.display()))?;
            copied.push(name.to_owned());
        }
    }
    Ok(copied)
}

fn write(path: &Path, text: &str, program: bool) -> Result<()> {
    let failed = || format!("can't write {}", path.display());
    // Windows reads its scripts by lines that end in its own way.
    let windows = path.extension().is_some_and(|kind| kind == "cmd" || kind == "txt");
    let text = if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
    fs::write(path, text).with_context(failed)?;
    #[cfg(unix)]
    if program {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::Permissions::from_mode(0o755);
        // A disk without modes runs what its mount lets it run.
        if let Err(error) = fs::set_permissions(path, mode) {
            tracing::debug!(%error, "no mode for {}", path.display());
        }
    }
    Ok(())
}

fn readme() -> String {
    include_str!("../stick/README.txt").replace("{platform}", &platform())
}

fn done(dir: &Path, programs: &[String], copied: bool) -> String {
    let what = if copied { "the records of the other node" } else { "a fresh node" };
    let mut text = format!(
        "Made {} with {what}, for {} alone.\nStart it there: {}/start.sh",
        dir.display(),
        platform(),
        dir.display(),
    );
    if !programs.iter().any(|name| name == TYPESETTER) {
        let missing = "is not beside this program, so the stick makes no PDF files; copy it to";
        text.extend(["\n", TYPESETTER, " ", missing, " programs/", &platform(), " later."]);
    }
    if copied {
        text.push_str(
            "\nBoth go on by themselves now, and neither knows what the other writes until they\nreplicate: with each other, or with one hub.",
        );
    }
    text
}
