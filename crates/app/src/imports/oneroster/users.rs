//! Users: people here.

use super::SOURCED_ID;
use super::draft::Draft;
use super::known::{Known, separate};
use muster_documents::oneroster::{Bundle, Record};
use muster_domain::imports::Kind;
use std::collections::HashMap;

/// People by the other system's names.
pub(super) struct Users<'b> {
    numbers: HashMap<String, String>,
    emails: HashMap<&'b str, &'b str>,
    /// Of version 1.2, where a user may have several.
    roles: HashMap<&'b str, &'b str>,
}

impl<'b> Users<'b> {
    pub fn of(bundle: &'b Bundle, known: &Known) -> Self {
        let mut numbers = known.users.clone();
        let mut emails = HashMap::new();
        for user in bundle.users.records() {
            // Who is known keeps the number that they have here.
            let own = [user.get("identifier"), user.get("username"), user.id()];
            let number = own.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
            numbers.entry(user.id().to_owned()).or_insert_with(|| number.to_owned());
            emails.insert(user.id(), user.get("email"));
        }
        let mut roles = HashMap::new();
        for role in bundle.roles.records().filter(|role| !role.is_gone()) {
            let entry = roles.entry(role.get("userSourcedId")).or_insert(role.get("role"));
            let primary = role.get("roleType").eq_ignore_ascii_case("primary");
            if *entry != "student" && (primary || role.get("role") == "student") {
                *entry = role.get("role");
            }
        }
        Self { numbers, emails, roles }
    }

    /// The number of a user.
    pub fn number(&self, id: &str) -> Option<&str> {
        self.numbers.get(id).map(String::as_str)
    }

    pub fn draft(&self, bundle: &Bundle) -> Draft {
        let columns = [
            "number",
            "name",
            "role",
            "username",
            "email",
            "phone",
            "guardian_email",
            "status",
            SOURCED_ID,
        ];
        let mut draft = Draft::new(Kind::People, bundle.users.file, &columns);
        for user in bundle.users.records() {
            let phone = [user.get("phone"), user.get("sms")];
            let phone = phone.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
            let role = self.roles.get(user.id()).copied().unwrap_or(user.get("role"));
            let cells = [
                self.number(user.id()).unwrap_or_default(),
                &name(user),
                here(role),
                user.get("username"),
                user.get("email"),
                phone,
                self.guardian_email(user),
                status(user),
                user.id(),
            ];
            draft.line(user.number(), &cells);
        }
        draft
    }

    /// Of the first guardian in the bundle who has one.
    fn guardian_email(&self, user: Record<'_>) -> &str {
        let agents = separate(user.get("agentSourcedIds"));
        let emails = agents.filter_map(|id| self.emails.get(id).copied());
        emails.into_iter().find(|email| !email.is_empty()).unwrap_or_default()
    }
}

/// The preferred name (1.2) where there is one.
fn name(user: Record<'_>) -> String {
    let or = |preferred: &str, given: &str| match user.get(preferred) {
        "" => user.get(given).to_owned(),
        preferred => preferred.to_owned(),
    };
    let names = [
        or("preferredGivenName", "givenName"),
        or("preferredMiddleName", "middleName"),
        or("preferredFamilyName", "familyName"),
    ];
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    names.join(" ")
}

/// Roles of the standard, and those of ours. Teachers are named for their classes; administrators
/// by hand.
fn here(role: &str) -> &'static str {
    match role.to_lowercase().as_str() {
        "student" => "student",
        "guardian" | "parent" | "relative" => "guardian",
        _ => "staff",
    }
}

fn status(user: Record<'_>) -> &'static str {
    let disabled = user.get("enabledUser").eq_ignore_ascii_case("false");
    if user.is_gone() || disabled { "inactive" } else { "active" }
}
