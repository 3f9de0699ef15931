//! A person's photo: sending it, choosing a new one, removing it.

use super::person::{back, shown};
use crate::caller::Caller;
use crate::error::PageError;
use crate::upload;
use axum::extract::multipart::Field;
use axum::extract::{Multipart, Path};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use muster_app::{Error, photos};
use muster_documents::photo::{Crop, LARGEST};
use muster_domain::ids::PersonId;

/// `GET /people/{id}/photo`
pub(super) async fn show(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| photos::get(tx, ctx, id));
    let photo = read.await.map_err(|error| caller.error(error))?;
    let headers = [
        (header::CONTENT_TYPE, photo.media_type),
        (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
    ];
    Ok((headers, photo.content).into_response())
}

/// `POST /people/{id}/photo`
pub(super) async fn set(
    caller: Caller,
    Path(id): Path<PersonId>,
    form: Multipart,
) -> Result<Response, PageError> {
    let allowed = caller.read(move |tx, ctx| photos::need_change(tx, ctx, id)).await;
    let done = match allowed {
        Ok(()) => store(&caller, id, form).await,
        Err(error) => Err(error),
    };
    shown(&caller, id, done).await
}

async fn store(caller: &Caller, id: PersonId, form: Multipart) -> Result<(), Error> {
    let (file, crop) = read(form).await?;
    if file.is_empty() {
        return Err(Error::field("photo", "Choose a picture first."));
    }
    let thumbnail = caller.app.thumbnail(file, crop).await?;
    caller.write(move |tx, ctx| photos::set(tx, ctx, id, &thumbnail)).await.map(drop)
}

/// The file, and the square if a script let somebody choose one.
async fn read(mut form: Multipart) -> Result<(Vec<u8>, Option<Crop>), Error> {
    let broken = |error| upload::broken(&error, "photo", LARGEST);
    let (mut file, mut chosen) = (Vec::new(), [None; 3]);
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("photo") => file = upload::file(&mut field, "photo", LARGEST).await?,
            Some("x") => chosen[0] = number(field).await,
            Some("y") => chosen[1] = number(field).await,
            Some("side") => chosen[2] = number(field).await,
            _ => {}
        }
    }
    let [x, y, side] = chosen;
    let crop = x.zip(y).zip(side).map(|((x, y), side)| Crop { x, y, side });
    Ok((file, crop))
}

async fn number(field: Field<'_>) -> Option<u32> {
    field.text().await.ok()?.parse().ok()
}

/// `POST /people/{id}/photo/removal`
pub(super) async fn remove(
    caller: Caller,
    Path(id): Path<PersonId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| photos::remove(tx, ctx, id)).await;
    // Somebody else was faster: what was wanted is so.
    match done {
        Err(Error::NotFound) => Ok(back(id)),
        done => shown(&caller, id, done).await,
    }
}
