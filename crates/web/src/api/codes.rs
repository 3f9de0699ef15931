//! The codes of a session, for who shows them.

use super::{link_base, online_link};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::Instant;
use axum::Json;
use axum::extract::Path;
use muster_app::Error;
use muster_app::sessions::{self, ShownCode};
use muster_documents::qr::{Correction, QrImage, to_bits_base64url};
use muster_domain::ids::SessionId;
use serde::Serialize;
use utoipa::ToSchema;

/// How many codes the projector keeps in stock: two minutes' worth.
const STOCK_SECONDS: i64 = 120;

/// The codes of the next two minutes.
#[derive(Serialize, ToSchema)]
pub(super) struct Stock {
    server_time: Instant,
    step_seconds: i64,
    codes: Vec<StockedCode>,
}

/// A code with the time in which it is shown.
#[derive(Serialize, ToSchema)]
pub(super) struct StockedCode {
    step: u64,
    link: String,
    typed_code: String,
    qr: Option<Qr>,
    shown_from: Instant,
    shown_until: Instant,
}

/// A QR code, module by module.
#[derive(Serialize, ToSchema)]
pub(super) struct Qr {
    /// Modules on a side.
    size: usize,
    /// Rows of modules, eight to a byte, in base64url.
    bits: String,
}

/// What the projector shows during the next two minutes.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/codes", operation_id = "list_codes",
    responses((status = 200, body = Stock)))]
pub(super) async fn stock(caller: Caller, Path(id): Path<SessionId>) -> ApiResult<Json<Stock>> {
    let session = caller.read(move |tx, ctx| sessions::get(tx, ctx, id)).await?;
    let steps = STOCK_SECONDS / session.step_seconds.max(1);
    let shown = sessions::codes(&caller.ctx, &session, steps.unsigned_abs() + 1)?;
    let base = link_base(&caller);
    let codes = shown.iter().map(|shown| {
        let link = shown.code.link(&base.host, base.https);
        let qr = QrImage::new(&link, Correction::Low).ok();
        StockedCode {
            step: shown.step,
            link,
            typed_code: typed(shown),
            qr: qr.map(|image| Qr { size: image.size(), bits: to_bits_base64url(&image) }),
            shown_from: Instant(shown.shown_from),
            shown_until: Instant(shown.shown_until),
        }
    });
    Ok(Json(Stock {
        server_time: Instant(caller.ctx.now()),
        step_seconds: session.step_seconds,
        codes: codes.collect(),
    }))
}

/// The code on screen now.
#[derive(Serialize, ToSchema)]
pub(super) struct CurrentCode {
    /// What students open: the code's link, online the one to share.
    link: String,
    /// What students may type in class; null online.
    typed_code: Option<String>,
    /// Of the code; online of the password.
    step: u64,
    /// Until when it is the one to show, online to tell.
    valid_until: Instant,
    /// Online: the password that students enter besides the link, new every 30 seconds.
    otp: Option<String>,
    otp_valid_until: Option<Instant>,
    /// Online: the link to share.
    online_link: Option<String>,
    server_time: Instant,
}

/// The current code.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/code", operation_id = "get_code",
    responses((status = 200, body = CurrentCode)))]
pub(super) async fn current(
    caller: Caller,
    Path(id): Path<SessionId>,
) -> ApiResult<Json<CurrentCode>> {
    let session = caller.read(move |tx, ctx| sessions::get(tx, ctx, id)).await?;
    let shown = sessions::codes(&caller.ctx, &session, 1)?;
    let shown = shown.first().ok_or(Error::NotFound)?;
    let base = link_base(&caller);
    let server_time = Instant(caller.ctx.now());
    let code = match sessions::otp(&caller.ctx, &session)? {
        Some(online) => {
            let link = online_link(&caller, &online.token);
            CurrentCode {
                link: link.clone(),
                typed_code: None,
                step: online.step,
                valid_until: Instant(online.until),
                otp: Some(online.otp.to_string()),
                otp_valid_until: Some(Instant(online.until)),
                online_link: Some(link),
                server_time,
            }
        }
        None => CurrentCode {
            link: shown.code.link(&base.host, base.https),
            typed_code: Some(typed(shown)),
            step: shown.step,
            valid_until: Instant(shown.shown_until),
            otp: None,
            otp_valid_until: None,
            online_link: None,
            server_time,
        },
    };
    Ok(Json(code))
}

fn typed(shown: &ShownCode) -> String {
    shown.code.typed_code().to_string()
}
