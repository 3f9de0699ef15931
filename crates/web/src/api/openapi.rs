//! The document that describes the interface (`OpenAPI` 3.1), generated from the handlers.
//!
//! A handler's annotation says what it takes and answers. What holds by rule is added from the
//! table of routes: who may call it, ids in the path, `Idempotency-Key`, and problems.

use super::{
    accounts, analytics, announcements, appointed, assessments, attendance, badges, batches,
    bulk_marks, classes, codes, cohorts, copies, corrections, courses, curriculum, devices,
    dockets, documents, duplicates, enrolments, events, factors, faculties, feeds, fees, figures,
    first_codes, holds, holidays, imports, incidents, journal, kept_registers, leaves, letters,
    locations, marks, me, meetings, merges, notices, pass_types, passes, patterns, payments,
    people, photos, pins, places, points, programmes, receipts, redemption_batches, redemptions,
    registers, reminders, results, roles, room_lists, rosters, scans, search, sessions, settings,
    sittings, staff, terms, timetable, tokens, verifiers, wishes,
};
use crate::cookies;
use crate::live::{doors, stream};
use crate::problem::Problem;
use crate::repeated;
use crate::routes::{Access, Route};
use axum::http::{Method, header};
use axum::response::IntoResponse;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Content, ObjectBuilder, OpenApi as Document, PathItem, Ref, RefOr, Required,
    Response, ResponseBuilder, SecurityRequirement,
};

