//! The institution's settings by group, each with its explanation and its default.

use super::form::{Choice, Errors};
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::settings::{self, ALL, Group, Kind, Setting};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    groups: Vec<GroupItem>,
    from: String,
}

struct GroupItem {
    label: &'static str,
    fields: Vec<Field>,
}

/// A setting as the form shows it.
struct Field {
    name: &'static str,
    label: &'static str,
    hint: String,
    value: String,
    kind: &'static str,
    optional: bool,
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    saved: String,
}

/// `GET /settings`
pub(super) async fn show(caller: Caller, Query(done): Query<Done>) -> Response {
    let mut page = page(&caller, &HashMap::new(), Errors::default());
    let text = "Saved. Sessions opened from now on follow these settings.".to_owned();
    page.shell.flash =
        (!done.saved.is_empty()).then_some(Flash { kind: FlashKind::Ok, text, undo: None });
    render(&page)
}

/// `POST /settings`: all that are sent, or none.
pub(super) async fn change(
    caller: Caller,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, PageError> {
    let sent = |setting: &Setting| Some((setting.name.to_owned(), form.get(setting.name)?.clone()));
    let values: Vec<_> = ALL.iter().filter_map(sent).collect();
    let done = caller.write(move |tx, ctx| settings::change(tx, ctx, &values)).await;
    match done {
        Ok(()) => Ok(Redirect::to("/settings?saved=1").into_response()),
        Err(error @ Error::Forbidden) => Err(caller.error(error)),
        Err(error) => {
            let page = page(&caller, &form, Errors::from_error(&error, ""));
            Ok((status(&error), render(&page)).into_response())
        }
    }
}

/// The page with the settings in force, or with what was typed in their place.
fn page(caller: &Caller, typed: &HashMap<String, String>, errors: Errors) -> Page {
    let field = |setting: &Setting| {
        let value = typed.get(setting.name).cloned();
        let (kind, range) = match setting.kind {
            Kind::Text { lines: true, .. } => ("lines", String::new()),
            Kind::Text { .. } | Kind::Colour(_) => ("text", String::new()),
            Kind::Switch(_) | Kind::Strictness(_) | Kind::Guardians(_) => ("choice", String::new()),
            Kind::Number { low, high, .. } | Kind::Optional { low, high, .. } => {
                ("number", format!(" {low} to {high}."))
            }
        };
        let value = value.unwrap_or_else(|| setting.get(&caller.known.settings));
        let choices = Choice::list(setting.kind.choices(), &value);
        let named = |choice: &&Choice| choice.value == setting.default();
        let normally = match choices.iter().find(named) {
            Some(choice) => choice.label.to_lowercase(),
            None if setting.default().is_empty() => "empty".to_owned(),
            None => setting.default(),
        };
        Field {
            name: setting.name,
            label: setting.label,
            hint: format!("{}{range} Normally {normally}.", setting.explanation),
            value,
            kind,
            choices,
            optional: matches!(
                setting.kind,
                Kind::Optional { .. } | Kind::Colour(_) | Kind::Text { lines: true, .. }
            ),
        }
    };
    let group = |group: Group| GroupItem {
        label: group.label(),
        fields: ALL.iter().filter(|setting| setting.group == group).map(field).collect(),
    };
    let groups = Group::ALL.into_iter().map(group).collect();
    let from = caller.app.mail_from.as_deref().unwrap_or_default().to_owned();
    Page { shell: caller.shell("Settings"), errors, groups, from }
}
