//! The institution in figures: cards, charts with their tables, classes compared, absentees.

use super::chart::{Chart, Point};
use super::form::Choice;
use super::look::{Share, Tab};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, column, download, share, text};
use crate::times;
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use muster_app::analytics::{self, Analytics, ClassSum, Filter, Sum};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::attendance::{Badge, Mode, Tally};
use muster_domain::ids::ClassId;
use muster_domain::time::Date;
use muster_storage::academics::TermRow;
use muster_storage::narrowed::Narrow;
use muster_storage::programmes::ProgrammeRow;
use serde::Deserialize;

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    term: String,
    #[serde(default)]
    programme: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    sort: String,
    /// Which table is wanted as a file.
    #[serde(default)]
    table: String,
    #[serde(default)]
    format: String,
}

impl Wanted {
    fn filter(&self) -> Filter {
        Filter {
            term: self.term.parse().ok(),
            programme: self.programme.parse().ok(),
            class: self.class.parse().ok(),
            from: times::parse_date(&self.from),
            until: times::parse_date(&self.until),
        }
    }

    /// The filter as links carry it on.
    fn query(&self) -> String {
        let value = times::query_value;
        format!(
            "term={}&programme={}&class={}&from={}&until={}",
            value(&self.term),
            value(&self.programme),
            value(&self.class),
            value(&self.from),
            value(&self.until)
        )
    }
}

