//! Pages: a file per area, the askama template beside the handler that fills it.

mod account;
mod accounts;
mod analytics;
mod announcements;
mod appointed;
mod assessments;
mod badge;
mod badge_routes;
mod badge_scan;
mod badges;
mod batch;
mod batch_page;
mod bulk;
mod certificate;
mod class;
mod class_manage;
mod class_timetable;
mod class_view;
mod classes;
mod cohort;
mod conflicts;
mod copies;
mod correction;
mod corrections;
mod courses;
mod curriculum;
mod devices;
mod docket;
mod docket_figures;
mod docket_pdf;
mod dockets;
mod documents;
mod door_routes;
mod eligibility;
mod enrolment;
mod entries;
mod event;
mod event_file;
mod event_routes;
mod events;
mod exam_routes;
mod faculties;
mod feed;
mod fees;
mod finance;
pub(crate) mod first_codes;
mod forgot;
pub mod form;
mod found;
mod frame;
pub mod framing;
mod gates;
mod handover;
mod history;
mod holds;
mod holidays;
mod import;
mod imports;
mod inbox;
mod incidents;
mod install;
mod join;
pub(crate) mod journal;
mod leaderboard;
mod leave;
mod leaves;
mod letters;
mod logins;
mod mark;
mod me;
mod meeting;
mod merge;
mod nodes;
mod odd_marks;
mod offline_marks;
mod online;
mod overview;
mod own_results;
mod pass;
mod pass_new;
mod pass_page;
mod pass_pdf;
mod passes;
pub(crate) mod passkeys;
mod password;
mod patterns;
mod payment;
mod payments;
mod people;
mod person;
mod photo;
pub(crate) mod pin;
mod programmes;
mod projector;
mod provider;
mod receipt;
mod register;
mod register_pdf;
mod registers;
mod reminders;
mod requests;
mod result_routes;
mod results;
mod results_scheme;
mod room_list;
mod room_list_pdf;
mod roster;
pub(crate) mod search;
mod second_step;
pub(crate) mod security;
mod session;
mod session_new;
mod settings;
mod setup;
mod sign_in;
mod sitting;
mod sittings;
mod slip;
mod standing;
mod student_app;
mod term_results;
mod terms;
mod timetable;
mod today;
mod trust;
mod verdict;
mod verifier_app;
mod verifier_devices;
mod verify;

pub(crate) use announcements::AnnouncementForm;
pub(crate) use badge::{file as badge_pdf, picture as badge_png};
pub(crate) use badges::sheets as badge_sheets;
pub(crate) use conflicts::{Filter as ConflictFilter, held as held_conflicts};
pub(crate) use docket_pdf::{
    batch_archive as docket_batch_archive, batch_file as docket_batch_pdf, file as docket_pdf,
};
pub(crate) use feed::address as feed_address;
pub(crate) use forgot::send_link;
pub(crate) use holidays::HolidayForm;
pub(crate) use leaves::period;
pub(crate) use me::save_contact;
pub(crate) use pass::picture as pass_picture;
pub(crate) use pass_pdf::file as pass_pdf;
pub(crate) use passes::Filter as PassFilter;
pub(crate) use password::change_password;
pub(crate) use patterns::PatternForm;
pub(crate) use receipt::file as receipt_pdf;
pub(crate) use register::{session_register_file, term_register_file};
pub(crate) use register_pdf::file as register_pdf;
pub(crate) use room_list_pdf::file as room_list_pdf;
pub(crate) use sign_in::set_by_code;
pub(crate) use sign_in::sign_in;
pub(crate) use slip::file as slip_pdf;
pub(crate) use terms::TermForm;

pub use muster_presentation::{look, shell};

use crate::caller::Caller;
use crate::cookies;
use crate::routes::Access::{Needs, Public, SignedIn};
use crate::routes::Routes;
use axum::Form;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use muster_domain::auth::Permission as P;
use muster_presentation::chart;
use serde::Deserialize;

