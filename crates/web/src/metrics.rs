//! Figures for Prometheus: requests by route, attempts to mark by what came of them, and what the database holds at the moment of asking.
//! For this machine, and for whoever knows the token.

use crate::caller::bearer;
use crate::origin::Origin;
use crate::server::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, describe_gauge, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use muster_app::operations;
use std::sync::Arc;
use std::time::Instant;
use subtle::ConstantTimeEq;

/// Bounds of the times that are counted, in seconds.
const TIMES: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The figures of this process.
#[derive(Clone)]
pub(crate) struct Figures {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    /// Who knows it may read them from elsewhere.
    token: Option<Arc<str>>,
}

impl Figures {
    pub fn new() -> Self {
        let builder = PrometheusBuilder::new();
        // Bounds that are no empty list are taken.
        let builder = builder.set_buckets(&TIMES).unwrap_or_default();
        let recorder = builder.build_recorder();
        Self { handle: recorder.handle(), recorder: Arc::new(recorder), token: None }
    }

    #[must_use]
    pub fn for_whoever_knows(mut self, token: Option<String>) -> Self {
        self.token = token.filter(|token| !token.is_empty()).map(Into::into);
        self
    }

    /// Counts an attempt of a student to mark themself.
    pub fn answered(&self, outcome: &'static str) {
        with_local_recorder(&*self.recorder, || {
            counter!("muster_mark_attempts_total", "outcome" => outcome).increment(1);
        });
    }

    fn may_read(&self, headers: &HeaderMap) -> bool {
        let (Some(token), Some(sent)) = (&self.token, bearer(headers)) else { return false };
        sent.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

/// Counts a request and takes its time. Outside of all other layers, so that refusals count.
pub(crate) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    // What is nowhere counts as one route, or each probe of a scanner would be a figure.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    let method = request.method().to_string();
    let began = Instant::now();
    let response = next.run(request).await;
    let (took, status) = (began.elapsed(), response.status().as_u16().to_string());
    with_local_recorder(&*app.figures.recorder, || {
        let labels = [("method", method), ("route", route.clone()), ("status", status)];
        counter!("muster_http_requests_total", &labels).increment(1);
        histogram!("muster_http_request_seconds", "route" => route).record(took);
    });
    response
}

/// `GET /metrics`
pub(crate) async fn show(State(app): State<App>, request: Request) -> Response {
    let origin = Origin::of(&request, &app.proxies);
    if !origin.local && !app.figures.may_read(request.headers()) {
        let text = "The figures are for this machine, and for whoever knows the token.\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let now = (app.clock)();
    let read = match app.store.read(move |tx| operations::snapshot(tx, now)).await {
        Ok(read) => read,
        Err(error) => {
            tracing::warn!(%error, "figures of the database can't be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    with_local_recorder(&*app.figures.recorder, || {
        for (name, help, value) in read.named() {
            describe_gauge!(name, help);
            gauge!(name).set(float(value));
        }
    });
    app.figures.handle.run_upkeep();
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    ([kind], app.figures.handle.render()).into_response()
}

#[allow(clippy::cast_precision_loss, reason = "Prometheus knows no other numbers")]
fn float(value: i64) -> f64 {
    value as f64
}
