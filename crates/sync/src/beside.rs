//! What goes beside the entries, once these are exchanged: sign-ins, and files by their digests.

use crate::channel::Side;
use crate::hub::Failure;
use crate::round::{Exchanged, Syncer};
use data_encoding::BASE64URL_NOPAD;
use muster_app::Error;
use muster_app::files::{self, Lacking};
use muster_app::nodes::{self, FILES, Given, NodeError, SECRETS, Wanted};
use serde_json::{Value, json};
use ureq::Agent;

/// Files that a hub does not have for which it is asked in one exchange.
const WITHOUT: usize = 20;

impl Syncer {
    /// Exchanges what the hub's answer says is to be exchanged beside the entries.
    pub(crate) fn beside(
        &self,
        agent: &Agent,
        about: &Value,
        exchanged: &mut Exchanged,
    ) -> Result<(), Failure> {
        if about.get("secrets").and_then(Value::as_bool) == Some(true) {
            self.take_secrets(agent, exchanged)?;
        }
        self.fetch_files(agent, exchanged)?;
        let wanted = about.get("files").and_then(Value::as_array).into_iter().flatten();
        for digest in wanted.filter_map(Value::as_str) {
            self.bring_file(agent, digest, exchanged)?;
        }
        Ok(())
    }

    /// Takes sign-ins until there are no more. Where somebody is not here yet, they come again.
    fn take_secrets(&self, agent: &Agent, exchanged: &mut Exchanged) -> Result<(), Failure> {
        let (mut wanted, mut complete) = (self.read(nodes::wanted)?, true);
        loop {
            let side = Side::draw().ok_or_else(|| odd(&"this machine gives no randomness"))?;
            let key = BASE64URL_NOPAD.encode(side.public());
            let body = json!({"key": key, "wanted": wanted}).to_string().into_bytes();
            let told = self.put_plain((agent, SECRETS), &body, exchanged)?;
            let told: Value = serde_json::from_slice(&told).map_err(|error| odd(&error))?;
            let theirs = told.get("key").and_then(Value::as_str).unwrap_or_default();
            let theirs = BASE64URL_NOPAD.decode(theirs.as_bytes()).ok();
            let shared = theirs.and_then(|theirs| side.agree(&theirs));
            let shared = shared.ok_or(Failure::Unfit(NodeError::Malformed))?;
            let given = told.get("given").cloned().unwrap_or_default();
            let given: Given = serde_json::from_value(given).map_err(|error| odd(&error))?;
            let (items, next) = (given.items, given.next);
            complete &=
                self.write(move |tx, ctx| nodes::take_secrets(tx, ctx, (&shared, &items)))?;
            match next {
                Some(next) => wanted = next,
                None => break,
            }
        }
        match wanted {
            Wanted::Changed(place) if complete => {
                self.write(move |tx, _| nodes::has_taken(tx, place))
            }
            _ => Ok(()),
        }
    }

    /// Asks for the files that are missing here. What the hub does not have either, it may have later:
    /// of those it is asked for a few in each exchange.
    fn fetch_files(&self, agent: &Agent, exchanged: &mut Exchanged) -> Result<(), Failure> {
        let (mut lacking, mut without) = (Lacking::from(self.draw()), 0);
        loop {
            let before = lacking.clone();
            let (after, digests) = self.read(move |tx| {
                let mut lacking = before.clone();
                let part = lacking.part(tx)?;
                Ok((lacking, part))
            })?;
            if digests.is_empty() {
                return Ok(());
            }
            lacking = after;
            for digest in digests {
                let body = json!({"digest": digest}).to_string().into_bytes();
                match self.put_plain((agent, FILES), &body, exchanged) {
                    // What may not stand here is left out; the others go on.
                    Ok(content) => {
                        self.write(move |tx, _| match files::take(tx, &digest, &content) {
                            Ok(_) | Err(Error::Invalid(_)) => Ok(()),
                            Err(error) => Err(error),
                        })?;
                    }
                    Err(Failure::Refused { reason, .. }) if reason == "not-found" => without += 1,
                    Err(failure) => return Err(failure),
                }
                if without == WITHOUT {
                    return Ok(());
                }
            }
        }
    }

    /// Brings a file that the hub lacks, if it is here.
    fn bring_file(
        &self,
        agent: &Agent,
        digest: &str,
        exchanged: &mut Exchanged,
    ) -> Result<(), Failure> {
        let named = digest.to_owned();
        let Ok(file) = self.read(move |tx| files::file(tx, &named)) else { return Ok(()) };
        let path = format!("{FILES}/{digest}");
        match self.put_plain((agent, &path), &file.content, exchanged) {
            // One that the hub refuses stays here; the others go on.
            Ok(_) | Err(Failure::Refused { .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

fn odd(what: &impl std::fmt::Display) -> Failure {
    Failure::Here(format!("What goes beside the entries was not understood: {what}"))
}
