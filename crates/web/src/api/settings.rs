//! The institution's settings for programs: the members are those of the list of settings.

use crate::caller::Caller;
use crate::problem::ApiResult;
use axum::Json;
use muster_app::settings::{self, ALL, Kind};
use muster_app::{Error, FieldError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// What holds for the whole institution.
#[derive(Serialize)]
pub(super) struct Settings(Map<String, Value>);

impl From<settings::Settings> for Settings {
    fn from(now: settings::Settings) -> Self {
        let member = |setting: &settings::Setting| {
            let text = setting.get(&now);
            let value = match setting.kind {
                Kind::Text { .. } | Kind::Strictness(_) | Kind::Guardians(_) => Value::from(text),
                Kind::Colour(_) => Value::from(Some(text).filter(|text| !text.is_empty())),
                Kind::Switch(_) => Value::from(text == "true"),
                Kind::Number { .. } | Kind::Optional { .. } => {
                    Value::from(text.parse::<i64>().ok())
                }
            };
            (setting.name.to_owned(), value)
        };
        Self(ALL.iter().map(member).collect())
    }
}

impl PartialSchema for Settings {
    fn schema() -> RefOr<Schema> {
        object(true)
    }
}

impl ToSchema for Settings {}

/// The members of the settings; without `required` any of them may be missing.
fn object(required: bool) -> RefOr<Schema> {
    ALL.iter()
        .fold(ObjectBuilder::new(), |object, setting| {
            let text = format!("{}. {}", setting.label, setting.explanation);
            let schema = ObjectBuilder::new().description(Some(text));
            let schema = match setting.kind {
                Kind::Text { .. } => schema.schema_type(Type::String),
                Kind::Colour(_) => {
                    let types = SchemaType::from_iter([Type::String, Type::Null]);
                    schema.schema_type(types).pattern(Some("^#?[0-9A-Fa-f]{6}$"))
                }
                Kind::Switch(_) => schema.schema_type(Type::Boolean),
                Kind::Strictness(_) | Kind::Guardians(_) => {
                    let keys = setting.kind.choices().into_iter().map(|(key, _)| key);
                    schema.schema_type(Type::String).enum_values(Some(keys))
                }
                Kind::Number { low, high, .. } => {
                    schema.schema_type(Type::Integer).minimum(Some(low)).maximum(Some(high))
                }
                Kind::Optional { low, high, .. } => {
                    let types = SchemaType::from_iter([Type::Integer, Type::Null]);
                    schema.schema_type(types).minimum(Some(low)).maximum(Some(high))
                }
            };
            let object = object.property(setting.name, schema);
            if required { object.required(setting.name) } else { object }
        })
        .into()
}

/// The settings.
#[utoipa::path(get, path = "/api/v1/settings", operation_id = "get_settings",
    responses((status = 200, body = Settings)))]
pub(super) async fn get(caller: Caller) -> ApiResult<Json<Settings>> {
    Ok(Json(caller.read(settings::get).await?.into()))
}

/// Members that are missing stay as they are.
#[derive(Deserialize)]
pub(super) struct Body(Map<String, Value>);

impl PartialSchema for Body {
    fn schema() -> RefOr<Schema> {
        object(false)
    }
}

impl ToSchema for Body {
    fn name() -> Cow<'static, str> {
        "SettingsChange".into()
    }
}

impl Body {
    fn values(self) -> Result<Vec<(String, String)>, Error> {
        let values = self.0.into_iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Number(number) => Ok((name, number.to_string())),
            Value::Null => Ok((name, String::new())),
            Value::Bool(yes) => Ok((name, yes.to_string())),
            Value::Array(_) | Value::Object(_) => {
                let field = settings::named(&name).map_or("", |setting| setting.name);
                Err(FieldError { field, detail: "Send a text, a number, or yes or no.".to_owned() })
            }
        });
        values.collect::<Result<_, _>>().map_err(|wrong| Error::Invalid(vec![wrong]))
    }
}

/// Changes settings: only the members given, all of them or none.
#[utoipa::path(patch, path = "/api/v1/settings", operation_id = "change_settings",
    request_body = Body, responses((status = 200, body = Settings)))]
pub(super) async fn change(caller: Caller, Json(body): Json<Body>) -> ApiResult<Json<Settings>> {
    let values = body.values()?;
    let write = caller.write(move |tx, ctx| {
        settings::change(tx, ctx, &values)?;
        settings::get(tx, ctx)
    });
    Ok(Json(write.await?.into()))
}
