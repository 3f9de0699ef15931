//! The list of settings. To add one: a field of [`Settings`](super::Settings) with its default, and
//! an entry here.

use super::Group;
use super::kind::Kind;
use super::take::{country, currency, line, lines, zone};
use muster_domain::attendance::sharing::Networks;
use muster_domain::results::{GradeScale, Scheme};

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the database, the API and forms.
    pub name: &'static str,
    /// Under which heading it stands.
    pub group: Group,
    /// What it is called on screens.
    pub label: &'static str,
    /// What it does, in a sentence or two.
    pub explanation: &'static str,
    /// What it takes, and where it is kept.
    pub kind: Kind,
}

/// Every setting, in the order of the page.
pub static ALL: &[Setting] = &[
    Setting {
        name: "institution",
        group: Group::Institution,
        label: "Name of the institution",
        explanation: "It stands above every page.",
        kind: Kind::Text {
            lines: false,
            get: |settings| settings.institution.clone(),
            set: |settings, text| line(text).map(|name| settings.institution = name),
        },
    },
    Setting {
        name: "institution_address",
        group: Group::Institution,
        label: "Address of the institution",
        explanation: "Stands under its name on dockets, receipts, registers and results slips, in \
                      one line: up to four lines here, for example the street, a phone number, a \
                      web site.",
        kind: Kind::Text {
            lines: true,
            get: |settings| settings.institution_address.clone(),
            set: |settings, text| lines(text).map(|address| settings.institution_address = address),
        },
    },
    Setting {
        name: "accent",
        group: Group::Institution,
        label: "Colour of links and buttons",
        explanation: "Six digits after #, as a style guide has them, for example #7a1f5c. Where it \
                      would be hard to read, it is made darker on light pages and lighter on dark \
                      ones. Empty: the blue-green of Muster.",
        kind: Kind::Colour(|settings| &mut settings.accent),
    },
    Setting {
        name: "time_zone",
        group: Group::Institution,
        label: "Time zone",
        explanation: "Its name in the IANA list, for example Asia/Kolkata. All times are shown in \
                      it. When it changes, weekly meetings to come keep their time on the clock; \
                      single meetings, and all that is over, keep their moment.",
        kind: Kind::Text {
            lines: false,
            get: |settings| settings.time_zone.clone(),
            set: |settings, text| zone(text).map(|zone| settings.time_zone = zone),
        },
    },
    Setting {
        name: "phone_country",
        group: Group::Institution,
        label: "Country of phone numbers",
        explanation: "Its two letters, for example IN or KE. Numbers on passes that begin without \
                      + are read as numbers of this country.",
        kind: Kind::Text {
            lines: false,
            get: |settings| settings.phone_country.code().to_owned(),
            set: |settings, text| country(text).map(|country| settings.phone_country = country),
        },
    },
    Setting {
        name: "badge_years",
        group: Group::Institution,
        label: "Years that a badge is valid",
        explanation: "Counted from the day on which it is issued; badges issued before stay as they \
                      are.",
        kind: Kind::Number { low: 1, high: 10, at: |settings| &mut settings.badge_years },
    },
    Setting {
        name: "administrators_second_factor",
        group: Group::SigningIn,
        label: "Administrators need a second factor",
        explanation: "Whoever may manage people or settings and has no authenticator app yet sets \
                      one up at the next sign-in. Everybody else on the staff may.",
        kind: Kind::Switch(|settings| &mut settings.administrators_second_factor),
    },
    Setting {
        name: "login_hours",
        group: Group::SigningIn,
        label: "Hours that a sign-in holds",
        explanation: "In browsers and for programs, from signing in on; longer saves students \
                      typing on their own phones. Whoever is signed in already keeps the time \
                      of before.",
        kind: Kind::Number { low: 1, high: 720, at: |settings| &mut settings.login_hours },
    },
    Setting {
        name: "session_minutes",
        group: Group::Sessions,
        label: "Minutes that a session stays open",
        explanation: "A class may have its own; a teacher can extend a session.",
        kind: Kind::Number { low: 1, high: 1440, at: |settings| &mut settings.session_minutes },
    },
    Setting {
        name: "late_after_minutes",
        group: Group::Sessions,
        label: "Minutes after which a mark is late",
        explanation: "Counted from the start of the meeting, or of the session without one. A class may \
            have its own.",
        kind: Kind::Number { low: 0, high: 1440, at: |settings| &mut settings.late_after_minutes },
    },
    Setting {
        name: "step_seconds",
        group: Group::Sessions,
        label: "Seconds that a code is on screen",
        explanation: "Shorter makes passing codes on harder, longer helps slow phones.",
        kind: Kind::Number { low: 5, high: 30, at: |settings| &mut settings.step_seconds },
    },
    Setting {
        name: "device_rule",
        group: Group::Sharing,
        label: "A second student on one phone",
        explanation: "The first student who marks with a phone or browser owns it.",
        kind: Kind::Strictness(|settings| &mut settings.sharing.device),
    },
    Setting {
        name: "campus_networks",
        group: Group::Sharing,
        label: "Networks of the campus",
        explanation: "In CIDR notation, one a line, for example 10.20.0.0/16 or 2001:db8::/32. As \
                      seen by this server: behind a proxy, name that proxy to it. Empty: every \
                      network counts as the campus.",
        kind: Kind::Text {
            lines: true,
            get: |settings| settings.sharing.networks.to_string(),
            set: |settings, text| {
                Networks::parse(text).map(|networks| settings.sharing.networks = networks)
            },
        },
    },
    Setting {
        name: "network_rule",
        group: Group::Sharing,
        label: "A mark in class from another network",
        explanation: "Students on mobile data come from another network, too. Online sessions take \
                      marks from everywhere.",
        kind: Kind::Strictness(|settings| &mut settings.sharing.network),
    },
    Setting {
        name: "distance_rule",
        group: Group::Sharing,
        label: "A mark in class far from the room, or without a distance",
        explanation: "Only in classes whose page says where the room is. The student's browser asks \
                      before it tells where it is; only the distance in metres is kept.",
        kind: Kind::Strictness(|settings| &mut settings.sharing.distance.strictness),
    },
    Setting {
        name: "distance_metres",
        group: Group::Sharing,
        label: "Metres from the room that are near enough",
        explanation: "Indoors a phone is often off by 50 metres and more.",
        kind: Kind::Number {
            low: 20,
            high: 10_000,
            at: |settings| &mut settings.sharing.distance.metres,
        },
    },
    Setting {
        name: "sync_grace_hours",
        group: Group::Sharing,
        label: "Hours in which an offline mark may arrive",
        explanation: "A student without a network scans the code all the same; the phone sends it \
                      later. Counted from when the code was on the screen. 0: no offline mark is taken.",
        kind: Kind::Number { low: 0, high: 720, at: |settings| &mut settings.offline.grace_hours },
    },
    Setting {
        name: "online_since_rule",
        group: Group::Sharing,
        label: "An offline mark by a phone that was online meanwhile",
        explanation: "A phone that had a network after the code was on the screen would have sent the \
                      mark then.",
        kind: Kind::Strictness(|settings| &mut settings.offline.heard),
    },
    Setting {
        name: "online_roll_numbers",
        group: Group::Sharing,
        label: "Online, the roll number is enough",
        explanation: "Students then need not sign in to enter the one-time password. Easier, and \
                      easier to do for somebody else.",
        kind: Kind::Switch(|settings| &mut settings.online_roll_numbers),
    },
    Setting {
        name: "pin_sign_in",
        group: Group::SigningIn,
        label: "Teachers may sign in by PIN",
        explanation: "Meant for computers in classrooms: the code of a class and a teacher's own \
                      PIN take attendance in that class alone, for 8 hours, without a password \
                      or a second step. Switching it off ends what PINs have opened.",
        kind: Kind::Switch(|settings| &mut settings.pin_sign_in),
    },
    Setting {
        name: "weight_present",
        group: Group::Figures,
        label: "Percent of a session that present counts",
        explanation: "Weights and levels hold for every term, for locked and past ones too. A class may \
             have weights of its own.",
        kind: Kind::Number { low: 1, high: 100, at: |settings| &mut settings.weights.present },
    },
    Setting {
        name: "weight_late",
        group: Group::Figures,
        label: "Percent of a session that late counts",
        explanation: "With 50, being late twice counts as being absent once.",
        kind: Kind::Number { low: 0, high: 100, at: |settings| &mut settings.weights.late },
    },
    Setting {
        name: "weight_excused",
        group: Group::Figures,
        label: "Percent of a session that excused counts",
        explanation: "Empty: excused sessions are left out and count neither way.",
        kind: Kind::Optional { low: 0, high: 100, at: |settings| &mut settings.weights.excused },
    },
    Setting {
        name: "weight_absent",
        group: Group::Figures,
        label: "Percent of a session that absent counts",
        explanation: "More than 0 softens absences.",
        kind: Kind::Number { low: 0, high: 100, at: |settings| &mut settings.weights.absent },
    },
    Setting {
        name: "safe_percent",
        group: Group::Figures,
        label: "Percentage from which on attendance is safe",
        explanation: "Students below it are told how many sessions bring them back.",
        kind: Kind::Number { low: 0, high: 100, at: |settings| &mut settings.thresholds.safe },
    },
    Setting {
        name: "warning_percent",
        group: Group::Figures,
        label: "Percentage from which on it is a warning",
        explanation: "Below this one, attendance is critical.",
        kind: Kind::Number { low: 0, high: 100, at: |settings| &mut settings.thresholds.warning },
    },
    Setting {
        name: "absences_at_risk",
        group: Group::Figures,
        label: "Absences in a row that put a student at risk",
        explanation: "Whoever has a warning or is critical is at risk anyway.",
        kind: Kind::Number { low: 1, high: 100, at: |settings| &mut settings.absences_at_risk },
    },
    Setting {
        name: "low_after_sessions",
        group: Group::Figures,
        label: "Sessions before a low percentage is told",
        explanation: "A student is told once when their attendance in a class falls below safe, \
                      and again only after it has risen two percent above it. In a class's first \
                      sessions nobody is told.",
        kind: Kind::Number { low: 1, high: 100, at: |settings| &mut settings.low_after_sessions },
    },
    Setting {
        name: "leaderboard",
        group: Group::Figures,
        label: "Classes have leaderboards",
        explanation: "They name only students who chose it on their profile.",
        kind: Kind::Switch(|settings| &mut settings.leaderboard),
    },
    Setting {
        name: "guardian_letters",
        group: Group::Telling,
        label: "What guardians are told by e-mail",
        explanation: "When students are told that they were absent, or that their attendance in a \
                      class fell, a letter goes to the guardian's address in their record, too. \
                      Look first whether students have to agree: many are of age.",
        kind: Kind::Guardians(|settings| &mut settings.guardian_letters),
    },
    Setting {
        name: "currency",
        group: Group::Finance,
        label: "Currency",
        explanation: "Three letters, for example INR, EUR or KES. All fees and payments are in it; \
                      it stays once there are any.",
        kind: Kind::Text {
            lines: false,
            get: |settings| settings.currency.code().to_owned(),
            set: |settings, text| currency(text).map(|currency| settings.currency = currency),
        },
    },
    Setting {
        name: "finance_office",
        group: Group::Finance,
        label: "Office for questions about money",
        explanation: "Where students are sent who are not cleared for an assessment.",
        kind: Kind::Text {
            lines: false,
            get: |settings| settings.finance_office.clone(),
            set: |settings, text| line(text).map(|name| settings.finance_office = name),
        },
    },
    Setting {
        name: "result_scheme",
        group: Group::Results,
        label: "How assessments count",
        explanation: "A line for each: its code, the points that can be reached, and its percent of \
                      the total, for example CA1 20 20; together they make 100. A class keeps what \
                      was set when its first result was entered, and its teacher may change it.",
        kind: Kind::Text {
            lines: true,
            get: |settings| settings.result_scheme.to_string(),
            set: |settings, text| {
                let scheme = Scheme::parse(text).map_err(|error| error.to_string())?;
                settings.result_scheme = scheme;
                Ok(())
            },
        },
    },
    Setting {
        name: "grade_scale",
        group: Group::Results,
        label: "Grades",
        explanation: "A line for each, the best first: its letter, the least percentage, and its \
                      grade point, for example A+ 80 9; the last one begins at 0. Grades are never \
                      stored: another scale grades all results anew.",
        kind: Kind::Text {
            lines: true,
            get: |settings| settings.grade_scale.to_string(),
            set: |settings, text| {
                let scale = GradeScale::parse(text).map_err(|error| error.to_string())?;
                settings.grade_scale = scale;
                Ok(())
            },
        },
    },
    Setting {
        name: "teachers_publish",
        group: Group::Results,
        label: "Teachers publish results",
        explanation: "Without it, teachers enter the results of their classes and the registrar \
                      publishes them.",
        kind: Kind::Switch(|settings| &mut settings.teachers_publish),
    },
    Setting {
        name: "invigilators_override",
        group: Group::Exams,
        label: "Invigilators let in whom the rule refuses",
        explanation: "At the rooms of exams, with a reason that is recorded with their name. \
                      Registrars may at any rate.",
        kind: Kind::Switch(|settings| &mut settings.invigilators_override),
    },
];

/// The setting of that name.
pub fn named(name: &str) -> Option<&'static Setting> {
    ALL.iter().find(|setting| setting.name == name)
}
