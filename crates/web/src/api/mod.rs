//! The interface for programs, under `/api/v1`: JSON in, JSON or problem details out.

mod accounts;
mod analytics;
mod announcements;
mod appointed;
mod assessments;
mod attendance;
mod badges;
mod batches;
mod bulk_marks;
mod by_rule;
mod classes;
mod codes;
mod cohorts;
mod conflicts;
mod copies;
mod corrections;
mod courses;
mod curriculum;
mod devices;
mod dockets;
mod documents;
mod duplicates;
mod enrolments;
mod events;
mod exam_routes;
mod factors;
mod faculties;
mod feeds;
mod fees;
mod figures;
mod first_codes;
mod holds;
mod holidays;
mod imports;
mod incidents;
mod journal;
mod kept_registers;
mod leaves;
mod letters;
mod locations;
mod marks;
mod me;
mod meetings;
mod member;
mod merges;
mod nodes;
mod notices;
mod openapi;
mod pass_types;
mod passes;
mod patterns;
mod payments;
mod people;
mod photos;
mod pins;
mod places;
mod points;
mod programmes;
mod receipts;
mod record;
mod redemption_batches;
mod redemptions;
mod registers;
mod reminders;
mod requests;
mod results;
mod roles;
mod room_lists;
mod rosters;
mod scans;
mod search;
mod sessions;
mod settings;
mod sittings;
mod staff;
mod sync;
mod terms;
mod timetable;
mod tokens;
mod verifiers;
mod wishes;

pub(crate) use nodes::{exchanged, joined, node_link};
pub(crate) use verifiers::enrolment_link;

use crate::caller::Caller;
use crate::routes::Access::{Needs, Public, SignedIn};
use crate::routes::Routes;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use muster_credential::online::OnlineToken;
use muster_domain::auth::Permission as P;

