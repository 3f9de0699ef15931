//! What every page shows around its content: institution, person, navigation, notice, theme.

use crate::accent;
use muster_app::settings::Settings;

/// The frame of a page; templates hold it in a field named `shell`.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Language of the page, for example `en`.
    pub lang: String,
    /// Title of the page and its main heading.
    pub title: String,
    /// Name of the institution.
    pub institution: String,
    /// Path and query of this page, to come back to after a change of theme.
    pub path: String,
    /// Who is signed in.
    pub person: Option<ShellPerson>,
    /// How many notices this person has not read.
    pub unread: i64,
    /// Whether this person may search everything.
    pub finds: bool,
    /// All that this person may open; the first three stand in the phone's bottom bar.
    pub nav: Vec<NavItem>,
    /// The way here, from the outermost; the page itself comes last, without an address.
    pub crumbs: Vec<Crumb>,
    /// What the last act brought about.
    pub flash: Option<Flash>,
    /// Light, dark, or as the device prefers.
    pub theme: Theme,
    /// Address of the style sheet with the institution's own accent, if it has one.
    pub accent: Option<String>,
}

impl Shell {
    /// A frame without navigation, as for signing in; fill in the rest with struct update.
    pub fn new(institution: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            lang: "en".into(),
            title: title.into(),
            institution: institution.into(),
            path: "/".into(),
            person: None,
            unread: 0,
            finds: true,
            nav: Vec::new(),
            crumbs: Vec::new(),
            flash: None,
            theme: Theme::Auto,
            accent: None,
        }
    }

    /// The same with the institution's name and accent.
    pub fn of(settings: &Settings, title: impl Into<String>) -> Self {
        let mut shell = Self::new(&settings.institution, title);
        shell.accent = settings.accent.map(accent::url);
        shell
    }

    /// What stands in the bottom bar of a phone.
    pub fn primary(&self) -> &[NavItem] {
        self.nav.get(..3).unwrap_or(&self.nav)
    }

    /// What stands behind "More" there.
    pub fn more(&self) -> &[NavItem] {
        self.nav.get(3..).unwrap_or_default()
    }

    /// How much waits behind "More".
    pub fn waiting(&self) -> i64 {
        self.more().iter().map(|item| item.count).sum()
    }

    /// Whether the page that is shown stands behind "More".
    pub fn in_more(&self) -> bool {
        self.more().iter().any(|item| item.current)
    }
}

/// The person at the foot of the navigation.
#[derive(Clone, Debug)]
pub struct ShellPerson {
    /// Full name.
    pub name: String,
    /// Shown where there is no photo.
    pub initials: String,
    /// What they are here, for example `Teacher`.
    pub role: String,
    /// Address of the photo, or empty.
    pub photo: String,
    /// Address of their own page; empty where the login doesn't reach it.
    pub href: String,
}

/// An entry of the navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Address.
    pub href: String,
    /// Word.
    pub label: String,
    /// Name of an icon in `islands/icons/icons.svg`.
    pub icon: &'static str,
    /// Whether the page that is shown belongs to it.
    pub current: bool,
    /// How much waits there.
    pub count: i64,
}

/// A step on the way to this page.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// Address; empty for the page itself.
    pub href: String,
    /// Word.
    pub label: String,
}

/// A notice above the content.
#[derive(Clone, Debug)]
pub struct Flash {
    /// Decides colour and icon.
    pub kind: FlashKind,
    /// One or two sentences.
    pub text: String,
    /// How to take the act back, where that is possible.
    pub undo: Option<Undo>,
}

/// A form with a single button that takes an act back.
#[derive(Clone, Debug)]
pub struct Undo {
    /// Where it is posted.
    pub action: String,
    /// Word on the button.
    pub label: String,
}

/// The sort of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashKind {
    /// Something was done.
    Ok,
    /// Something to know.
    Info,
    /// Something to look after.
    Warning,
    /// Something went wrong.
    Error,
}

impl FlashKind {
    /// Value of `data-kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Name of its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Ok => "check",
            Self::Info => "info",
            Self::Warning | Self::Error => "alert",
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device prefers.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Name of the cookie that keeps the choice.
    pub const COOKIE: &str = "muster_theme";

    /// Reads the cookie or the form; anything else is [`Theme::Auto`].
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// Value of the cookie, the form and `data-theme`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(label: &str) -> NavItem {
        NavItem { href: "/".into(), label: label.into(), icon: "home", current: false, count: 0 }
    }

    #[test]
    fn three_entries_stand_in_the_bottom_bar_and_the_rest_behind_more() {
        let mut shell = Shell::new("Example", "Today");
        shell.nav = ["a", "b", "c", "d"].map(item).to_vec();
        assert_eq!(shell.primary().len(), 3);
        assert_eq!(shell.more().len(), 1);
        shell.nav.truncate(2);
        assert_eq!((shell.primary().len(), shell.more().len()), (2, 0));
    }

    #[test]
    fn an_unknown_theme_follows_the_device() {
        assert_eq!(Theme::parse("dark"), Theme::Dark);
        assert_eq!(Theme::parse("\"><script>"), Theme::Auto);
    }
}
