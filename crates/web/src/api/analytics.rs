//! The institution in figures, for programs.

use super::attendance::Figures;
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Day, ModeKey};
use axum::Json;
use axum::extract::Query;
use muster_app::analytics::{self, Absentee, Analytics, ClassSum, Filter, Sum};
use muster_domain::attendance::figures::Scale;
use muster_domain::ids::{ClassId, ProgrammeId, TermId};
use muster_domain::time::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// The one that runs now without it.
    #[param(value_type = Option<Uuid>)]
    term: Option<TermId>,
    /// This class alone, if it is one of the term.
    #[param(value_type = Option<Uuid>)]
    class: Option<ClassId>,
    /// The classes of courses that this programme requires.
    #[param(value_type = Option<Uuid>)]
    programme: Option<ProgrammeId>,
    /// From this day on, for example 2026-11-21.
    from: Option<String>,
    /// Up to this day.
    until: Option<String>,
}

impl Which {
    fn filter(&self) -> Filter {
        let day = |text: &Option<String>| text.as_deref().and_then(crate::times::parse_date);
        let Self { term, class, programme, .. } = *self;
        Filter { term, class, programme, from: day(&self.from), until: day(&self.until) }
    }
}

/// Sessions together.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionFigures {
    sessions: i64,
    attendance: Figures,
}

fn figures(sum: &Sum, scale: &Scale) -> SessionFigures {
    let attendance = Figures::new(&sum.tally, sum.share, scale);
    SessionFigures { sessions: sum.sessions, attendance }
}

/// A day, or the week or month that begins with it.
#[derive(Serialize, ToSchema)]
pub(super) struct DatedFigures {
    date: Day,
    #[serde(flatten)]
    figures: SessionFigures,
}

/// A day of the week.
#[derive(Serialize, ToSchema)]
pub(super) struct WeekdayFigures {
    /// 0 for Monday.
    weekday: i64,
    #[serde(flatten)]
    figures: SessionFigures,
}

/// Sessions online, or in class.
#[derive(Serialize, ToSchema)]
pub(super) struct ModeFigures {
    mode: ModeKey,
    #[serde(flatten)]
    figures: SessionFigures,
}

/// A class compared with the others.
#[derive(Serialize, ToSchema)]
pub(super) struct ComparedClass {
    class: Uuid,
    course_code: String,
    course_name: String,
    section: String,
    #[serde(flatten)]
    figures: SessionFigures,
}

fn compared(one: &ClassSum, scale: &Scale) -> ComparedClass {
    let (class, tally) = (&one.class, one.class.tally());
    let sum = Sum { sessions: class.sessions, tally, share: one.share };
    ComparedClass {
        class: class.class.0,
        course_code: class.course_code.clone(),
        course_name: class.course_name.clone(),
        section: class.section.clone(),
        figures: figures(&sum, scale),
    }
}

/// The institution in figures.
#[derive(Serialize, ToSchema)]
pub(super) struct InstitutionFigures {
    /// The term that is counted; null if there is none at all.
    term: Option<Uuid>,
    students: i64,
    /// How many of them have a share over the whole term that is not safe.
    students_with_low_attendance: i64,
    whole: SessionFigures,
    this_week: SessionFigures,
    days: Vec<DatedFigures>,
    /// Under their Mondays.
    weeks: Vec<DatedFigures>,
    /// Under their first days.
    months: Vec<DatedFigures>,
    weekdays: Vec<WeekdayFigures>,
    modes: Vec<ModeFigures>,
    classes: Vec<ComparedClass>,
}

/// The institution in figures: a term, or some days, a programme or a class of it.
#[utoipa::path(get, path = "/api/v1/analytics", operation_id = "get_analytics", params(Which),
    responses((status = 200, body = InstitutionFigures)))]
pub(super) async fn overview(
    caller: Caller,
    Query(which): Query<Which>,
) -> ApiResult<Json<InstitutionFigures>> {
    let filter = which.filter();
    let found = caller.read(move |tx, ctx| analytics::overview(tx, ctx, filter)).await?;
    Ok(Json(shown(&found)))
}

fn shown(found: &Analytics) -> InstitutionFigures {
    let scale = &found.scale;
    let dated = |rows: &[(Date, Sum)]| {
        let row = |(date, sum): &(Date, Sum)| DatedFigures {
            date: Day(*date),
            figures: figures(sum, scale),
        };
        rows.iter().map(row).collect()
    };
    let weekday = |(weekday, sum): &(i64, Sum)| WeekdayFigures {
        weekday: *weekday,
        figures: figures(sum, scale),
    };
    let modes = found.modes.iter();
    InstitutionFigures {
        term: found.term.map(Into::into),
        students: found.students,
        students_with_low_attendance: found.low,
        whole: figures(&found.whole, scale),
        this_week: figures(&found.this_week, scale),
        days: dated(&found.days),
        weeks: dated(&found.weeks),
        months: dated(&found.months),
        weekdays: found.weekdays.iter().map(weekday).collect(),
        modes: modes
            .map(|(mode, sum)| ModeFigures { mode: ModeKey(*mode), figures: figures(sum, scale) })
            .collect(),
        classes: found.classes.iter().map(|one| compared(one, scale)).collect(),
    }
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Among {
    /// The one that runs now without it.
    #[param(value_type = Option<Uuid>)]
    term: Option<TermId>,
    /// In this class alone, if it is one of the term.
    #[param(value_type = Option<Uuid>)]
    class: Option<ClassId>,
    /// Its students.
    #[param(value_type = Option<Uuid>)]
    programme: Option<ProgrammeId>,
}

/// A student who is often absent.
#[derive(Serialize, ToSchema)]
pub(super) struct FrequentAbsentee {
    person: Uuid,
    name: String,
    number: String,
    attendance: Figures,
}

/// Students with the most absences of a term, the most first.
#[derive(Serialize, ToSchema)]
pub(super) struct FrequentAbsentees {
    items: Vec<FrequentAbsentee>,
}

/// The 100 students most often absent in a whole term, or in a class of it, or of a programme.
#[utoipa::path(get, path = "/api/v1/analytics/absentees", operation_id = "list_absentees",
    params(Among), responses((status = 200, body = FrequentAbsentees)))]
pub(super) async fn absentees(
    caller: Caller,
    Query(Among { term, class, programme }): Query<Among>,
) -> ApiResult<Json<FrequentAbsentees>> {
    let filter = Filter { term, class, programme, from: None, until: None };
    let found = caller.read(move |tx, ctx| analytics::absentees(tx, ctx, filter)).await?;
    let scale = caller.known.settings.scale(None);
    let item = |Absentee { row, share }: Absentee| {
        let attendance = Figures::new(&row.tally(), share, &scale);
        FrequentAbsentee { person: row.person.0, name: row.name, number: row.number, attendance }
    };
    Ok(Json(FrequentAbsentees { items: found.rows.into_iter().map(item).collect() }))
}
