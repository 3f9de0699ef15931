//! Room lists on paper: a list for each room, with a place for each student to sign.

use super::room_list::{notes, title};
use super::sittings::span;
use crate::caller::Caller;
use crate::printing;
use crate::times;
use axum::response::Response;
use muster_app::room_lists::{RoomList, Seat};
use muster_documents::paper::{self, Paper};
use muster_domain::dockets::Attendance;
use std::collections::BTreeMap;

/// What stands over those who may sit in any of the rooms, and have not come yet.
const ANY: &str = "Any room";

/// The seats of a list as PDF, room by room.
pub(crate) async fn file(caller: &Caller, list: &RoomList) -> muster_app::Result<Response> {
    let name = format!("Room list {}", title(list).replace(':', ""));
    let title = format!("Room list: {}", title(list));
    printing::pdf(caller, Paper::RoomList, (&name, title), sheets(caller, list)).await
}

/// A list for each room, by name; one that is empty if nobody sits anywhere.
fn sheets(caller: &Caller, list: &RoomList) -> Vec<paper::RoomList> {
    let mut rooms: BTreeMap<&str, Vec<&Seat>> = BTreeMap::new();
    for seat in &list.seats {
        rooms.entry(seat.room()).or_default().push(seat);
    }
    // Those whose room is open come last.
    let open = rooms.remove("").unwrap_or_default();
    let any = (!open.is_empty() || rooms.is_empty()).then_some((ANY, open));
    rooms.into_iter().chain(any).map(|(room, seats)| sheet(caller, list, room, &seats)).collect()
}

fn sheet(caller: &Caller, list: &RoomList, room: &str, seats: &[&Seat]) -> paper::RoomList {
    let settings = &caller.known.settings;
    let (exam, when) = match &list.sitting {
        Some(row) => {
            let day = times::local(settings, row.starts_at, "%A %-d %B %Y");
            let times = span(caller, (row.starts_at, row.ends_at));
            let exam = format!("{} {}, {}", row.course_code, row.section, row.course_name);
            (exam, format!("{day}, {times}"))
        }
        None => (list.assessment.name.clone(), String::new()),
    };
    let count = |state: Attendance| {
        let many = seats.iter().filter(|seat| seat.attendance == state).count();
        format!("{many} {}", state.label().to_lowercase())
    };
    paper::RoomList {
        assessment: list.assessment.code.clone(),
        exam,
        when,
        room: room.to_owned(),
        summary: Attendance::ALL.map(count).to_vec(),
        seats: seats.iter().map(|seat| line(caller, seat)).collect(),
        printed: times::moment(settings, caller.ctx.now()),
    }
}

fn line(caller: &Caller, seat: &Seat) -> paper::Seat {
    let at = seat.last.as_ref().map(|last| times::clock(&caller.known.settings, last.at));
    paper::Seat {
        roll: seat.roll.clone(),
        number: seat.number.clone(),
        name: seat.name.clone(),
        state: seat.attendance.label().to_owned(),
        at: at.unwrap_or_default(),
        notes: notes(seat).join("; "),
    }
}
