//! Passwords that a table of people brings. They are hashed by the worker before the transaction that
//! writes their lines, and stand nowhere but in the uploaded file, which goes when the import ends.

use super::line::Cells;
use super::undo::Done;
use super::{ImportError, Job};
use crate::{Ctx, Error, Result, passwords};
use muster_domain::ids::PersonId;
use muster_domain::imports::{State, columns, sounds_secret};
use muster_storage::auth::{self, PasswordRow};
use muster_storage::imports::ImportRow;
use muster_storage::{ReadTx, WriteTx};
use serde_json::json;
use std::collections::HashMap;
use std::fmt;

/// Hashes of the passwords in some lines, by the lines' numbers.
pub type Hashes = HashMap<u64, String>;

/// A password in a line.
#[derive(Clone)]
pub(super) enum Secret {
    /// As people type it.
    Plain(String),
    /// Hashed elsewhere.
    Hash(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.key())
    }
}

/// The password of a line, if it has one.
pub(super) fn of(cells: &mut Cells<'_>) -> Option<Secret> {
    let (plain, hash) = (cells.get("password"), cells.get("password_hash"));
    let (secret, checked) = match (plain, hash) {
        ("", "") => return None,
        (plain, "") => (Secret::Plain(plain.to_owned()), passwords::check_brought(plain)),
        ("", hash) => (Secret::Hash(hash.to_owned()), passwords::check_hash(hash)),
        _ => {
            cells.wrong("password_hash", "Give a password or its hash, not both.");
            return None;
        }
    };
    if let Err(error) = checked {
        cells.blame(secret.key(), error);
        return None;
    }
    Some(secret)
}

impl Secret {
    /// The column from which it is.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Plain(_) => "password",
            Self::Hash(_) => "password_hash",
        }
    }

    /// Sets the password of a person who has none.
    pub fn write(
        &self,
        tx: &mut WriteTx<'_>,
        ctx: &Ctx,
        (line, person): (u64, PersonId),
        hashes: &Hashes,
    ) -> Result<Done> {
        let hash = match self {
            Self::Hash(hash) => hash,
            // Whoever had a password when hashing began has lost it since: the step begins anew.
            Self::Plain(_) => hashes.get(&line).ok_or(Error::Import(ImportError::State))?,
        };
        let password = PasswordRow { hash: hash.clone(), must_change: false };
        auth::put_password(tx, person, &password, ctx.now())?;
        // Who has a password needs no code for a first one any more.
        auth::drop_codes(tx, person, ctx.now())?;
        Ok(Done::new("password", person, None::<&()>, ctx.now().0))
    }
}

/// The passwords that the next step writes and that are to be hashed before, with their lines.
pub fn to_hash(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    job: &Job,
    now: &ImportRow,
) -> Result<Vec<(u64, String)>> {
    if now.state != State::Importing {
        return Ok(Vec::new());
    }
    let Some((part, lines, _)) = job.to_write(now).filter(|(part, ..)| part.brings_passwords())
    else {
        return Ok(Vec::new());
    };
    Ok(super::plan::plan(tx, ctx, part, lines)?.into_unhashed())
}

/// The examples of a file's columns without those that are secret, or may be.
pub(super) fn concealed(now: &ImportRow) -> String {
    let headings = super::headings_of(now);
    let mapping = super::mapping_of(now);
    let secrets: Vec<&str> = columns(now.kind)
        .iter()
        .filter(|column| column.is_secret())
        .map(|column| column.key)
        .collect();
    let examples = super::examples_of(now).into_iter().enumerate().map(|(place, example)| {
        let is_secret =
            mapping.get(place).copied().flatten().is_some_and(|key| secrets.contains(&key));
        let sounds =
            now.kind.is_a_table() && headings.get(place).is_some_and(|text| sounds_secret(text));
        if is_secret || sounds { String::new() } else { example }
    });
    json!(examples.collect::<Vec<_>>()).to_string()
}