/// The routes of all pages.
pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = money(requests(of_people(academics(figures(of_node(nodes::routes(routes)))))));
    let routes =
        door_routes::routes(event_routes::routes(imports::routes(documents::routes(routes))));
    conflicts::routes(badge_routes::routes(exam_routes::routes(result_routes::routes(routes))))
        .get("/assets/{file}", Public, crate::assets::serve)
        .get("/manifest.webmanifest", Public, install::manifest)
        .get("/worker.js", Public, install::worker)
        .get("/offline", Public, install::offline)
        .get("/accent/{file}", Public, crate::accent::serve)
        .post("/theme", Public, theme)
        .get("/setup/{code}", Public, setup::show)
        .post("/setup/{code}", Public, setup::submit)
        .post("/setup/{code}/hub", Public, setup::join)
        .get("/sign-in", Public, sign_in::show)
        .post("/sign-in", Public, sign_in::submit)
        .get("/sign-in/second", Public, second_step::show)
        .post("/sign-in/second", Public, second_step::prove)
        .post("/sign-in/passkey", Public, second_step::prove_by_passkey)
        .post("/sign-in/enrolment", Public, second_step::enrol)
        .get("/sign-in/provider", Public, provider::leave)
        .get("/sign-in/provider/return", Public, provider::arrive)
        .get("/sign-in/pin", Public, pin::sign_in_form)
        .post("/sign-in/pin", Public, pin::sign_in)
        .post("/sign-out", SignedIn, sign_in::sign_out)
        .get("/forgot", Public, forgot::show)
        .post("/forgot", Public, forgot::ask)
        .get("/reset", Public, sign_in::reset_form)
        .post("/reset", Public, sign_in::reset)
        .get("/", SignedIn, today::show)
        .get("/overview", Needs(P::ViewOverview), overview::show)
        .get("/journal", Needs(P::ViewJournal), journal::show)
        .get("/settings", Needs(P::ManageSettings), settings::show)
        .post("/settings", Needs(P::ManageSettings), settings::change)
        .get("/settings/certificate", Needs(P::ManageSettings), certificate::show)
        .get("/letters", Needs(P::ManageSettings), letters::list)
        .post("/letters", Needs(P::ManageSettings), letters::try_out)
        .post("/letters/{id}/retry", Needs(P::ManageSettings), letters::retry)
        .get("/logins", SignedIn, logins::show)
        .post("/logins/others/end", SignedIn, logins::end_others)
        .post("/logins/{id}/end", SignedIn, logins::end)
        .post("/device-keys/{id}/withdrawal", SignedIn, logins::withdraw)
        .get("/password", SignedIn, password::show)
        .post("/password", SignedIn, password::submit)
        .get("/security", SignedIn, security::show)
        .get("/security/totp", SignedIn, security::totp)
        .post("/security/totp", SignedIn, security::begin_totp)
        .post("/security/totp/confirmation", SignedIn, security::confirm_totp)
        .post("/security/totp/removal", SignedIn, security::remove_totp)
        .get("/security/passkeys/new", SignedIn, passkeys::new)
        .post("/security/passkeys/new", SignedIn, passkeys::begin)
        .post("/security/passkeys", SignedIn, passkeys::add)
        .get("/security/passkeys/{id}", SignedIn, passkeys::show)
        .post("/security/passkeys/{id}", SignedIn, passkeys::rename)
        .post("/security/passkeys/{id}/removal", SignedIn, passkeys::remove)
        .get("/security/pin", SignedIn, pin::show)
        .post("/security/pin", SignedIn, pin::submit)
        .post("/security/pin/removal", SignedIn, pin::remove)
        .get("/security/recovery-codes", SignedIn, security::recovery_codes)
        .post("/security/recovery-codes", SignedIn, security::renew_codes)
        .get("/search", SignedIn, search::show)
        .get("/classes", Needs(P::ViewClass), classes::list)
        .post("/classes", Needs(P::ManageAcademics), classes::create)
        .get("/classes/new", Needs(P::ManageAcademics), classes::new)
        .post("/classes/{id}", Needs(P::ManageAcademics), class_manage::change)
        .post("/classes/{id}/location", Needs(P::ManageAcademics), class_manage::locate)
        .post("/classes/{id}/staff", Needs(P::ManageAcademics), class_manage::name_staff)
        .post("/classes/{id}/staff/{grant}/end", Needs(P::ManagePeople), class_manage::end_staff)
        .get("/classes/{id}/timetable", Needs(P::ViewClass), class_timetable::show)
        .get("/classes/{id}/patterns/new", Needs(P::ManageAcademics), patterns::new)
        .post("/classes/{id}/patterns", Needs(P::ManageAcademics), patterns::create)
        .get("/patterns/{id}", Needs(P::ManageAcademics), patterns::show)
        .post("/patterns/{id}", Needs(P::ManageAcademics), patterns::change)
        .post("/patterns/{id}/removal", Needs(P::ManageAcademics), patterns::end)
        .get("/classes/{id}/meetings/new", Needs(P::ManageAcademics), meeting::new)
        .post("/classes/{id}/meetings", Needs(P::ManageAcademics), meeting::create)
        .get("/meetings/{id}", Needs(P::ManageAcademics), meeting::show)
        .post("/meetings/{id}", Needs(P::ManageAcademics), meeting::change)
        .post("/meetings/{id}/cancellation", Needs(P::ManageAcademics), meeting::cancel)
        .get("/classes/{id}", Needs(P::ViewClass), class::show)
        .post("/classes/{id}/sessions", Needs(P::TakeAttendance), session_new::open)
        .get("/classes/{id}/sessions/new", Needs(P::TakeAttendance), session_new::new)
        .get("/sessions/{id}", Needs(P::ViewClass), session::show)
        .get("/sessions/{id}/odd-marks", Needs(P::ViewClass), odd_marks::of_session)
        .get("/sessions/{id}/offline-marks", Needs(P::ViewClass), offline_marks::of_session)
        .get("/classes/{id}/odd-marks", Needs(P::ViewClass), odd_marks::of_class)
        .post("/sessions/{id}/extension", Needs(P::TakeAttendance), session::extend)
        .post("/sessions/{id}/closure", Needs(P::TakeAttendance), session::close)
        .post("/sessions/{id}/reopening", Needs(P::ReopenSession), session::reopen)
        .post("/sessions/{id}/marks/{person}", Needs(P::TakeAttendance), session::mark)
        .post("/sessions/{id}/bulk-marks", Needs(P::TakeAttendance), bulk::create)
        .post("/sessions/{id}/bulk-marks/{bulk}/reversal", Needs(P::TakeAttendance), bulk::reverse)
        .get("/sessions/{id}/projector", Needs(P::TakeAttendance), projector::show)
        .get("/c/{code}", Public, mark::scanned)
        .get("/C/{code}", Public, mark::scanned)
        .get("/online/{token}", Public, online::show)
        .post("/online/{token}", Public, online::submit)
        .get(student_app::PATH, Public, student_app::show)
        .get("/mark", SignedIn, mark::show)
        .post("/mark", Needs(P::MarkSelf), mark::submit)
}