/// The routes of the interface.
pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = finance(sessions(requests(academics(people(by_pin(first_passwords(routes)))))));
    let routes = exam_routes::routes(verifiers::routes(at_the_door(events_and_passes(routes))));
    conflicts::routes(receipts::routes(badges::routes(nodes::routes(letters::routes(routes)))))
        .get("/api/v1/openapi.json", Public, openapi::describe)
        .post("/api/v1/tokens", Public, tokens::create)
        .get("/api/v1/me", SignedIn, me::get)
        .put("/api/v1/me/password", SignedIn, me::change_password)
        .put("/api/v1/me/contact", SignedIn, me::change_contact)
        .get("/api/v1/me/second-factors", SignedIn, factors::get)
        .post("/api/v1/me/totp", SignedIn, factors::begin)
        .post("/api/v1/me/totp/confirmation", SignedIn, factors::confirm)
        .post("/api/v1/me/totp/removal", SignedIn, factors::remove)
        .patch("/api/v1/me/passkeys/{id}", SignedIn, factors::rename_passkey)
        .post("/api/v1/me/passkeys/{id}/removal", SignedIn, factors::remove_passkey)
        .post("/api/v1/me/recovery-codes", SignedIn, factors::renew)
        .post("/api/v1/people/{id}/second-factor/removal", Needs(P::ManagePeople), factors::reset)
        .get("/api/v1/me/logins", SignedIn, me::logins)
        .delete("/api/v1/me/logins/{id}", SignedIn, me::end_login)
        .get("/api/v1/me/meetings", SignedIn, timetable::own)
        .get("/api/v1/me/calendar-feed", SignedIn, feeds::get)
        .post("/api/v1/me/calendar-feed", SignedIn, feeds::offer)
        .delete("/api/v1/me/calendar-feed", SignedIn, feeds::end)
        .get("/api/v1/documents/logo", Needs(P::ManageSettings), documents::logo)
        .put("/api/v1/documents/logo", Needs(P::ManageSettings), documents::set_logo)
        .delete("/api/v1/documents/logo", Needs(P::ManageSettings), documents::remove_logo)
        .get("/api/v1/documents/{name}/template", Needs(P::ManageSettings), documents::get)
        .put("/api/v1/documents/{name}/template", Needs(P::ManageSettings), documents::put)
        .delete("/api/v1/documents/{name}/template", Needs(P::ManageSettings), documents::reset)
        .get("/api/v1/settings", Needs(P::ManageSettings), settings::get)
        .patch("/api/v1/settings", Needs(P::ManageSettings), settings::change)
        .get("/api/v1/classes", SignedIn, classes::list)
        .post("/api/v1/classes", Needs(P::ManageAcademics), classes::create)
        .get("/api/v1/classes/{id}", Needs(P::ViewClass), classes::get)
        .patch("/api/v1/classes/{id}", Needs(P::ManageAcademics), classes::change)
        .post("/api/v1/classes/{id}/archival", Needs(P::ManageAcademics), classes::archive)
        .get("/api/v1/classes/{id}/figures", Needs(P::ViewClass), figures::of_class)
        .get("/api/v1/classes/{id}/enrolments", Needs(P::ViewClass), enrolments::list)
        .post("/api/v1/classes/{id}/enrolments", Needs(P::ManageAcademics), enrolments::enrol)
        .patch(
            "/api/v1/classes/{id}/enrolments/{person}",
            Needs(P::ManageAcademics),
            enrolments::change,
        )
        .get("/api/v1/classes/{id}/results", Needs(P::EnterResults), results::of_class)
        .put("/api/v1/classes/{id}/results", Needs(P::EnterResults), results::enter)
        .put("/api/v1/classes/{id}/result-scheme", Needs(P::EnterResults), results::set_scheme)
        .post(
            "/api/v1/classes/{id}/results/{assessment}/publication",
            Needs(P::EnterResults),
            results::publish,
        )
        .post(
            "/api/v1/classes/{id}/results/{assessment}/withdrawal",
            Needs(P::EnterResults),
            results::withdraw,
        )
        .post(
            "/api/v1/assessments/{id}/publication",
            Needs(P::PublishResults),
            results::publish_everywhere,
        )
        .get("/api/v1/people/{id}/results", Needs(P::ViewResults), results::of_person)
        .get("/api/v1/people/{id}/results/{term}", Needs(P::ViewResults), results::slip)
        .get("/api/v1/classes/{id}/location", Needs(P::ViewClass), locations::get)
        .put("/api/v1/classes/{id}/location", Needs(P::ManageAcademics), locations::put)
        .delete("/api/v1/classes/{id}/location", Needs(P::ManageAcademics), locations::remove)
        .get("/api/v1/classes/{id}/staff", Needs(P::ViewClass), staff::list)
        .post("/api/v1/classes/{id}/staff", Needs(P::ManageAcademics), staff::name)
        .delete("/api/v1/classes/{id}/staff/{grant}", Needs(P::ManagePeople), staff::end)
        .get("/api/v1/classes/{id}/patterns", Needs(P::ViewClass), patterns::list)
        .post("/api/v1/classes/{id}/patterns", Needs(P::ManageAcademics), patterns::create)
        .get("/api/v1/patterns/{id}", Needs(P::ViewClass), patterns::get)
        .patch("/api/v1/patterns/{id}", Needs(P::ManageAcademics), patterns::change)
        .delete("/api/v1/patterns/{id}", Needs(P::ManageAcademics), patterns::end)
        .get("/api/v1/classes/{id}/clashes", Needs(P::ViewClass), patterns::clashes)
        .get("/api/v1/classes/{id}/meetings", Needs(P::ViewClass), meetings::list)
        .post("/api/v1/classes/{id}/meetings", Needs(P::ManageAcademics), meetings::create)
        .get("/api/v1/meetings/{id}", Needs(P::ViewClass), meetings::get)
        .patch("/api/v1/meetings/{id}", Needs(P::ManageAcademics), meetings::change)
        .post("/api/v1/meetings/{id}/cancellation", Needs(P::ManageAcademics), meetings::cancel)
        .get("/api/v1/imports", Needs(P::Import), imports::list)
        .post(
            "/api/v1/imports",
            Needs(P::Import),
            imports::create.layer(DefaultBodyLimit::max(crate::upload::MOST_READ)),
        )
        .get("/api/v1/imports/{id}", Needs(P::Import), imports::get)
        .get("/api/v1/imports/{id}/problems", Needs(P::Import), imports::problems)
        .put("/api/v1/imports/{id}/mapping", Needs(P::Import), imports::map)
        .post("/api/v1/imports/{id}/confirmation", Needs(P::Import), imports::confirm)
        .post("/api/v1/imports/{id}/reversal", Needs(P::Import), imports::reverse)
        .post("/api/v1/imports/{id}/discarding", Needs(P::Import), imports::discard)
        .get("/api/v1/exports/{file}", Needs(P::Import), imports::export)
        .get("/api/v1/journal", Needs(P::ViewJournal), journal::browse)
        .get("/api/v1/journal/heads", Needs(P::ViewJournal), journal::heads)
        .get("/api/v1/search", SignedIn, search::search)
}

