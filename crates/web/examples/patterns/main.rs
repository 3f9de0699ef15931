//! Writes pages that show every component of the design system, with made-up content, into
//! `islands/patterns/`: `cargo run -p muster-web --example patterns`.

use std::error::Error;
use std::fs;
use std::path::Path;

use askama::Template;
// Templates name these from the root of the crate that compiles them.
use muster_web::{assets, pages};
use pages::form::{Choice, Errors};
use pages::look::{MarkRow, Tab};
use pages::shell::{Crumb, Flash, FlashKind, NavItem, Shell, ShellPerson, Undo};

#[derive(Template)]
#[template(path = "pattern_gallery.html")]
struct Gallery {
    shell: Shell,
    errors: Errors,
    choices: Vec<Choice>,
    tabs: Vec<Tab>,
}

#[derive(Template)]
#[template(path = "pattern_today.html")]
struct Today {
    shell: Shell,
}

#[derive(Template)]
#[template(path = "pattern_session.html")]
struct Session {
    shell: Shell,
    rows: Vec<MarkRow>,
}

#[derive(Template)]
#[template(path = "pattern_student.html")]
struct Student {
    shell: Shell,
}

#[derive(Template)]
#[template(path = "pattern_sign_in.html")]
struct SignIn {
    shell: Shell,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "pattern_projector.html")]
struct Projector {
    shell: Shell,
    qr: String,
}

#[derive(Template)]
#[template(path = "pattern_overview.html")]
struct Overview {
    shell: Shell,
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../islands/patterns");
    fs::create_dir_all(&out)?;
    let write = |name: &str, html: Result<String, askama::Error>| -> Result<(), Box<dyn Error>> {
        Ok(fs::write(out.join(name), html?)?)
    };
    write("index.html", gallery().render())?;
    write(
        "today.html",
        Today { shell: Shell { crumbs: Vec::new(), ..shell("Today", "Today") } }.render(),
    )?;
    write("session.html", session().render())?;
    write("student.html", Student { shell: student_shell() }.render())?;
    write("sign-in.html", sign_in().render())?;
    let projector = Projector { shell: shell("Linear Algebra", ""), qr: fake_qr() };
    write("projector.html", projector.render())?;
    write("overview.html", Overview { shell: shell("Open sessions", "Live") }.render())?;
    Ok(())
}

fn gallery() -> Gallery {
    let mut errors = Errors::default();
    errors.add("email", "Enter an e-mail address, for example anna@example.org.");
    errors.add("course", "Choose a course.");
    let tab = |label: &str, count: &str, current| Tab {
        href: "#".into(),
        label: label.into(),
        count: count.into(),
        current,
    };
    let mut shell = shell("Pattern book", "Classes");
    shell.flash = Some(Flash {
        kind: FlashKind::Ok,
        text: "The session is closed. 41 of 48 students were present; 5 were written absent."
            .into(),
        undo: Some(Undo { action: "#".into(), label: "Reopen".into() }),
    });
    Gallery {
        shell,
        errors,
        choices: Choice::list([("a", "Monday"), ("b", "Tuesday"), ("c", "Wednesday")], "b"),
        tabs: vec![
            tab("Students", "48", true),
            tab("Sessions", "17", false),
            tab("Timetable", "", false),
            tab("Settings", "", false),
        ],
    }
}

fn session() -> Session {
    let names = [
        ("Aarav Sharma", "present", "QR code", "10:02"),
        ("Beatriz Almeida da Conceição", "present", "QR code", "10:02"),
        ("Chen Wei", "late", "typed code", "10:14"),
        ("Dhruv Patel", "", "", ""),
        ("Esi Owusu-Ansah", "excused", "by hand, M. Iyer", "09:58"),
        ("فاطمة الزهراء", "present", "QR code", "10:03"),
        ("Gwendolyn Featherstonehaugh-Cholmondeley", "absent", "by hand, M. Iyer", "10:15"),
        ("Hiro Tanaka", "", "", ""),
    ];
    let row = |(index, (name, status, method, at)): (usize, &(&str, &str, &str, &str))| MarkRow {
        person: format!("00000000-0000-4000-8000-{index:012}"),
        name: (*name).into(),
        roll: format!("24CS{:03}", index + 1),
        status: (*status).into(),
        method_word: (*method).into(),
        at: if at.is_empty() { String::new() } else { format!("2026-11-21T{at}:00Z") },
        at_words: (*at).into(),
        photo: String::new(),
        reason: String::new(),
        on_leave: index == 7,
        flags: if index == 2 { vec!["shared device".into()] } else { vec![] },
    };
    let mut shell = shell("Linear Algebra", "Today");
    shell.crumbs = crumbs(&[("/", "Today"), ("#", "MA201 · A"), ("", "Session 10:00")]);
    Session { shell, rows: names.iter().enumerate().map(row).collect() }
}

fn sign_in() -> SignIn {
    let mut errors = Errors::default();
    errors.add("", "This name and password don't fit together. Check both and try again.");
    SignIn { shell: Shell::new("Northfield Institute of Technology", "Sign in"), errors }
}

fn shell(title: &str, current: &str) -> Shell {
    let nav = [
        ("Today", "home"),
        ("Classes", "classes"),
        ("Live", "live"),
        ("People", "people"),
        ("Timetable", "calendar"),
        ("Journal", "journal"),
        ("Settings", "settings"),
    ];
    Shell {
        nav: nav.map(|(label, icon)| item(label, icon, current)).to_vec(),
        crumbs: crumbs(&[("/", "Today"), ("", title)]),
        person: Some(ShellPerson {
            name: "Meenakshi Iyer".into(),
            initials: "MI".into(),
            role: "Teacher".into(),
            photo: String::new(),
            href: "#".into(),
        }),
        ..Shell::new("Northfield Institute of Technology", title)
    }
}

fn student_shell() -> Shell {
    let nav = [("Today", "home"), ("Attendance", "chart"), ("Timetable", "calendar")];
    Shell {
        nav: nav.map(|(label, icon)| item(label, icon, "Today")).to_vec(),
        crumbs: Vec::new(),
        ..shell("Good morning, Aarav", "Today")
    }
}

fn item(label: &str, icon: &'static str, current: &str) -> NavItem {
    NavItem { href: "#".into(), label: label.into(), icon, current: label == current, count: 0 }
}

fn crumbs(steps: &[(&str, &str)]) -> Vec<Crumb> {
    let crumb =
        |(href, label): &(&str, &str)| Crumb { href: (*href).into(), label: (*label).into() };
    steps.iter().map(crumb).collect()
}

/// Something that looks like a QR of 29 modules; the real one comes from the credential crate.
fn fake_qr() -> String {
    let finder = |x: i32, y: i32| x.abs().max(y.abs()) != 2 && x.abs().max(y.abs()) < 4;
    let dark = |x: i32, y: i32| {
        let corners = [(3, 3), (25, 3), (3, 25)];
        corners
            .iter()
            .find(|(cx, cy)| (x - cx).abs().max((y - cy).abs()) <= 4)
            .map_or((x * 7 + y * 13 + x * y) % 5 < 2, |(cx, cy)| finder(x - cx, y - cy))
    };
    let modules = (0..29).flat_map(|y| (0..29).map(move |x| (x, y)));
    let drawn = modules.filter(|(x, y)| dark(*x, *y)).map(|(x, y)| format!("M{x} {y}h1v1h-1z"));
    drawn.collect()
}
