//! What a form needs when it is shown again: which fields are wrong, and what may be chosen.

use crate::caller::Caller;
use crate::error::{PageError, status};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use std::future::Future;

/// Goes on after an action: to `next`, or to the page again with what stood in the way told above it.
pub(crate) async fn on_or_again<F>(
    caller: &Caller,
    done: Result<(), Error>,
    next: &str,
    again: impl FnOnce(Errors) -> F,
) -> Result<Response, PageError>
where
    F: Future<Output = Result<Response, PageError>>,
{
    match done {
        Ok(()) => Ok(Redirect::to(next).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => Err(caller.error(error)),
        Err(error) => {
            let page = again(Errors::from_error(&error, "")).await?;
            Ok((status(&error), page).into_response())
        }
    }
}

/// Errors of a form, each beside its field, all together in the summary on top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(Vec<FieldError>);

/// One sentence about one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the field, which is also its element's id.
    pub field: String,
    /// What is wrong and what to do.
    pub text: String,
}

impl Errors {
    /// The mistakes that an action found; one that is not a field's stands at `field`.
    pub(crate) fn from_error(error: &muster_app::Error, field: &str) -> Self {
        let mut errors = Self::default();
        match error {
            muster_app::Error::Invalid(fields) => {
                for wrong in fields {
                    errors.add(wrong.field, wrong.detail.clone());
                }
            }
            error => errors.add(field, crate::error::sentence(error)),
        }
        errors
    }

    /// Says that somebody else changed the record meanwhile, and what it is now.
    pub(crate) fn stale(what: &str, now: &str) -> Self {
        let mut errors = Self::default();
        let text = format!(
            "Somebody changed this {what} while you typed. It is now: {now}. What you typed is \
             still here: save again to replace it."
        );
        errors.add("", text);
        errors
    }

    /// Adds a sentence; an empty field name stands for the form as a whole.
    pub fn add(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), text: text.into() });
    }

    /// The sentence beside a field; empty when the field is right.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|error| error.field == field).map_or("", |error| &error.text)
    }

    /// All of them, in the order in which they were found.
    pub fn list(&self) -> &[FieldError] {
        &self.0
    }

    /// Whether the form may be accepted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One option of a select or a group of radio buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is the one chosen.
    pub selected: bool,
}

impl Choice {
    /// Options from pairs of value and label.
    pub fn list<V, L>(pairs: impl IntoIterator<Item = (V, L)>, selected: &str) -> Vec<Self>
    where
        V: Into<String>,
        L: Into<String>,
    {
        let choice = |(value, label): (V, L)| {
            let value = value.into();
            Self { selected: value == selected, value, label: label.into() }
        };
        pairs.into_iter().map(choice).collect()
    }
}
