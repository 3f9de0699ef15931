//! What settings take: how each sort of value is read, written and chosen.

use super::take::number;
use super::{Setting, Settings};
use muster_domain::attendance::sharing::Strictness;
use muster_domain::colour::Colour;
use muster_domain::guardians::GuardianLetters;
use uuid::Uuid;

/// What a setting takes, and where [`Settings`] keeps it.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text.
    Text {
        /// Whether it may have several lines.
        lines: bool,
        /// The text in force.
        get: fn(&Settings) -> String,
        /// Takes another one, or says what is wrong with it.
        set: fn(&mut Settings, &str) -> Result<(), String>,
    },
    /// A colour, or Muster's own.
    Colour(fn(&mut Settings) -> &mut Option<Colour>),
    /// Yes or no.
    Switch(fn(&mut Settings) -> &mut bool),
    /// How strictly a rule is kept.
    Strictness(fn(&mut Settings) -> &mut Strictness),
    /// What guardians are told.
    Guardians(fn(&mut Settings) -> &mut GuardianLetters),
    /// A whole number.
    Number {
        /// The least.
        low: i64,
        /// The most.
        high: i64,
        /// Where it is.
        at: fn(&mut Settings) -> &mut i64,
    },
    /// A whole number, or nothing.
    Optional {
        /// The least.
        low: i64,
        /// The most.
        high: i64,
        /// Where it is.
        at: fn(&mut Settings) -> &mut Option<i64>,
    },
}

impl Kind {
    /// The names and words of what may be chosen, where that is a list.
    pub fn choices(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Switch(_) => vec![("true", "Yes"), ("false", "No")],
            Self::Strictness(_) => Strictness::ALL.map(|one| (one.key(), one.label())).to_vec(),
            Self::Guardians(_) => GuardianLetters::ALL.map(|one| (one.key(), one.label())).to_vec(),
            Self::Text { .. } | Self::Colour(_) | Self::Number { .. } | Self::Optional { .. } => {
                Vec::new()
            }
        }
    }
}

impl Setting {
    /// The value in force, as text.
    pub fn get(&self, settings: &Settings) -> String {
        let mut settings = settings.clone();
        match self.kind {
            Kind::Text { get, .. } => get(&settings),
            Kind::Colour(at) => at(&mut settings).map(|one| one.to_string()).unwrap_or_default(),
            Kind::Switch(at) => at(&mut settings).to_string(),
            Kind::Strictness(at) => at(&mut settings).key().to_owned(),
            Kind::Guardians(at) => at(&mut settings).key().to_owned(),
            Kind::Number { at, .. } => at(&mut settings).to_string(),
            Kind::Optional { at, .. } => {
                at(&mut settings).map(|n| n.to_string()).unwrap_or_default()
            }
        }
    }

    /// The value that holds where nothing else was chosen.
    pub fn default(&self) -> String {
        self.get(&Settings::default())
    }

    /// Takes a value as typed, or says what is wrong with it.
    pub fn set(&self, settings: &mut Settings, text: &str) -> Result<(), String> {
        match self.kind {
            Kind::Text { set, .. } => set(settings, text),
            Kind::Colour(at) => {
                let nothing = text.trim().is_empty();
                *at(settings) = if nothing { None } else { Some(colour(text)?) };
                Ok(())
            }
            Kind::Switch(at) => {
                *at(settings) = text.trim().parse().map_err(|_| "Choose yes or no.".to_owned())?;
                Ok(())
            }
            Kind::Strictness(at) => {
                let known = Strictness::from_key(text.trim());
                *at(settings) = known.ok_or_else(|| "Choose off, flag or refuse.".to_owned())?;
                Ok(())
            }
            Kind::Guardians(at) => {
                let known = GuardianLetters::from_key(text.trim());
                let choose = "Choose nothing, low_attendance or absences_and_low_attendance.";
                *at(settings) = known.ok_or_else(|| choose.to_owned())?;
                Ok(())
            }
            Kind::Number { low, high, at } => {
                *at(settings) = number(text, low, high)?;
                Ok(())
            }
            Kind::Optional { low, high, at } => {
                let nothing = text.trim().is_empty();
                *at(settings) = if nothing { None } else { Some(number(text, low, high)?) };
                Ok(())
            }
        }
    }

    /// Under which its changes stand in the journal.
    pub fn id(&self) -> Uuid {
        Uuid::new_v5(&muster_domain::ids::NAMESPACE, self.name.as_bytes())
    }
}

fn colour(text: &str) -> Result<Colour, String> {
    Colour::parse(text).ok_or_else(|| "Enter six digits after #, for example #7a1f5c.".to_owned())
}