/// The routes of people and their records.
fn people(routes: Routes) -> Routes {
    routes
        .get("/api/v1/people", Needs(P::ViewPeople), people::list)
        .post("/api/v1/people", Needs(P::ManagePeople), people::create)
        .get("/api/v1/people/duplicates", Needs(P::ManagePeople), duplicates::list)
        .get("/api/v1/people/{id}", SignedIn, people::get)
        .patch("/api/v1/people/{id}", Needs(P::ManagePeople), people::change)
        .get("/api/v1/people/{id}/photo", SignedIn, photos::get)
        .put("/api/v1/people/{id}/photo", Needs(P::ManagePeople), photos::put)
        .delete("/api/v1/people/{id}/photo", Needs(P::ManagePeople), photos::remove)
        .get("/api/v1/people/{id}/merges", Needs(P::ManagePeople), merges::list)
        .post("/api/v1/people/{id}/merges", Needs(P::ManagePeople), merges::create)
        .post("/api/v1/people/{id}/merges/{merge}/reversal", Needs(P::ManagePeople), merges::undo)
        .get("/api/v1/people/{id}/merge-previews/{other}", Needs(P::ManagePeople), merges::preview)
        .get("/api/v1/people/{id}/devices", Needs(P::ManagePeople), devices::list)
        .delete("/api/v1/people/{id}/devices/{device}", Needs(P::ManagePeople), devices::free)
        .get("/api/v1/people/{id}/attendance", SignedIn, attendance::get)
        .post("/api/v1/people/{id}/roles", Needs(P::ManagePeople), roles::grant)
        .delete("/api/v1/people/{id}/roles/{grant}", Needs(P::ManagePeople), roles::end)
        .post("/api/v1/people/{id}/reset-codes", Needs(P::ManagePeople), roles::offer_reset)
}

