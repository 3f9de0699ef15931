//! The institution's settings. [`ALL`] lists them, each with its default and its explanation;
//! loading, checking, the page and the API follow that list.

mod group;
mod kind;
mod table;
mod take;

use crate::zone::Zone;
use crate::{Ctx, Error, FieldError, Result, academics};
use muster_domain::attendance::figures::{Scale, Thresholds, Weights};
use muster_domain::attendance::offline::OfflineRules;
use muster_domain::attendance::sharing::Rules;
use muster_domain::auth::{Permission, Target};
use muster_domain::colour::Colour;
use muster_domain::finance::Currency;
use muster_domain::guardians::GuardianLetters;
use muster_domain::passes::Country;
use muster_domain::results::{GradeScale, Scheme};
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::settings::SettingRow;
use muster_storage::{ReadTx, WriteTx, fees, payments, settings};
use serde_json::json;

pub use group::Group;
pub use kind::Kind;
pub use table::{ALL, Setting, named};

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on one page")]
pub struct Settings {
    /// Name of the institution.
    pub institution: String,
    /// Where it is: some lines for the head of documents.
    pub institution_address: String,
    /// The colour of links and buttons, where it is not Muster's own.
    pub accent: Option<Colour>,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// Where phone numbers without a calling code belong.
    pub phone_country: Country,
    /// How long whoever signed in stays so.
    pub login_hours: i64,
    /// How long a session stays open.
    pub session_minutes: i64,
    /// How long after the start a mark is still on time.
    pub late_after_minutes: i64,
    /// For how long a class code is on screen.
    pub step_seconds: i64,
    /// What each status counts, where a class has no weights of its own.
    pub weights: Weights,
    /// What a percentage means.
    pub thresholds: Thresholds,
    /// From how many absences in a row on a student is at risk.
    pub absences_at_risk: i64,
    /// From how many sessions on a low share is told to the student.
    pub low_after_sessions: i64,
    /// What guardians are told by letter.
    pub guardian_letters: GuardianLetters,
    /// Whether classes have leaderboards.
    pub leaderboard: bool,
    /// How strictly the sharing of codes is watched.
    pub sharing: Rules,
    /// Which marks that were made without a network are taken.
    pub offline: OfflineRules,
    /// How many years a badge is valid.
    pub badge_years: i64,
    /// The currency of all fees and payments.
    pub currency: Currency,
    /// The office to which students turn about money.
    pub finance_office: String,
    /// Which assessments count in classes that say nothing else, out of what, and how much.
    pub result_scheme: Scheme,
    /// From which percentage on there is which grade.
    pub grade_scale: GradeScale,
    /// Whether teachers publish the results of their classes.
    pub teachers_publish: bool,
    /// Whether invigilators may let in whom the rule of an exam refuses.
    pub invigilators_override: bool,
    /// Whether administrators get in by a second factor alone.
    pub administrators_second_factor: bool,
    /// Whether online a roll number is enough to say who one is.
    pub online_roll_numbers: bool,
    /// Whether teachers may sign in by the code of a class and a PIN.
    pub pin_sign_in: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            institution: "Muster".to_owned(),
            institution_address: String::new(),
            accent: None,
            time_zone: "UTC".to_owned(),
            phone_country: Country::INDIA,
            login_hours: 8,
            session_minutes: 15,
            late_after_minutes: 10,
            step_seconds: 10,
            weights: Weights::default(),
            thresholds: Thresholds::default(),
            absences_at_risk: 3,
            low_after_sessions: 3,
            guardian_letters: GuardianLetters::Nothing,
            leaderboard: true,
            sharing: Rules::default(),
            offline: OfflineRules::default(),
            badge_years: 4,
            currency: Currency::INR,
            finance_office: "Retentions Office".to_owned(),
            result_scheme: Scheme::default(),
            grade_scale: GradeScale::default(),
            teachers_publish: false,
            invigilators_override: false,
            administrators_second_factor: false,
            online_roll_numbers: false,
            pin_sign_in: false,
        }
    }
}

impl Settings {
    /// How long a session of a class stays open.
    pub fn duration(&self, of_class: Option<i64>) -> Span {
        Span::minutes(of_class.unwrap_or(self.session_minutes))
    }

    /// After how long a mark is late.
    pub fn late_after(&self, of_class: Option<i64>) -> Span {
        Span::minutes(of_class.unwrap_or(self.late_after_minutes))
    }

    /// How a class's sessions become a percentage.
    pub fn scale(&self, of_class: Option<Weights>) -> Scale {
        let Self { thresholds, absences_at_risk, .. } = *self;
        Scale { weights: of_class.unwrap_or(self.weights), thresholds, absences_at_risk }
    }

