//! The institution's settings: each with its default and its explanation.

use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::text;
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::{ReadTx, WriteTx, settings};
use serde_json::json;

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Name of the institution.
    pub institution: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// How long a session stays open.
    pub session_minutes: i64,
    /// How long after the start a mark is still on time.
    pub late_after_minutes: i64,
    /// For how long a class code is on screen.
    pub step_seconds: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            institution: "Muster".to_owned(),
            time_zone: "UTC".to_owned(),
            session_minutes: 15,
            late_after_minutes: 10,
            step_seconds: 10,
        }
    }
}

impl Settings {
    /// How long a session of a class stays open.
    pub fn duration(&self, of_class: Option<i64>) -> Span {
        Span::minutes(of_class.unwrap_or(self.session_minutes))
    }
}

/// The settings in force, for those who manage them.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Settings> {
    ctx.need(Permission::ManageSettings, Target::Institution)?;
    load(tx)
}

/// The settings in force.
pub fn load(tx: &mut ReadTx<'_>) -> Result<Settings> {
    let mut loaded = Settings::default();
    for row in settings::list(tx)? {
        let text = || serde_json::from_str::<String>(&row.value).ok();
        let number = || text().and_then(|text| text.parse().ok());
        match row.name.as_str() {
            "institution" => loaded.institution = text().unwrap_or(loaded.institution),
            "time_zone" => loaded.time_zone = text().unwrap_or(loaded.time_zone),
            "session_minutes" => {
                loaded.session_minutes = number().unwrap_or(loaded.session_minutes);
            }
            "late_after_minutes" => {
                loaded.late_after_minutes = number().unwrap_or(loaded.late_after_minutes);
            }
            "step_seconds" => loaded.step_seconds = number().unwrap_or(loaded.step_seconds),
            _ => {}
        }
    }
    Ok(loaded)
}

/// Changes several settings at once, or none.
pub fn change(tx: &mut WriteTx<'_>, ctx: &Ctx, values: &[(&'static str, String)]) -> Result<()> {
    ctx.need(Permission::ManageSettings, Target::Institution)?;
    values.iter().try_for_each(|(name, value)| store(tx, ctx, name, value))
}

/// Stores one setting after checking it.
pub(crate) fn store(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    name: &'static str,
    value: &str,
) -> Result<()> {
    let wrong = |detail: &str| Error::field(name, detail);
    let value = text::clean(value, 200).map_err(|error| wrong(&error.to_string()))?;
    let between = |low: i64, high: i64| {
        let number: Option<i64> = value.parse().ok();
        let fits = number.is_some_and(|number| (low..=high).contains(&number));
        let detail = format!("Choose a number between {low} and {high}.");
        if fits { Ok(()) } else { Err(Error::field(name, detail)) }
    };
    match name {
        "session_minutes" => between(1, 1440)?,
        "late_after_minutes" => between(0, 1440)?,
        "step_seconds" => between(5, 30)?,
        "time_zone" if jiff::tz::TimeZone::get(&value).is_err() => {
            return Err(wrong("Enter a time zone, for example Europe/Berlin."));
        }
        "institution" | "time_zone" => {}
        _ => return Err(wrong("There is no such setting.")),
    }
    let before = settings::list(tx)?.into_iter().find(|row| row.name == name);
    let (old, replaced) = before.map_or((None, 0), |row| (Some(row.value), row.version));
    let new = json!(value).to_string();
    if old.as_ref() == Some(&new) {
        return Ok(());
    }
    tx.version_over(replaced);
    settings::put(tx, name, &new, ctx.act.actor, ctx.now())?;
    let id = uuid::Uuid::new_v5(&muster_domain::ids::NAMESPACE, name.as_bytes());
    let change = Change::new("setting.change", "setting", id);
    let (old, new) = (json!({ name: old }), json!({ name: new }));
    Ok(tx.journal(change.changed(&old, &new, replaced))?)
}