/// The routes of sessions and their marks.
fn sessions(routes: Routes) -> Routes {
    routes
        .get("/api/v1/live", Needs(P::ViewOverview), crate::live::stream::overview)
        .post("/api/v1/classes/{id}/sessions", Needs(P::TakeAttendance), sessions::open)
        .get("/api/v1/classes/{id}/sessions", Needs(P::ViewClass), sessions::list)
        .get("/api/v1/classes/{id}/register", Needs(P::ViewClass), kept_registers::of_class)
        .get("/api/v1/sessions/{id}/register", Needs(P::ViewClass), kept_registers::of_session)
        .get("/api/v1/sessions", Needs(P::ViewOverview), sessions::open_ones)
        .get("/api/v1/sessions/{id}", Needs(P::ViewClass), sessions::get)
        .get("/api/v1/sessions/{id}/code", Needs(P::TakeAttendance), codes::current)
        .get("/api/v1/sessions/{id}/codes", Needs(P::TakeAttendance), codes::stock)
        .get("/api/v1/sessions/{id}/events", Needs(P::ViewClass), crate::live::stream::session)
        .get("/api/v1/sessions/{id}/marks", Needs(P::ViewClass), sessions::marks)
        .post("/api/v1/sessions/{id}/extension", Needs(P::TakeAttendance), sessions::extend)
        .post("/api/v1/sessions/{id}/closure", Needs(P::TakeAttendance), sessions::close)
        .post("/api/v1/sessions/{id}/reopening", Needs(P::ReopenSession), sessions::reopen)
        .get("/api/v1/sessions/{id}/bulk-marks", Needs(P::ViewClass), bulk_marks::list)
        .post("/api/v1/sessions/{id}/bulk-marks", Needs(P::TakeAttendance), bulk_marks::create)
        .post(
            "/api/v1/sessions/{id}/bulk-marks/{bulk}/reversal",
            Needs(P::TakeAttendance),
            bulk_marks::reverse,
        )
        .put("/api/v1/sessions/{id}/marks/{person}", Needs(P::TakeAttendance), marks::put)
        .post("/api/v1/marks", Public, marks::create)
}

/// The routes of PINs.
fn by_pin(routes: Routes) -> Routes {
    routes
        .post("/api/v1/pin-tokens", Public, pins::sign_in)
        .get("/api/v1/me/pin", SignedIn, pins::get)
        .put("/api/v1/me/pin", SignedIn, pins::set)
        .delete("/api/v1/me/pin", SignedIn, pins::remove)
}

/// The routes of first passwords, for many people at once.
fn first_passwords(routes: Routes) -> Routes {
    routes
        .get("/api/v1/first-codes", Needs(P::ManagePeople), first_codes::preview)
        .post("/api/v1/first-codes", Needs(P::ManagePeople), first_codes::make)
        .post("/api/v1/first-letters", Needs(P::ManagePeople), first_codes::write_letters)
}

/// The routes of events and passes.
fn events_and_passes(routes: Routes) -> Routes {
    routes
        .get("/api/v1/events", Needs(P::ViewEvents), events::list)
        .post("/api/v1/events", Needs(P::ManageEvents), events::create)
        .get("/api/v1/events/{id}", Needs(P::ViewEvents), events::get)
        .patch("/api/v1/events/{id}", Needs(P::ManageEvents), events::change)
        .post("/api/v1/events/{id}/archival", Needs(P::ManageEvents), events::archive)
        .get("/api/v1/events/{id}/figures", Needs(P::ViewEvents), events::figures)
        .get("/api/v1/events/{id}/pass-types", Needs(P::ViewEvents), pass_types::list)
        .post("/api/v1/events/{id}/pass-types", Needs(P::ManageEvents), pass_types::create)
        .patch("/api/v1/pass-types/{id}", Needs(P::ManageEvents), pass_types::change)
        .get("/api/v1/events/{id}/passes", Needs(P::ViewEvents), passes::list)
        .post("/api/v1/events/{id}/passes", Needs(P::IssuePasses), passes::issue)
        .get("/api/v1/passes/{id}", Needs(P::ViewEvents), passes::get)
        .post("/api/v1/passes/{id}/void", Needs(P::ManageEvents), passes::void)
        .post("/api/v1/passes/{id}/refund", Needs(P::ManageEvents), passes::refund)
        .post("/api/v1/passes/{id}/transfer", Needs(P::ManageEvents), passes::transfer)
        .post("/api/v1/passes/{id}/letters", Needs(P::IssuePasses), passes::send)
}