/// The routes by which a device finds the node and learns to trust it.
fn of_node(routes: Routes) -> Routes {
    routes
        .get("/join", Public, join::show)
        .get("/trust", Public, trust::show)
        .get("/trust/root.crt", Public, trust::der)
        .get("/trust/root.pem", Public, trust::pem)
        .get("/trust/root.mobileconfig", Public, trust::profile)
}

/// The routes of people's records.
fn of_people(routes: Routes) -> Routes {
    routes
        .get("/people", Needs(P::ViewPeople), people::list)
        .post("/people", Needs(P::ManagePeople), people::create)
        .get("/people/new", Needs(P::ManagePeople), people::new)
        .get("/people/duplicates", Needs(P::ManagePeople), merge::duplicates)
        .get("/people/first-codes", Needs(P::ManagePeople), first_codes::show)
        .post("/people/first-codes", Needs(P::ManagePeople), first_codes::make)
        .post("/people/first-codes/letters", Needs(P::ManagePeople), first_codes::write_letters)
        .get("/people/{id}", SignedIn, person::show)
        .post("/people/{id}", Needs(P::ManagePeople), person::change)
        .post("/people/{id}/roles", Needs(P::ManagePeople), person::grant)
        .post("/people/{id}/roles/{grant}/end", Needs(P::ManagePeople), person::end_grant)
        .post("/people/{id}/reset", Needs(P::ManagePeople), person::reset)
        .post("/people/{id}/second-factor/removal", Needs(P::ManagePeople), person::reset_factor)
        .get("/people/{id}/merge", Needs(P::ManagePeople), merge::find)
        .get("/people/{id}/merge/{other}", Needs(P::ManagePeople), merge::show)
        .post("/people/{id}/merge/{other}", Needs(P::ManagePeople), merge::submit)
        .post("/people/{id}/merges/{merge}/undo", Needs(P::ManagePeople), merge::undo)
        .get("/people/{id}/devices", Needs(P::ManagePeople), devices::show)
        .post("/people/{id}/devices/{device}/release", Needs(P::ManagePeople), devices::free)
        .post(
            "/people/{id}/device-keys/{device}/withdrawal",
            Needs(P::ManagePeople),
            devices::withdraw,
        )
        .get("/people/{id}/photo", SignedIn, photo::show)
        .post(
            "/people/{id}/photo",
            Needs(P::ManagePeople),
            photo::set.layer(DefaultBodyLimit::max(crate::upload::MOST_READ)),
        )
        .post("/people/{id}/photo/removal", Needs(P::ManagePeople), photo::remove)
}