/// Names of the two ways to sign in.
const BEARER: &str = "bearer";
const COOKIE: &str = "cookie";
/// Name of the answer that every refusal is.
const PROBLEM: &str = "Problem";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Muster",
        description = "Lists answer `{items, next}`: send `next` as `cursor` for what follows. \
            Refusals are problem details (RFC 9457), whose `type` ends in a stable reason."
    ),
    components(schemas(Problem)),
    paths(
        describe,
        tokens::create,
        pins::sign_in,
        pins::get,
        pins::set,
        pins::remove,
        letters::ask_link,
        letters::reset,
        letters::list,
        letters::try_out,
        letters::retry,
        me::get,
        me::change_password,
        me::change_contact,
        me::logins,
        me::end_login,
        wishes::told,
        wishes::choose,
        wishes::named,
        wishes::name,
        reminders::leaderboard,
        reminders::candidates,
        reminders::send,
        reminders::list,
        analytics::overview,
        analytics::absentees,
        announcements::list,
        announcements::shown,
        announcements::get,
        announcements::create,
        announcements::change,
        announcements::end,
        factors::get,
        factors::begin,
        factors::confirm,
        factors::remove,
        factors::rename_passkey,
        factors::remove_passkey,
        factors::renew,
        factors::reset,
        notices::list,
        notices::read_all,
        notices::read,
        timetable::own,
        feeds::get,
        feeds::offer,
        feeds::end,
        documents::get,
        documents::put,
        documents::reset,
        documents::logo,
        documents::set_logo,
        documents::remove_logo,
        settings::get,
        settings::change,
        faculties::list,
        faculties::create,
        faculties::get,
        faculties::change,
        faculties::archive,
        programmes::list,
        programmes::create,
        programmes::get,
        programmes::change,
        programmes::archive,
        curriculum::list,
        curriculum::add,
        curriculum::remove,
        holidays::list,
        holidays::create,
        holidays::get,
        holidays::change,
        holidays::end,
        terms::list,
        terms::create,
        terms::get,
        terms::change,
        terms::archive,
        terms::lock,
        terms::unlock,
        rosters::list,
        accounts::figures,
        accounts::list,
        accounts::get,
        accounts::override_clearance,
        accounts::end_override,
        payments::list,
        payments::create,
        payments::get,
        payments::complete,
        payments::reverse,
        fees::list,
        fees::set,
        fees::copy,
        assessments::list,
        assessments::create,
        assessments::get,
        assessments::change,
        assessments::activate,
        assessments::end,
        locations::get,
        locations::put,
        locations::remove,
        copies::preview,
        copies::copy,
        courses::list,
        courses::create,
        courses::get,
        courses::change,
        courses::archive,
        classes::list,
        classes::create,
        classes::get,
        classes::change,
        classes::archive,
        figures::of_class,
        enrolments::list,
        enrolments::enrol,
        enrolments::change,
        places::candidates,
        places::transfer,
        places::preview,
        places::number,
        cohorts::preview,
        cohorts::enrol,
        staff::list,
        staff::name,
        staff::end,
        patterns::list,
        patterns::create,
        patterns::get,
        patterns::change,
        patterns::end,
        patterns::clashes,
        meetings::list,
        meetings::create,
        meetings::get,
        meetings::change,
        meetings::cancel,
        imports::list,
        imports::create,
        imports::get,
        imports::problems,
        imports::map,
        imports::confirm,
        imports::reverse,
        imports::discard,
        imports::export,
        journal::browse,
        search::search,
        people::list,
        people::create,
        people::get,
        people::change,
        first_codes::preview,
        first_codes::make,
        first_codes::write_letters,
        duplicates::list,
        merges::list,
        merges::create,
        merges::preview,
        merges::undo,
        photos::get,
        photos::put,
        photos::remove,
        attendance::get,
        roles::grant,
        roles::end,
        roles::offer_reset,
        stream::overview,
        stream::session,
        sessions::open,
        sessions::open_ones,
        sessions::list,
        sessions::get,
        kept_registers::of_class,
        kept_registers::of_session,
        sessions::marks,
        sessions::extend,
        sessions::close,
        sessions::reopen,
        corrections::list,
        corrections::ask,
        corrections::get,
        corrections::decide,
        corrections::withdraw,
        corrections::attachment,
        corrections::attach,
        appointed::of_event,
        appointed::at_event,
        appointed::end_at_event,
        appointed::of_assessment,
        appointed::at_assessment,
        appointed::end_at_assessment,
        events::list,
        events::create,
        events::get,
        events::change,
        events::archive,
        events::figures,
        pass_types::list,
        pass_types::create,
        pass_types::change,
        passes::list,
        passes::issue,
        passes::get,
        passes::void,
        passes::refund,
        passes::transfer,
        passes::send,
        points::list,
        points::create,
        points::archive,
        points::of_type,
        points::admit_at,
        scans::of_point,
        scans::of_event,
        scans::of_sitting,
        scans::of_assessment,
        scans::of_pass,
        redemptions::create,
        redemption_batches::batch,
        redemptions::undo,
        redemptions::photo,
        verifiers::offer,
        verifiers::list,
        verifiers::enrol,
        verifiers::me,
        verifiers::challenge,
        verifiers::token,
        verifiers::revoke,
        verifiers::pack,
        crate::live::incidents::follow,
        incidents::list,
        incidents::get,
        incidents::settle,
        doors::point,
        room_lists::of_assessment,
        room_lists::of_sitting,
        room_lists::figures,
        sittings::list,
        sittings::create,
        sittings::get,
        sittings::change,
        sittings::remove,
        sittings::places,
        sittings::share_out,
        sittings::clear,
        sittings::assign,
        holds::list,
        holds::place,
        holds::get,
        holds::lift,
        dockets::eligibility,
        dockets::of_group,
        dockets::issue,
        dockets::get,
        dockets::renew,
        batches::list_dockets,
        batches::issue_dockets,
        batches::get_dockets,
        batches::people_of_dockets,
        results::of_class,
        results::enter,
        results::set_scheme,
        results::publish,
        results::withdraw,
        results::publish_everywhere,
        results::of_person,
        results::slip,
        badges::get,
        badges::issue,
        badges::renew,
        badges::void,
        badges::mark,
        batches::list_badges,
        batches::issue_badges,
        batches::get_badges,
        batches::people_of_badges,
        leaves::list,
        leaves::ask,
        leaves::get,
        leaves::decide,
        leaves::withdraw,
        leaves::end,
        leaves::attachment,
        leaves::attach,
        registers::missing,
        codes::current,
        codes::stock,
        bulk_marks::create,
        bulk_marks::list,
        bulk_marks::reverse,
        devices::free,
        devices::list,
        marks::put,
        marks::create,
        receipts::register,
        receipts::of_person,
        receipts::withdraw,
        receipts::of_session,
    )
)]
struct Annotated;

/// The same for everybody and for as long as the program runs.
static TEXT: LazyLock<Option<String>> = LazyLock::new(|| document().to_json().ok());

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", operation_id = "describe",
    responses((status = 200, body = Object)))]
pub(super) async fn describe() -> impl IntoResponse {
    let json = (header::CONTENT_TYPE, "application/json");
    ([json], TEXT.as_deref().unwrap_or_default())
}

