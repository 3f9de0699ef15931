//! Records that two nodes made apart and that turned out to be one: the address of the one that gave
//! way leads to the one that stands, so that what people kept, have open or have sent goes on working.

use crate::server::App;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use muster_storage::{ReadTx, replication};
use uuid::Uuid;

/// Where nothing is found, looks whether the address names a record that leads to another one.
pub(crate) async fn on(State(app): State<App>, request: Request, next: Next) -> Response {
    let address = request.uri().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::NOT_FOUND {
        return response;
    }
    match there(&app, &address).await {
        // The method and what was sent stay the same (307); it may lead elsewhere later on.
        Some(to) => Redirect::temporary(&to).into_response(),
        None => response,
    }
}

async fn there(app: &App, address: &Uri) -> Option<String> {
    // Such a path names another host to a browser that is led there.
    if address.path().starts_with("//") || address.path().starts_with("/\\") {
        return None;
    }
    let parts: Vec<String> = address.path().split('/').map(str::to_owned).collect();
    let named: Vec<Uuid> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    if named.is_empty() {
        return None;
    }
    let read = move |tx: &mut ReadTx<'_>| replication::stands_for(tx, &named);
    let led = app.store.read(read).await.ok().filter(|led| !led.is_empty())?;
    let stands = |part: &String| {
        let id: Option<Uuid> = part.parse().ok();
        id.and_then(|id| led.get(&id)).map_or_else(|| part.clone(), Uuid::to_string)
    };
    let path = parts.iter().map(stands).collect::<Vec<_>>().join("/");
    let query = address.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{path}{query}"))
}
