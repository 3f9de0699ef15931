//! What the document that describes the interface says of every call by rule: who may call it, ids
//! in the path, `Idempotency-Key`, and problems.

use super::openapi::{BEARER, COOKIE, PROBLEM};
use crate::repeated;
use crate::routes::{Access, Route};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::{
    Content, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, SecurityRequirement,
};

/// Adds what holds by rule.
pub(super) fn complete(operation: &mut Operation, route: &Route) {
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

/// Ids in a path, by their names in braces; a name or a digest is no id.
fn ids(path: &str) -> impl Iterator<Item = Parameter> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        let uuid = Some(SchemaFormat::KnownFormat(KnownFormat::Uuid));
        let format = if matches!(name, "name" | "digest") { None } else { uuid };
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

/// A refusal of that meaning.
pub(super) fn refusal(description: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name(PROBLEM));
    let content = Content::new(Some(schema));
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
}
