//! The frame of a page for whoever is looking: their name, navigation and theme.

use super::look::initials;
use super::shell::{Crumb, NavItem, Shell, ShellPerson, Theme};
use crate::caller::Caller;
use muster_domain::auth::{Permission, Role};

impl Caller {
    /// The frame of a page with that title.
    pub fn shell(&self, title: impl Into<String>) -> Shell {
        let mut shell = Shell::of(&self.known.settings, title);
        self.uri.path_and_query().map_or("/", |path| path.as_str()).clone_into(&mut shell.path);
        let theme = self.jar.get(Theme::COOKIE).map_or("", |cookie| cookie.value());
        shell.theme = Theme::parse(theme);
        if let Some(who) = &self.who {
            let roles = Role::ALL.into_iter().find(|role| who.actor.is(*role));
            shell.person = Some(ShellPerson {
                name: who.name.clone(),
                initials: initials(&who.name),
                role: roles.map(Role::label).unwrap_or_default().to_owned(),
                photo: String::new(),
                href: "/me".to_owned(),
            });
            shell.unread = who.unread;
            shell.nav = self.navigation();
            if who.actor.class.is_some() {
                shell.finds = false;
                shell.person.iter_mut().for_each(|person| person.href.clear());
            }
        }
        shell
    }

    fn navigation(&self) -> Vec<NavItem> {
        let Some(who) = &self.who else { return Vec::new() };
        let may = |permission| who.actor.may_somewhere(permission);
        let staffs = who.actor.staffed_classes().next().is_some();
        let keeps = may(Permission::ManageFinance);
        let today = staffs || !(keeps || may(Permission::ViewOverview));
        if let Some(class) = who.actor.class {
            let (href, current) = (format!("/classes/{class}"), true);
            let label = "This class".to_owned();
            return vec![NavItem { href, label, icon: "classes", current, count: 0 }];
        }
        // Whoever looks after money alone finds it first.
        let only = keeps && !may(Permission::ViewOverview);
        let overview = may(Permission::ViewOverview);
        let verifies = may(Permission::VerifyCredentials);
        let entries = [
            // Whoever stands at a door needs that above all.
            (verifies && !overview, "/verify", "Verify", "qr"),
            (today, "/", "Today", "home"),
            (may(Permission::MarkSelf), "/mark", "Mark me", "qr"),
            (may(Permission::MarkSelf), "/attendance", "Attendance", "chart"),
            (may(Permission::MarkSelf), "/account", "Payments", "wallet"),
            (may(Permission::MarkSelf), "/results", "Results", "list"),
            (may(Permission::MarkSelf), "/dockets", "Dockets", "ticket"),
            (may(Permission::ViewFinance) && only, "/finance", "Finance", "wallet"),
            (may(Permission::ViewFinance) && only, "/payments", "Payments", "list"),
            (may(Permission::ViewPeople), "/people", "People", "people"),
            (may(Permission::ViewClass), "/classes", "Classes", "classes"),
            (staffs || may(Permission::MarkSelf), "/timetable", "Timetable", "calendar"),
            (overview, "/overview", "Open sessions", "live"),
            (overview, "/analytics", "Analytics", "chart"),
            (
                may(Permission::DecideCorrections) || may(Permission::AskForCorrection),
                "/corrections",
                "Corrections",
                "edit",
            ),
            (may(Permission::AskForLeave), "/leave", "Leave", "note"),
            (may(Permission::ViewFinance) && !only, "/finance", "Finance", "wallet"),
            (may(Permission::ViewSittings), "/sittings", "Exams", "shield"),
            (may(Permission::ViewEvents), "/events", "Events", "ticket"),
            (verifies && overview, "/verify", "Verify", "qr"),
            (may(Permission::OverrideVerdicts), "/incidents", "Incidents", "alert"),
            (true, "/announcements", "Announcements", "megaphone"),
            (true, "/inbox", "Inbox", "bell"),
            (keeps || may(Permission::ManageAcademics), "/imports", "Import", "upload"),
            (self.app.lan.is_some() && (staffs || overview), "/join", "Phones here", "device"),
            (may(Permission::ViewJournal), "/journal", "Journal", "journal"),
            (may(Permission::SettleConflicts), "/conflicts", "Conflicts", "history"),
            (may(Permission::ManageSettings), "/settings", "Settings", "settings"),
        ];
        // Payments are an entry of their own for whoever keeps them, else a part of another one; so
        // are dockets for whoever has some.
        let entry = match entry(self.uri.path()).as_str() {
            "/dockets" if may(Permission::ViewSittings) => "/sittings".to_owned(),
            own if own != "/payments" || only => own.to_owned(),
            _ if may(Permission::ViewFinance) => "/finance".to_owned(),
            _ => "/account".to_owned(),
        };
        let shown = entries.into_iter().filter(|(shown, ..)| *shown);
        shown
            .map(|(_, href, label, icon)| NavItem {
                href: href.to_owned(),
                label: label.to_owned(),
                icon,
                current: href == entry,
                count: match href {
                    "/inbox" => who.unread,
                    "/corrections" => who.waiting.corrections,
                    "/leave" => who.waiting.leaves,
                    "/incidents" => who.waiting.incidents,
                    "/conflicts" => who.waiting.conflicts,
                    _ => 0,
                },
            })
            .collect()
    }
}

/// The entry of the navigation to which a page belongs, by the first part of its address. What
/// classes are made of stands beside them, the month beside the week.
fn entry(path: &str) -> String {
    let mut parts = path.trim_start_matches('/').split('/');
    let first = parts.next().unwrap_or_default();
    let entry = match first {
        // What becomes of an assessment; the assessment itself says what must be paid for it.
        "assessments"
            if matches!(
                parts.nth(1),
                Some("room-list" | "entries" | "docket-figures" | "results")
            ) =>
        {
            "sittings"
        }
        "courses" | "programmes" | "faculties" | "terms" | "holidays" => "classes",
        "calendar" => "timetable",
        "registers" => "overview",
        "passes" | "pass-types" => "events",
        "letters" | "nodes" => "settings",
        "badges" | "badge-batches" => "people",
        "accounts" | "fees" | "assessments" => "finance",
        "verifier-devices" => "verify",
        "holds" | "eligibility" | "docket-batches" => "sittings",
        own => own,
    };
    format!("/{entry}")
}

/// The way to a page: addresses and words from the outermost, the page itself without address.
pub(super) fn crumbs<const N: usize>(steps: [(String, String); N]) -> Vec<Crumb> {
    steps.into_iter().map(|(href, label)| Crumb { href, label }).collect()
}