/// The routes of what is taught, and when.
fn academics(routes: Routes) -> Routes {
    routes
        .get("/classes/{id}/enrolment", Needs(P::ManageAcademics), enrolment::show)
        .post("/classes/{id}/enrolment/additions", Needs(P::ManageAcademics), enrolment::add)
        .post("/classes/{id}/enrolment/statuses", Needs(P::ManageAcademics), enrolment::set_status)
        .post("/classes/{id}/enrolment/transfer", Needs(P::ManageAcademics), enrolment::transfer)
        .post("/classes/{id}/enrolment/numbering", Needs(P::ManageAcademics), enrolment::number)
        .post("/classes/{id}/enrolments", Needs(P::ManageAcademics), enrolment::enrol)
        .post(
            "/classes/{id}/enrolments/{person}/roll-number",
            Needs(P::ManageAcademics),
            enrolment::renumber,
        )
        .get("/programmes/{id}/enrolment", Needs(P::ManageAcademics), cohort::show)
        .post("/programmes/{id}/enrolment", Needs(P::ManageAcademics), cohort::enrol)
        .get("/faculties", Needs(P::ViewAcademics), faculties::list)
        .post("/faculties", Needs(P::ManageAcademics), faculties::create)
        .get("/faculties/{id}", Needs(P::ManageAcademics), faculties::show)
        .post("/faculties/{id}", Needs(P::ManageAcademics), faculties::change)
        .get("/programmes", Needs(P::ViewAcademics), programmes::list)
        .post("/programmes", Needs(P::ManageAcademics), programmes::create)
        .get("/programmes/{id}", Needs(P::ViewAcademics), programmes::show)
        .post("/programmes/{id}", Needs(P::ManageAcademics), programmes::change)
        .post("/programmes/{id}/curriculum", Needs(P::ManageAcademics), curriculum::add)
        .post(
            "/programmes/{id}/curriculum/{line}/removal",
            Needs(P::ManageAcademics),
            curriculum::remove,
        )
        .get("/holidays", Needs(P::ViewAcademics), holidays::list)
        .post("/holidays", Needs(P::ManageAcademics), holidays::create)
        .get("/holidays/{id}", Needs(P::ManageAcademics), holidays::show)
        .post("/holidays/{id}", Needs(P::ManageAcademics), holidays::change)
        .post("/holidays/{id}/removal", Needs(P::ManageAcademics), holidays::end)
        .get("/terms", Needs(P::ViewAcademics), terms::list)
        .post("/terms", Needs(P::ManageAcademics), terms::create)
        .get("/terms/{id}", Needs(P::ManageAcademics), terms::show)
        .post("/terms/{id}", Needs(P::ManageAcademics), terms::change)
        .get("/terms/{id}/roster", Needs(P::ManageAcademics), roster::show)
        .get("/terms/{id}/class-copies", Needs(P::ManageAcademics), copies::show)
        .post("/terms/{id}/class-copies", Needs(P::ManageAcademics), copies::copy)
        .get("/courses", Needs(P::ViewAcademics), courses::list)
        .post("/courses", Needs(P::ManageAcademics), courses::create)
        .get("/courses/{id}", Needs(P::ManageAcademics), courses::show)
        .post("/courses/{id}", Needs(P::ManageAcademics), courses::change)
}

