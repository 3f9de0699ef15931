//! `muster admin`

use crate::node::Place;
use crate::outside::{random, remark, say};
use anyhow::{Context, Result};
use clap::Subcommand;
use muster_app::people::PersonInput;
use muster_app::setup::{self, SetUp};
use muster_app::{Error, factors, passwords};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Subcommand)]
pub(crate) enum Admin {
    /// Create a super administrator; the password comes from MUSTER_PASSWORD or standard input
    Create {
        #[command(flatten)]
        place: Place,
        /// Number or user name to sign in with
        #[arg(long)]
        number: String,
        /// Full name
        #[arg(long)]
        name: String,
        /// E-mail address
        #[arg(long, default_value = "")]
        email: String,
    },
    /// Remove the second factor of somebody who lost theirs, where no other administrator can
    RemoveSecondFactor {
        #[command(flatten)]
        place: Place,
        /// Number, user name or e-mail address of the person
        #[arg(long)]
        number: String,
        /// Why; it is kept in the journal
        #[arg(long)]
        reason: String,
    },
}

impl Admin {
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Self::Create { place, number, name, email } => {
                create(&place, &PersonInput { number, name, email, ..PersonInput::default() })
            }
            Self::RemoveSecondFactor { place, number, reason } => {
                remove_second_factor(&place, number, reason)
            }
        }
    }
}

fn create(place: &Place, input: &PersonInput) -> Result<ExitCode> {
    let password = password()?;
    let administrator = input.check().map_err(explain)?;
    passwords::check(&password).map_err(explain)?;
    let password_hash = passwords::hash(&password, random())?;
    let node = place.open()?;
    let ctx = Arc::new(node.ctx("cli"));
    let institution = String::new();
    let input = SetUp { code: None, institution, administrator, password_hash };
    let shared = ctx.clone();
    let done = node.store.write(&ctx.act, move |tx| setup::set_up(tx, &shared, &input));
    done.wait().map_err(explain)?;
    say("Created. Sign in with that number and password.")?;
    Ok(ExitCode::SUCCESS)
}

fn remove_second_factor(place: &Place, number: String, reason: String) -> Result<ExitCode> {
    let node = place.open_existing()?;
    let ctx = Arc::new(node.ctx("cli"));
    let shared = ctx.clone();
    let done = node.store.write(&ctx.act, move |tx| {
        let person = muster_app::people::named(tx, &number)?;
        factors::clear(tx, &shared, person, &reason)
    });
    done.wait().map_err(explain)?;
    say("Removed. The password alone signs them in now, until they set up another one.")?;
    Ok(ExitCode::SUCCESS)
}

fn password() -> Result<String> {
    if let Ok(password) = std::env::var("MUSTER_PASSWORD") {
        return Ok(password);
    }
    remark(format_args!("Password (at least {} characters):", passwords::SHORTEST));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("no password was given")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Mistakes in fields, one a line.
fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(fields) => {
            let lines = fields.iter().map(|wrong| format!("{}: {}", wrong.field, wrong.detail));
            anyhow::anyhow!(lines.collect::<Vec<_>>().join("\n"))
        }
        error => error.into(),
    }
}
