//! A class in figures, for programs.

use super::attendance::{Figures, percent};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::Day;
use axum::Json;
use axum::extract::Path;
use muster_app::figures::{self, ClassFigures};
use muster_domain::attendance::Tally;
use muster_domain::attendance::figures::Scale;
use muster_domain::ids::ClassId;
use muster_domain::time::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A class in figures, over its closed sessions.
#[derive(Serialize, ToSchema)]
pub(super) struct ClassInFigures {
    overall: Figures,
    sessions: usize,
    /// The latest four sessions beside all before them; null while there are too few.
    trend: Option<Trend>,
    /// By day of the institution's calendar.
    days: Vec<DayFigures>,
    /// By month, under its first day.
    months: Vec<DayFigures>,
    /// The active students, by roll number.
    students: Vec<StudentInFigures>,
}

/// Percentages, to a tenth; null where nothing counts.
#[derive(Serialize, ToSchema)]
pub(super) struct Trend {
    recent: Option<f64>,
    before: Option<f64>,
}

/// A day, or a month, in figures.
#[derive(Serialize, ToSchema)]
pub(super) struct DayFigures {
    date: Day,
    attendance: Figures,
}

/// A student of a class in figures.
#[derive(Serialize, ToSchema)]
pub(super) struct StudentInFigures {
    person: Uuid,
    name: String,
    number: String,
    roll_number: String,
    attendance: Figures,
    /// Sessions missed in a row up to now; excused ones neither add nor end.
    missed_in_a_row: i64,
    /// Whether they deserve attention, for a low share or for what they missed in a row.
    at_risk: bool,
}

fn dated(scale: &Scale, rows: Vec<(Date, Tally)>) -> Vec<DayFigures> {
    let row = |(date, tally): (Date, Tally)| {
        let attendance = Figures::new(&tally, scale.percentage(&tally), scale);
        DayFigures { date: Day(date), attendance }
    };
    rows.into_iter().map(row).collect()
}

/// A class in figures: overall, by day and month, and student by student.
#[utoipa::path(get, path = "/api/v1/classes/{id}/figures", operation_id = "get_class_figures",
    responses((status = 200, body = ClassInFigures)))]
pub(super) async fn of_class(
    caller: Caller,
    Path(id): Path<ClassId>,
) -> ApiResult<Json<ClassInFigures>> {
    let read = caller.read(move |tx, ctx| figures::of_class(tx, ctx, id));
    let ClassFigures { scale, overall, days, months, sessions, students, trend, .. } = read.await?;
    let students = students.into_iter().map(|item| StudentInFigures {
        person: item.place.person.0,
        attendance: Figures::new(&item.tally, item.share, &scale),
        missed_in_a_row: item.streak.missed,
        at_risk: item.at_risk,
        name: item.place.name,
        number: item.place.number,
        roll_number: item.place.roll_number,
    });
    Ok(Json(ClassInFigures {
        overall: Figures::new(&overall, scale.percentage(&overall), &scale),
        sessions: sessions.len(),
        trend: trend.map(|(recent, before)| Trend {
            recent: recent.permille().and_then(percent),
            before: before.permille().and_then(percent),
        }),
        days: dated(&scale, days),
        months: dated(&scale, months),
        students: students.collect(),
    }))
}