/// The routes of check-in points, and of what is presented there.
fn at_the_door(routes: Routes) -> Routes {
    routes
        .get("/api/v1/points", Needs(P::VerifyCredentials), points::list)
        .post("/api/v1/points", Needs(P::ManageEvents), points::create)
        .post("/api/v1/points/{id}/archival", Needs(P::ManageEvents), points::archive)
        .get("/api/v1/points/{id}/redemptions", Needs(P::VerifyCredentials), scans::of_point)
        .get("/api/v1/points/{id}/events", Needs(P::VerifyCredentials), crate::live::doors::point)
        .get("/api/v1/pass-types/{id}/points", Needs(P::ViewEvents), points::of_type)
        .put("/api/v1/pass-types/{id}/points", Needs(P::ManageEvents), points::admit_at)
        .get("/api/v1/events/{id}/redemptions", Needs(P::ViewEvents), scans::of_event)
        .get("/api/v1/passes/{id}/redemptions", Needs(P::ViewEvents), scans::of_pass)
        .post("/api/v1/redemptions", Needs(P::VerifyCredentials), redemptions::create)
        .post("/api/v1/redemptions/batch", Needs(P::VerifyCredentials), redemption_batches::batch)
        .post("/api/v1/redemptions/{id}/reversal", Needs(P::VerifyCredentials), redemptions::undo)
        .get("/api/v1/redemptions/{id}/photo", Needs(P::VerifyCredentials), redemptions::photo)
}

/// The routes of what is taught, and when.
fn academics(routes: Routes) -> Routes {
    routes
        .get("/api/v1/classes/{id}/candidates", Needs(P::ManageAcademics), places::candidates)
        .post("/api/v1/classes/{id}/transfers", Needs(P::ManageAcademics), places::transfer)
        .get("/api/v1/classes/{id}/numbering", Needs(P::ManageAcademics), places::preview)
        .post("/api/v1/classes/{id}/numbering", Needs(P::ManageAcademics), places::number)
        .get("/api/v1/programmes/{id}/enrolment", Needs(P::ManageAcademics), cohorts::preview)
        .post("/api/v1/programmes/{id}/enrolment", Needs(P::ManageAcademics), cohorts::enrol)
        .get("/api/v1/faculties", Needs(P::ViewAcademics), faculties::list)
        .post("/api/v1/faculties", Needs(P::ManageAcademics), faculties::create)
        .get("/api/v1/faculties/{id}", Needs(P::ViewAcademics), faculties::get)
        .patch("/api/v1/faculties/{id}", Needs(P::ManageAcademics), faculties::change)
        .post("/api/v1/faculties/{id}/archival", Needs(P::ManageAcademics), faculties::archive)
        .get("/api/v1/programmes", Needs(P::ViewAcademics), programmes::list)
        .post("/api/v1/programmes", Needs(P::ManageAcademics), programmes::create)
        .get("/api/v1/programmes/{id}", Needs(P::ViewAcademics), programmes::get)
        .patch("/api/v1/programmes/{id}", Needs(P::ManageAcademics), programmes::change)
        .post("/api/v1/programmes/{id}/archival", Needs(P::ManageAcademics), programmes::archive)
        .get("/api/v1/programmes/{id}/curriculum", Needs(P::ViewAcademics), curriculum::list)
        .post("/api/v1/programmes/{id}/curriculum", Needs(P::ManageAcademics), curriculum::add)
        .delete(
            "/api/v1/programmes/{id}/curriculum/{line}",
            Needs(P::ManageAcademics),
            curriculum::remove,
        )
        .get("/api/v1/holidays", Needs(P::ViewAcademics), holidays::list)
        .post("/api/v1/holidays", Needs(P::ManageAcademics), holidays::create)
        .get("/api/v1/holidays/{id}", Needs(P::ViewAcademics), holidays::get)
        .patch("/api/v1/holidays/{id}", Needs(P::ManageAcademics), holidays::change)
        .delete("/api/v1/holidays/{id}", Needs(P::ManageAcademics), holidays::end)
        .get("/api/v1/terms", Needs(P::ViewAcademics), terms::list)
        .post("/api/v1/terms", Needs(P::ManageAcademics), terms::create)
        .get("/api/v1/terms/{id}", Needs(P::ViewAcademics), terms::get)
        .patch("/api/v1/terms/{id}", Needs(P::ManageAcademics), terms::change)
        .post("/api/v1/terms/{id}/archival", Needs(P::ManageAcademics), terms::archive)
        .get("/api/v1/terms/{id}/roster", Needs(P::ManageAcademics), rosters::list)
        .get("/api/v1/terms/{id}/class-copies", Needs(P::ManageAcademics), copies::preview)
        .post("/api/v1/terms/{id}/class-copies", Needs(P::ManageAcademics), copies::copy)
        .get("/api/v1/courses", Needs(P::ViewAcademics), courses::list)
        .post("/api/v1/courses", Needs(P::ManageAcademics), courses::create)
        .get("/api/v1/courses/{id}", Needs(P::ViewAcademics), courses::get)
        .patch("/api/v1/courses/{id}", Needs(P::ManageAcademics), courses::change)
        .post("/api/v1/courses/{id}/archival", Needs(P::ManageAcademics), courses::archive)
}