    /// What doesn't fit together although each value is right by itself.
    fn contradictions(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        if let Some(detail) = self.weights.mistake() {
            wrong.push(FieldError { field: "weight_present", detail: detail.to_owned() });
        }
        if self.thresholds.warning > self.thresholds.safe {
            let detail = "Choose a percentage not above the one from which on attendance is safe.";
            wrong.push(FieldError { field: "warning_percent", detail: detail.to_owned() });
        }
        wrong
    }
}

/// The settings in force, for those who manage them.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Settings> {
    ctx.need(Permission::ManageSettings, Target::Institution)?;
    load(tx)
}

/// The settings in force.
pub fn load(tx: &mut ReadTx<'_>) -> Result<Settings> {
    Ok(of_rows(&settings::list(tx)?))
}

/// What is stored, over the defaults; a value that can't be read counts as not stored.
fn of_rows(rows: &[SettingRow]) -> Settings {
    let mut loaded = Settings::default();
    for row in rows {
        if let (Some(setting), Ok(text)) = (named(&row.name), serde_json::from_str(&row.value)) {
            let _: std::result::Result<(), String> = setting.set(&mut loaded, text);
        }
    }
    loaded
}

/// Changes several settings at once, or none.
pub fn change(tx: &mut WriteTx<'_>, ctx: &Ctx, values: &[(String, String)]) -> Result<()> {
    ctx.need(Permission::ManageSettings, Target::Institution)?;
    store(tx, ctx, values)
}

/// Stores settings after checking each, and all of them together.
pub(crate) fn store(tx: &mut WriteTx<'_>, ctx: &Ctx, values: &[(String, String)]) -> Result<()> {
    let rows = settings::list(tx)?;
    let mut wanted = of_rows(&rows);
    let (mut wrong, mut known) = (Vec::new(), Vec::new());
    for (name, value) in values {
        let Some(setting) = named(name) else {
            let detail = format!("There is no setting {name}.");
            wrong.push(FieldError { field: "", detail });
            continue;
        };
        if let Err(detail) = setting.set(&mut wanted, value) {
            wrong.push(FieldError { field: setting.name, detail });
        }
        known.push(setting);
    }
    if wrong.is_empty() {
        wrong = wanted.contradictions();
    }
    if wanted.currency != of_rows(&rows).currency && (fees::any(tx)? || payments::any(tx)?) {
        let detail = "Fees or payments are recorded in the other currency already: it stays.";
        wrong.push(FieldError { field: "currency", detail: detail.to_owned() });
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    for setting in known {
        let before = rows.iter().find(|row| row.name == setting.name);
        put(tx, ctx, setting, before, &wanted)?;
    }
    if of_rows(&rows).time_zone != wanted.time_zone {
        let today = Zone::of(&wanted).date(ctx.now());
        academics::follow_everywhere(tx, ctx, today, "The time zone changed")?;
    }
    Ok(())
}

fn put(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    setting: &Setting,
    before: Option<&SettingRow>,
    wanted: &Settings,
) -> Result<()> {
    let name = setting.name;
    let new = json!(setting.get(wanted)).to_string();
    let old = before.map(|row| row.value.clone());
    let held = old.clone().unwrap_or_else(|| json!(setting.default()).to_string());
    if held == new {
        return Ok(());
    }
    let replaced = before.map_or(0, |row| row.version);
    tx.version_over(replaced);
    settings::put(tx, name, &new, ctx.act.actor, ctx.now())?;
    let change = Change::new("setting.change", "setting", setting.id());
    let (old, new) = (json!({ name: old }), json!({ name: new }));
    Ok(tx.journal(change.changed(&old, &new, replaced))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_setting_has_a_name_of_its_own_and_takes_its_default() {
        let mut names = BTreeSet::new();
        for setting in ALL {
            assert!(names.insert(setting.name), "{} twice", setting.name);
            assert!(setting.explanation.ends_with('.'), "{}", setting.name);
            let mut settings = Settings::default();
            assert_eq!(setting.set(&mut settings, &setting.default()), Ok(()), "{}", setting.name);
            assert_eq!(settings, Settings::default(), "{}", setting.name);
        }
    }

    #[test]
    fn what_is_stored_replaces_the_default_and_nonsense_does_not() {
        let row = |name: &str, value: &str| SettingRow {
            name: name.to_owned(),
            value: json!(value).to_string(),
            version: 1,
        };
        let rows = [row("session_minutes", "20"), row("step_seconds", "soon"), row("gone", "1")];
        let loaded = of_rows(&rows);
        assert_eq!(loaded, Settings { session_minutes: 20, ..Settings::default() });
    }

    #[test]
    fn a_warning_above_safe_is_a_contradiction() {
        let thresholds = Thresholds { safe: 70, warning: 71 };
        let settings = Settings { thresholds, ..Settings::default() };
        assert_eq!(settings.contradictions()[0].field, "warning_percent");
    }
}