/// The routes of fees, payments and accounts.
fn money(routes: Routes) -> Routes {
    routes
        .get("/finance", Needs(P::ViewFinance), finance::show)
        .get("/account", Needs(P::ViewAccount), account::own)
        .get("/accounts", Needs(P::ViewFinance), accounts::list)
        .get("/people/{id}/account", Needs(P::ViewAccount), account::show)
        .post("/people/{id}/clearances", Needs(P::ManageFinance), account::override_clearance)
        .post("/clearances/{id}/ending", Needs(P::ManageFinance), account::end_override)
        .get("/payments", Needs(P::ViewFinance), payments::list)
        .post("/payments", Needs(P::ManageFinance), payments::create)
        .get("/payments/new", Needs(P::ManageFinance), payments::new)
        .get("/payments/{id}", Needs(P::ViewAccount), payment::show)
        .get("/payments/{id}/receipt", Needs(P::ViewAccount), receipt::show)
        .get("/payments/{id}/receipt.pdf", Needs(P::ViewAccount), receipt::pdf)
        .post("/payments/{id}/completion", Needs(P::ManageFinance), payment::complete)
        .post("/payments/{id}/reversal", Needs(P::ManageFinance), payment::reverse)
        .get("/fees", Needs(P::ViewFinance), fees::show)
        .post("/fees", Needs(P::ManageFinance), fees::set)
        .post("/fees/copies", Needs(P::ManageFinance), fees::copy)
        .get("/assessments", Needs(P::ViewFinance), assessments::list)
        .post("/assessments", Needs(P::ManageAssessments), assessments::create)
        .get("/assessments/{id}", Needs(P::ViewFinance), assessments::show)
        .post("/assessments/{id}", Needs(P::ManageAssessments), assessments::change)
        .post("/assessments/{id}/activation", Needs(P::ManageAssessments), assessments::activate)
        .post("/assessments/{id}/ending", Needs(P::ManageAssessments), assessments::end)
}