/// The routes of fees, payments and accounts.
fn finance(routes: Routes) -> Routes {
    routes
        .get("/api/v1/finance", Needs(P::ViewFinance), accounts::figures)
        .get("/api/v1/accounts", Needs(P::ViewFinance), accounts::list)
        .get("/api/v1/people/{id}/account", Needs(P::ViewAccount), accounts::get)
        .post(
            "/api/v1/people/{id}/clearances",
            Needs(P::ManageFinance),
            accounts::override_clearance,
        )
        .post("/api/v1/clearances/{id}/ending", Needs(P::ManageFinance), accounts::end_override)
        .get("/api/v1/payments", Needs(P::ViewFinance), payments::list)
        .post("/api/v1/payments", Needs(P::ManageFinance), payments::create)
        .get("/api/v1/payments/{id}", Needs(P::ViewAccount), payments::get)
        .post("/api/v1/payments/{id}/completion", Needs(P::ManageFinance), payments::complete)
        .post("/api/v1/payments/{id}/reversal", Needs(P::ManageFinance), payments::reverse)
        .get("/api/v1/terms/{id}/fees", Needs(P::ViewFinance), fees::list)
        .patch("/api/v1/terms/{id}/fees", Needs(P::ManageFinance), fees::set)
        .post("/api/v1/terms/{id}/fee-copies", Needs(P::ManageFinance), fees::copy)
        .get("/api/v1/terms/{id}/assessments", Needs(P::ViewFinance), assessments::list)
        .post("/api/v1/terms/{id}/assessments", Needs(P::ManageAssessments), assessments::create)
        .get("/api/v1/assessments/{id}", Needs(P::ViewFinance), assessments::get)
        .patch("/api/v1/assessments/{id}", Needs(P::ManageAssessments), assessments::change)
        .post(
            "/api/v1/assessments/{id}/activation",
            Needs(P::ManageAssessments),
            assessments::activate,
        )
        .post("/api/v1/assessments/{id}/ending", Needs(P::ManageAssessments), assessments::end)
}

