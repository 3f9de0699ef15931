//! What an edge may see.

use crate::{Form, Result};
use muster_domain::ids::ClassId;
use muster_storage::{ReadTx, academics, replication};
use serde_json::{Value, json};

/// What an edge may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The whole institution.
    #[default]
    All,
    /// Some classes, with their people and staff, and what is everybody's.
    Classes(Vec<ClassId>),
}

/// A scope as it is typed: every class, or those of these ids.
#[derive(Clone, Debug, Default)]
pub struct ScopeInput {
    /// Whether the edge sees everything.
    pub all: bool,
    /// Else, which classes.
    pub classes: Vec<String>,
}

impl ScopeInput {
    /// Reads it; classes must be there.
    pub(super) fn check(&self, tx: &mut ReadTx<'_>, form: &mut Form) -> Result<Scope> {
        if self.all {
            return Ok(Scope::All);
        }
        let mut classes = Vec::new();
        for text in &self.classes {
            let class = text.parse::<ClassId>().ok();
            match class {
                Some(class) if academics::class(tx, class)?.is_some() => classes.push(class),
                _ => form.wrong("classes", "One of these classes does not exist, or no longer."),
            }
        }
        classes.sort_unstable();
        classes.dedup();
        if classes.is_empty() {
            form.wrong("classes", "Choose a class, or the whole institution.");
        }
        Ok(Scope::Classes(classes))
    }
}

impl Scope {
    /// As it is stored: nothing for the whole institution.
    pub(super) fn stored(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Classes(_) => Some(self.told().to_string()),
        }
    }

    /// Reads what was stored; what can't be read is a scope of nothing.
    pub(super) fn of(stored: Option<&str>) -> Self {
        let Some(text) = stored else { return Self::All };
        let ids: Vec<uuid::Uuid> = serde_json::from_str(text).unwrap_or_default();
        Self::Classes(ids.into_iter().map(ClassId).collect())
    }

    /// For the journal.
    pub(super) fn told(&self) -> Value {
        match self {
            Self::All => json!("all"),
            Self::Classes(classes) => json!(classes.iter().map(|id| id.0).collect::<Vec<_>>()),
        }
    }
}

/// A scope's classes, in their order: one that was made on two nodes may stand under the other name.
pub fn as_they_stand(tx: &mut ReadTx<'_>, classes: &[ClassId]) -> Result<Vec<ClassId>> {
    let ids: Vec<_> = classes.iter().map(|class| class.0).collect();
    let led = replication::stands_for(tx, &ids)?;
    Ok(ids.into_iter().map(|id| ClassId(led.get(&id).copied().unwrap_or(id))).collect())
}

/// The names of a scope's classes, in their order.
pub fn named(tx: &mut ReadTx<'_>, scope: &Scope) -> Result<Vec<String>> {
    let Scope::Classes(classes) = scope else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for class in as_they_stand(tx, classes)? {
        let row = academics::class(tx, class)?;
        let name = row.map(|row| format!("{} {}", row.course_code, row.section));
        names.push(name.unwrap_or_else(|| "a class that is gone".to_owned()));
    }
    Ok(names)
}