/// The routes of what people ask for, and of what they are told.
fn requests(routes: Routes) -> Routes {
    routes
        .get("/sessions/{id}/correction", Needs(P::AskForCorrection), correction::new)
        .post(
            "/sessions/{id}/correction",
            Needs(P::AskForCorrection),
            correction::ask.layer(DefaultBodyLimit::max(crate::upload::MOST_READ)),
        )
        .get("/registers/missing", Needs(P::ViewOverview), registers::missing)
        .get("/corrections", SignedIn, corrections::show)
        .get("/corrections/{id}", SignedIn, correction::show)
        .get("/corrections/{id}/attachment", SignedIn, correction::attachment)
        .post("/corrections/{id}/decision", Needs(P::DecideCorrections), correction::decide)
        .post("/corrections/{id}/withdrawal", Needs(P::AskForCorrection), correction::withdraw)
        .get("/leave", Needs(P::AskForLeave), leaves::list)
        .post(
            "/leave",
            Needs(P::AskForLeave),
            leaves::ask.layer(DefaultBodyLimit::max(crate::upload::MOST_READ)),
        )
        .get("/leave/new", Needs(P::AskForLeave), leaves::new)
        .get("/leave/{id}", Needs(P::AskForLeave), leave::show)
        .get("/leave/{id}/attachment", Needs(P::AskForLeave), leave::attachment)
        .post("/leave/{id}/decision", Needs(P::DecideLeave), leave::decide)
        .post("/leave/{id}/withdrawal", Needs(P::AskForLeave), leave::withdraw)
        .post("/leave/{id}/ending", Needs(P::DecideLeave), leave::end)
        .get("/me", SignedIn, me::show)
        .post("/me/contact", SignedIn, me::change_contact)
        .post("/me/notice-channels", SignedIn, me::choose)
        .post("/me/leaderboard", Needs(P::MarkSelf), me::name)
        .get("/classes/{id}/leaderboard", SignedIn, leaderboard::show)
        .get("/classes/{id}/reminders", Needs(P::Remind), reminders::show)
        .post("/classes/{id}/reminders", Needs(P::Remind), reminders::send)
        .get("/announcements", SignedIn, announcements::list)
        .post("/announcements", Needs(P::Announce), announcements::create)
        .get("/announcements/new", Needs(P::Announce), announcements::new)
        .get("/announcements/{id}", SignedIn, announcements::show)
        .post("/announcements/{id}", Needs(P::Announce), announcements::change)
        .post("/announcements/{id}/ending", Needs(P::Announce), announcements::end)
        .get("/inbox", SignedIn, inbox::show)
        .post("/inbox/reading", SignedIn, inbox::read_all)
        .post("/inbox/{id}/reading", SignedIn, inbox::read)
        .post("/terms/{id}/lock", Needs(P::LockTerms), terms::lock)
        .post("/terms/{id}/unlocking", Needs(P::LockTerms), terms::unlock)
}

/// Figures, registers and the own calendar.
fn figures(routes: Routes) -> Routes {
    routes
        .get("/attendance", Needs(P::ViewAttendance), standing::own)
        .get("/timetable", SignedIn, timetable::week)
        .get("/calendar", SignedIn, timetable::month)
        .post("/timetable/feed", SignedIn, feed::offer)
        .post("/timetable/feed/end", SignedIn, feed::end)
        .get("/calendar-feeds/{file}", Public, feed::serve)
        .get("/analytics", Needs(P::ViewOverview), analytics::show)
        .get("/analytics/absentees", Needs(P::ViewOverview), analytics::absentees)
        .get("/people/{id}/attendance", SignedIn, standing::of)
        .get("/classes/{id}/register", Needs(P::ViewClass), register::term)
        .get("/classes/{id}/attendance", Needs(P::ViewAttendance), history::own)
        .get("/classes/{id}/students/{person}", SignedIn, history::of)
        .get("/sessions/{id}/register", Needs(P::ViewClass), register::session)
}

/// What is answered where there is nothing.
pub(crate) async fn not_found(uri: Uri) -> Response {
    crate::error::respond(&muster_app::Error::NotFound, &uri)
}

#[derive(Deserialize)]
struct ThemeForm {
    theme: String,
    back: String,
}

/// `POST /theme`
async fn theme(caller: Caller, Form(form): Form<ThemeForm>) -> Response {
    let theme = shell::Theme::parse(&form.theme);
    let value = theme.as_str().to_owned();
    let year = 365 * 24 * 3600;
    let cookie = cookies::cookie(shell::Theme::COOKIE, value, year, caller.known.secure);
    (caller.jar.add(cookie), Redirect::to(local(&form.back))).into_response()
}

/// The address if it is one of ours, the home page otherwise: nobody is sent elsewhere. Browsers
/// drop tabs from an address, so that a slash, a tab and a slash would lead to another site.
fn local(back: &str) -> &str {
    let odd = |letter: char| letter == '\\' || letter.is_control();
    let ours = back.starts_with('/') && !back.starts_with("//") && !back.contains(odd);
    if ours { back } else { "/" }
}