#[derive(Template)]
#[template(path = "analytics.html")]
struct Page {
    shell: Shell,
    tabs: Vec<Tab>,
    terms: Vec<Choice>,
    programmes: Vec<Choice>,
    class_choices: Vec<Choice>,
    from: String,
    until: String,
    query: String,
    cards: Vec<(&'static str, String, String)>,
    share: Share,
    charts: Vec<(Chart, &'static str)>,
    classes: Vec<ClassItem>,
    by_percentage: &'static str,
    by_name: &'static str,
}

struct ClassItem {
    id: String,
    title: String,
    code: String,
    sessions: i64,
    tally: Tally,
    share: Share,
}

fn tabs(current: &str) -> Vec<Tab> {
    let tab = |href: &str, label: &str| Tab {
        href: href.to_owned(),
        label: label.to_owned(),
        count: String::new(),
        current: href == current,
    };
    vec![tab("/analytics", "Overview"), tab("/analytics/absentees", "Frequent absentees")]
}

fn choices(terms: &[TermRow], term: Option<muster_domain::ids::TermId>) -> Vec<Choice> {
    let selected = term.map(|id| id.to_string()).unwrap_or_default();
    Choice::list(terms.iter().map(|term| (term.id.to_string(), term.name.clone())), &selected)
}

/// Programmes and classes to choose from, with what is chosen.
fn parts(
    programmes: &[ProgrammeRow],
    classes: &[(ClassId, String)],
    narrow: Narrow,
) -> (Vec<Choice>, Vec<Choice>) {
    let (programme, class) = match narrow {
        Narrow::Not => (String::new(), String::new()),
        Narrow::Programme(id) => (id.to_string(), String::new()),
        Narrow::Class(id) => (String::new(), id.to_string()),
    };
    let programmes = programmes.iter().map(|row| (row.id.to_string(), row.name.clone()));
    let classes = classes.iter().map(|(id, name)| (id.to_string(), name.clone()));
    (Choice::list(programmes, &programme), Choice::list(classes, &class))
}

/// `GET /analytics`
pub(super) async fn show(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let filter = wanted.filter();
    let read = caller.read(move |tx, ctx| analytics::overview(tx, ctx, filter));
    let mut found = read.await.map_err(|error| caller.error(error))?;
    let by_percentage = wanted.sort == "percentage";
    if by_percentage {
        found.classes.sort_by_key(|item| item.share.permille().unwrap_or(i64::MAX));
    }
    if let Some(format) = Format::parse(&wanted.format) {
        let (name, sheet) = sheet(&wanted.table, &found);
        return download(&caller, name, format, sheet);
    }
    let low = |item: &&ClassSum| matches!(item.badge, Badge::Warning | Badge::Critical);
    let low = found.classes.iter().filter(low).count();
    let number = |sum: &Sum| sum.sessions.to_string();
    let cards = vec![
        ("Students", found.students.to_string(), String::new()),
        ("Low attendance in the term", found.low.to_string(), String::new()),
        ("Classes", found.classes.len().to_string(), String::new()),
        ("Classes with low attendance", low.to_string(), String::new()),
        ("Sessions", number(&found.whole), String::new()),
        ("Online sessions", online(&found).to_string(), String::new()),
        ("This week", found.this_week.share.to_string(), {
            format!("{} sessions", found.this_week.sessions)
        }),
        (
            "There on average",
            { found.whole.average().map_or_else(|| "–".to_owned(), |number| number.to_string()) },
            String::new(),
        ),
    ];
    let (programmes, class_choices) = parts(&found.programmes, &found.all_classes, found.narrow);
    let direction = |on: bool| if on { "ascending" } else { "" };
    Ok(render(&Page {
        shell: caller.shell("Analytics"),
        tabs: tabs("/analytics"),
        terms: choices(&found.terms, found.term),
        programmes,
        class_choices,
        from: wanted.from.clone(),
        until: wanted.until.clone(),
        query: wanted.query(),
        cards,
        share: Share::of(found.whole.share, &found.scale),
        charts: charts(&found),
        classes: found.classes.iter().map(|item| class_item(item, &found)).collect(),
        by_percentage: direction(by_percentage),
        by_name: direction(!by_percentage),
    }))
}

fn online(found: &Analytics) -> i64 {
    let online = found.modes.iter().filter(|(mode, _)| *mode == Mode::Online);
    online.map(|(_, sum)| sum.sessions).sum()
}

fn class_item(item: &ClassSum, found: &Analytics) -> ClassItem {
    let level = item.badge.key();
    ClassItem {
        id: item.class.class.to_string(),
        title: item.class.course_name.clone(),
        code: format!("{} · {}", item.class.course_code, item.class.section),
        sessions: item.class.sessions,
        tally: item.class.tally(),
        share: Share { level, ..Share::of(item.share, &found.scale) },
    }
}

/// A row of a chart: in full, in a few letters, and its sum.
type Row = (String, String, Sum);

/// A chart: its key in addresses, its title, what its rows are, and these.
type Series = (&'static str, &'static str, &'static str, Vec<Row>);

/// What is drawn.
fn series(found: &Analytics) -> [Series; 5] {
    let dated = |rows: &[(Date, Sum)], long: &str, short: &str| -> Vec<Row> {
        let row = |(date, sum): &(Date, Sum)| {
            (times::date_as(*date, long), times::date_as(*date, short), *sum)
        };
        rows.iter().map(row).collect()
    };
    let weekdays = found.weekdays.iter().filter_map(|(day, sum)| {
        let name = *WEEKDAYS.get(usize::try_from(*day).ok()?)?;
        Some((name.to_owned(), name.get(..2).unwrap_or(name).to_owned(), *sum))
    });
    let modes = found.modes.iter().map(|(mode, sum)| {
        let name = match mode {
            Mode::InClass => "In class",
            Mode::Online => "Online",
        };
        (name.to_owned(), name.to_owned(), *sum)
    });
    [
        ("days", "By day", "Day", dated(&found.days, "%a %-d %b %Y", "%-d %b")),
        ("weeks", "By week", "Week from", dated(&found.weeks, "%-d %b %Y", "%-d %b")),
        ("months", "By month", "Month", dated(&found.months, "%B %Y", "%b")),
        ("weekdays", "By day of the week", "Day", weekdays.collect()),
        ("modes", "Online and in class", "Where", modes.collect()),
    ]
}

fn charts(found: &Analytics) -> Vec<(Chart, &'static str)> {
    let chart = |(key, title, unit, rows): Series| {
        let point =
            |(label, short, sum): Row| Point { label, short, share: sum.share, tally: sum.tally };
        let points = rows.into_iter().map(point).collect();
        (Chart::new(title, unit, &found.scale, points), key)
    };
    series(found).into_iter().map(chart).filter(|(chart, _)| !chart.bars.is_empty()).collect()
}

const COUNTS: [&str; 5] = ["Sessions", "Present", "Late", "Excused", "Absent"];

fn counted(sessions: i64, tally: Tally) -> [Cell; 5] {
    [sessions, tally.present, tally.late, tally.excused, tally.absent].map(Cell::Integer)
}

/// The table of that name; the classes if there is none.
fn sheet(table: &str, found: &Analytics) -> (&'static str, Sheet) {
    let counts = COUNTS.map(|title| column(title, 10, Kind::Integer));
    let percent = column("Attendance %", 13, Kind::Percent);
    let chosen = series(found).into_iter().find(|(key, ..)| *key == table);
    if let Some((key, title, unit, rows)) = chosen {
        let row = |(label, _, sum): Row| {
            let cells = counted(sum.sessions, sum.tally);
            [text(label)].into_iter().chain(cells).chain([share(sum.share)]).collect()
        };
        let columns = [column(unit, 20, Kind::Text)].into_iter().chain(counts).chain([percent]);
        let rows = rows.into_iter().map(row).collect();
        return (key, Sheet { name: title.to_owned(), columns: columns.collect(), rows });
    }
    let row = |item: &ClassSum| {
        let class = &item.class;
        let names = [&class.course_code, &class.course_name, &class.section].map(text);
        let cells = counted(class.sessions, class.tally());
        names.into_iter().chain(cells).chain([share(item.share)]).collect()
    };
    let names = [("Code", 10), ("Course", 30), ("Section", 10)];
    let names = names.map(|(title, width)| column(title, width, Kind::Text));
    let columns = names.into_iter().chain(counts).chain([percent]).collect();
    let rows = found.classes.iter().map(row).collect();
    ("classes", Sheet { name: "Classes".to_owned(), columns, rows })
}

#[derive(Template)]
#[template(path = "absentees.html")]
struct AbsenteesPage {
    shell: Shell,
    tabs: Vec<Tab>,
    terms: Vec<Choice>,
    programmes: Vec<Choice>,
    class_choices: Vec<Choice>,
    query: String,
    rows: Vec<Absentee>,
}

struct Absentee {
    id: String,
    name: String,
    number: String,
    tally: Tally,
    share: Share,
}

/// `GET /analytics/absentees`
pub(super) async fn absentees(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let filter = wanted.filter();
    let read = caller.read(move |tx, ctx| analytics::absentees(tx, ctx, filter));
    let found = read.await.map_err(|error| caller.error(error))?;
    let (programmes, class_choices) = parts(&found.programmes, &found.all_classes, found.narrow);
    let rows = found.rows;
    let scale = caller.known.settings.scale(None);
    if let Some(format) = Format::parse(&wanted.format) {
        let names = [column("Number", 14, Kind::Text), column("Name", 30, Kind::Text)];
        let counts = COUNTS.map(|title| column(title, 10, Kind::Integer));
        let percent = column("Attendance %", 13, Kind::Percent);
        let row = |analytics::Absentee { row, share: attended }: &analytics::Absentee| {
            let tally = row.tally();
            let names = [text(&row.number), text(&row.name)];
            let cells = counted(tally.total(), tally);
            let share = share(*attended);
            names.into_iter().chain(cells).chain([share]).collect()
        };
        let sheet = Sheet {
            name: "Frequent absentees".to_owned(),
            columns: names.into_iter().chain(counts).chain([percent]).collect(),
            rows: rows.iter().map(row).collect(),
        };
        return download(&caller, "absentees", format, sheet);
    }
    let rows = rows.into_iter().map(|analytics::Absentee { row, share }| Absentee {
        id: row.person.to_string(),
        tally: row.tally(),
        share: Share::of(share, &scale),
        name: row.name,
        number: row.number,
    });
    Ok(render(&AbsenteesPage {
        shell: caller.shell("Frequent absentees"),
        tabs: tabs("/analytics/absentees"),
        terms: choices(&found.terms, found.term),
        programmes,
        class_choices,
        query: wanted.query(),
        rows: rows.collect(),
    }))
}
