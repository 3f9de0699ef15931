//! The register of a class on paper: its sessions beside each other, its students below each other.

use super::register::letters;
use crate::caller::Caller;
use crate::printing;
use crate::times;
use axum::response::Response;
use muster_app::figures::{TermRegister, Timetabled};
use muster_documents::paper::{Day, Paper, Register, Row};
use muster_storage::patterns::PatternRow;

const LEGEND: [&str; 4] = ["P present", "L late", "E excused", "A absent"];

/// A class's register over its term as PDF.
pub(crate) async fn file(
    caller: &Caller,
    register: &TermRegister,
    timetabled: Timetabled,
) -> muster_app::Result<Response> {
    let class = &register.figures.class;
    let name = format!("{} {} {}", class.course_code, class.section, class.term_name);
    let title = format!("Register: {name}");
    let paper = on_paper(caller, register, timetabled);
    printing::pdf(caller, Paper::Register, (&name, title), vec![paper]).await
}

fn on_paper(caller: &Caller, register: &TermRegister, timetabled: Timetabled) -> Register {
    let settings = &caller.known.settings;
    let class = &register.figures.class;
    let Timetabled { teachers, patterns } = timetabled;
    let meets = patterns.iter().map(|row| meets(row, class.room.as_deref()));
    let day = |at| Day {
        weekday: times::local(settings, at, "%a"),
        date: times::local(settings, at, "%-d/%-m"),
    };
    let rows = register.figures.students.iter().map(|item| Row {
        roll: item.place.roll_number.clone(),
        number: item.place.number.clone(),
        name: item.place.name.clone(),
        marks: letters(register, item.place.person)
            .into_iter()
            .map(|(letter, _)| letter.to_owned())
            .collect(),
        rate: item.share.to_string(),
    });
    Register {
        code: format!("{} {}", class.course_code, class.section),
        class: class.course_name.clone(),
        teachers: teachers.join(", "),
        term: class.term_name.clone(),
        meets: meets.collect::<Vec<_>>().join("; "),
        days: register.sessions.iter().map(|session| day(session.held_at)).collect(),
        rows: rows.collect(),
        legend: LEGEND.map(str::to_owned).to_vec(),
        printed: times::moment(settings, caller.ctx.now()),
    }
}

/// When a class meets each week, and where.
fn meets(row: &PatternRow, usual: Option<&str>) -> String {
    let clock = times::minute_words;
    let (begins, ends) = (clock(row.starts_minute), clock(row.ends_minute));
    let room = row.room.as_deref().or(usual).map(|room| format!(", {room}")).unwrap_or_default();
    format!("{} {begins}–{ends}{room}", row.weekday.label())
}