fn document() -> Document {
    let mut document = Annotated::openapi();
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let bearer = bearer.description(Some("`access_token` of `POST /api/v1/tokens`."));
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    let cookie = ApiKeyValue::with_description(
        cookies::LOGIN,
        "The login of the pages; changes need an `Origin` of this site.",
    );
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.responses.insert(PROBLEM.to_owned(), refusal("Refused.").into());
    for route in crate::routes().iter().filter(|route| route.path.starts_with("/api/v1/")) {
        let item = document.paths.paths.get_mut(route.path);
        if let Some(operation) = item.and_then(|item| operation(item, &route.method)) {
            complete(operation, route);
        }
    }
    document
}

fn operation<'a>(item: &'a mut PathItem, method: &Method) -> Option<&'a mut Operation> {
    match *method {
        Method::GET => item.get.as_mut(),
        Method::POST => item.post.as_mut(),
        Method::PUT => item.put.as_mut(),
        Method::PATCH => item.patch.as_mut(),
        Method::DELETE => item.delete.as_mut(),
        _ => None,
    }
}

/// Adds what holds by rule.
fn complete(operation: &mut Operation, route: &Route) {
    let subject = route.path.split('/').nth(3).unwrap_or_default();
    operation.tags = Some(vec![subject.trim_end_matches(".json").to_owned()]);
    let parameters = operation.parameters.get_or_insert_default();
    parameters.extend(ids(route.path).map(RefOr::T));
    if repeated::is_kept(&route.method, route.path) {
        parameters.push(RefOr::T(idempotency_key()));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            describe_answer(status, response);
        }
    }
    let named = |name: &str| SecurityRequirement::new(name, [""; 0]);
    operation.security = Some(match route.access {
        Access::Public => Vec::new(),
        Access::SignedIn | Access::Needs(_) => vec![named(BEARER), named(COOKIE)],
    });
    tags(operation);
    for (status, description) in refusals(operation, route) {
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| refusal(description).into());
    }
    let any = RefOr::Ref(Ref::new(format!("#/components/responses/{PROBLEM}")));
    operation.responses.responses.insert("default".to_owned(), any);
}

/// Ids in a path, by their names in braces; a name is no id.
fn ids(path: &str) -> impl Iterator<Item = Parameter> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        let uuid = Some(SchemaFormat::KnownFormat(KnownFormat::Uuid));
        let format = if name == "name" { None } else { uuid };
        let schema = ObjectBuilder::new().schema_type(Type::String).format(format);
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        parameter.required(Required::True).schema(Some(schema)).build()
    })
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let schema = schema.min_length(Some(1)).max_length(Some(255));
    let parameter = ParameterBuilder::new().name("Idempotency-Key");
    let parameter = parameter.parameter_in(ParameterIn::Header).required(Required::False);
    let described = parameter.description(Some(
        "Sent again with the same key and body within a day, the request is done once and \
         answered as before, with `Idempotency-Replayed: true`.",
    ));
    described.schema(Some(schema)).build()
}

fn describe_answer(status: &str, response: &mut Response) {
    if response.description.is_empty() {
        let done = match status {
            "201" => "Made.",
            "204" => "Done; there is nothing to say.",
            _ => "Done.",
        };
        done.clone_into(&mut response.description);
    }
}

/// Adds what conditions on tags bring with them.
fn tags(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let parameters = operation.parameters.iter().flatten();
    for parameter in parameters.filter_map(|p| if let RefOr::T(p) = p { Some(p) } else { None }) {
        match parameter.name.as_str() {
            "If-None-Match" => {
                let known = ResponseBuilder::new().description("What you have still holds.");
                responses.insert("304".to_owned(), known.build().into());
            }
            "If-Match" => {
                let stale = refusal("`stale`: the record has another version by now.");
                responses.insert("412".to_owned(), stale.into());
            }
            _ => {}
        }
    }
}

/// The refusals that any request of this kind may meet.
fn refusals(operation: &Operation, route: &Route) -> Vec<(&'static str, &'static str)> {
    let mut all = Vec::new();
    if route.access != Access::Public {
        all.push(("401", "`not-signed-in`."));
        all.push(("403", "`forbidden`."));
    }
    if route.path.contains('{') {
        all.push(("400", "`malformed`: an id in the path is none."));
        all.push(("404", "`not-found`."));
    }
    if operation.request_body.is_some() {
        all.push(("422", "`invalid`: `errors` says which members, `malformed`: not this schema."));
    }
    all
}

fn refusal(description: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name(PROBLEM));
    let content = Content::new(Some(schema));
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
}