/// The routes of what people ask for, and of what they are told.
fn requests(routes: Routes) -> Routes {
    routes
        .get("/api/v1/analytics", Needs(P::ViewOverview), analytics::overview)
        .get("/api/v1/analytics/absentees", Needs(P::ViewOverview), analytics::absentees)
        .get("/api/v1/registers/missing", Needs(P::ViewOverview), registers::missing)
        .get("/api/v1/corrections", SignedIn, corrections::list)
        .post("/api/v1/corrections", Needs(P::AskForCorrection), corrections::ask)
        .get("/api/v1/corrections/{id}", SignedIn, corrections::get)
        .post("/api/v1/corrections/{id}/decision", Needs(P::DecideCorrections), corrections::decide)
        .post(
            "/api/v1/corrections/{id}/withdrawal",
            Needs(P::AskForCorrection),
            corrections::withdraw,
        )
        .get("/api/v1/corrections/{id}/attachment", SignedIn, corrections::attachment)
        .put("/api/v1/corrections/{id}/attachment", Needs(P::AskForCorrection), corrections::attach)
        .get("/api/v1/leaves", Needs(P::AskForLeave), leaves::list)
        .post("/api/v1/leaves", Needs(P::AskForLeave), leaves::ask)
        .get("/api/v1/leaves/{id}", Needs(P::AskForLeave), leaves::get)
        .post("/api/v1/leaves/{id}/decision", Needs(P::DecideLeave), leaves::decide)
        .post("/api/v1/leaves/{id}/withdrawal", Needs(P::AskForLeave), leaves::withdraw)
        .post("/api/v1/leaves/{id}/ending", Needs(P::DecideLeave), leaves::end)
        .get("/api/v1/leaves/{id}/attachment", Needs(P::AskForLeave), leaves::attachment)
        .put("/api/v1/leaves/{id}/attachment", Needs(P::AskForLeave), leaves::attach)
        .post("/api/v1/terms/{id}/lock", Needs(P::LockTerms), terms::lock)
        .post("/api/v1/terms/{id}/unlocking", Needs(P::LockTerms), terms::unlock)
        .get("/api/v1/me/notice-channels", SignedIn, wishes::told)
        .put("/api/v1/me/notice-channels", SignedIn, wishes::choose)
        .get("/api/v1/me/leaderboard", SignedIn, wishes::named)
        .put("/api/v1/me/leaderboard", Needs(P::MarkSelf), wishes::name)
        .get("/api/v1/classes/{id}/leaderboard", SignedIn, reminders::leaderboard)
        .get("/api/v1/classes/{id}/reminder-candidates", Needs(P::Remind), reminders::candidates)
        .post("/api/v1/classes/{id}/reminders", Needs(P::Remind), reminders::send)
        .get(
            "/api/v1/classes/{id}/students/{person}/reminders",
            Needs(P::ViewClass),
            reminders::list,
        )
        .get("/api/v1/announcements", SignedIn, announcements::list)
        .post("/api/v1/announcements", Needs(P::Announce), announcements::create)
        .get("/api/v1/announcements/{id}", SignedIn, announcements::get)
        .patch("/api/v1/announcements/{id}", Needs(P::Announce), announcements::change)
        .post("/api/v1/announcements/{id}/ending", Needs(P::Announce), announcements::end)
        .get("/api/v1/me/announcements", SignedIn, announcements::shown)
        .get("/api/v1/me/notices", SignedIn, notices::list)
        .post("/api/v1/me/notices/reading", SignedIn, notices::read_all)
        .post("/api/v1/me/notices/{id}/reading", SignedIn, notices::read)
}

/// The link of an online session.
pub(crate) fn online_link(caller: &Caller, token: &OnlineToken) -> String {
    format!("{}/online/{token}", own_address(caller))
}

/// Where this server is reached: as configured, on a network of its own, or as the request says.
pub(crate) fn own_address(caller: &Caller) -> String {
    let LinkBase { host, https } = link_base(caller);
    format!("{}://{host}", if https { "https" } else { "http" })
}

/// The same over HTTPS, where this server is reached that way.
pub(crate) fn secure_address(caller: &Caller) -> String {
    let lan = caller.app.lan.as_ref().and_then(|lan| lan.found()?.https);
    let lan = lan.filter(|_| caller.app.base_url.is_none());
    lan.unwrap_or_else(|| own_address(caller))
}

/// Where links in codes lead.
pub(crate) struct LinkBase {
    pub host: String,
    pub https: bool,
}

/// The configured address, that of the node's own network, or the host that the request named.
pub(crate) fn link_base(caller: &Caller) -> LinkBase {
    let lan = caller.app.lan.as_ref().and_then(|lan| lan.found().map(|found| found.link));
    let configured = caller.app.base_url.as_deref().map(str::to_owned).or(lan);
    if let Some((scheme, host)) = configured.as_deref().and_then(|url| url.split_once("://")) {
        return LinkBase { host: host.trim_end_matches('/').to_owned(), https: scheme == "https" };
    }
    LinkBase { host: caller.host.clone(), https: caller.known.secure }
}
