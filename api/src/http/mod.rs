//! The server: routes, sessions, guards and the page.

mod guard;
mod identities;
pub(crate) mod problem;
pub(crate) mod query;
mod questions;
mod routes;
pub(crate) mod server;
pub(crate) mod state;

use crate::page;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, middleware};
use engine::model::phrase::Phrase;
use problem::Problem;
use state::State;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;

/// The whole service.
pub(crate) fn router(state: Arc<State>) -> Router {
    let (api, document) = routes::api();
    let document = Arc::new(document);
    let described = {
        let document = Arc::clone(&document);
        move || async move { Json::<OpenApi>((*document).clone()) }
    };
    Router::new()
        .merge(api)
        .route("/api/openapi.json", axum::routing::get(described))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .route("/", axum::routing::get(|| async { asset("index.html") }))
        .route("/{*path}", axum::routing::get(|Path(path): Path<String>| async move { asset(&path) }))
        .with_state(state)
        .layer(axum::extract::DefaultBodyLimit::max(256 * 1024))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failure",
                Phrase::new(
                    "the server met an error of its own; the case is unchanged",
                    "el servidor tuvo un error propio; el caso no ha cambiado",
                ),
            )
            .into_response()
        }))
        .layer(middleware::from_fn(guard::guard))
}

async fn unknown() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-route",
        Phrase::new(
            "there is no such route; see /api/openapi.json",
            "no existe esa ruta; vea /api/openapi.json",
        ),
    )
}

fn asset(path: &str) -> Response {
    match page::asset(path) {
        Some((mime, bytes)) => {
            let cache =
                if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
            let mut response = bytes.into_owned().into_response();
            let headers = response.headers_mut();
            if let Ok(mime) = HeaderValue::from_str(mime) {
                headers.insert(header::CONTENT_TYPE, mime);
            }
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            response
        }
        None => (StatusCode::NOT_FOUND, "404").into_response(),
    }
}
