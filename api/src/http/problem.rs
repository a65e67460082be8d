//! Errors as `application/problem+json` (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::disclose::audience::Lang;
use engine::error::EngineError;
use engine::model::phrase::Phrase;
use serde::Serialize;
use utoipa::ToSchema;

/// A problem as RFC 9457 writes it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A stable word for the kind of problem, as a URI reference.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words, in the reader's language.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened and what to do, in the reader's language.
    detail: String,
    #[serde(skip)]
    spanish: String,
}

impl Problem {
    /// A problem of a kind.
    pub(crate) fn new(status: StatusCode, kind: &str, detail: Phrase) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.english().to_owned(),
            spanish: detail.spanish().to_owned(),
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let (status, kind) = match &error {
            EngineError::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            EngineError::Stale { .. } => (StatusCode::CONFLICT, "stale"),
            EngineError::Ambiguous { .. } => (StatusCode::CONFLICT, "ambiguous"),
            EngineError::Contradiction { .. } => (StatusCode::CONFLICT, "contradiction"),
            EngineError::WhyMissing { .. }
            | EngineError::Judgement(_)
            | EngineError::Format(_)
            | EngineError::OneParty => (StatusCode::UNPROCESSABLE_ENTITY, "unacceptable"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "failure"),
        };
        let detail = Phrase::made(error.in_words(Lang::En), error.in_words(Lang::Es));
        Self::new(status, kind, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // Whoever knows the reader's language says it again in that language.
        response.extensions_mut().insert(self);
        response
    }
}

/// An answer whose problem, if it is one, is told in this language.
pub(crate) fn told_in(lang: Lang, mut response: Response) -> Response {
    if lang == Lang::En {
        return response;
    }
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => {
            let title = spanish_title(problem.status).unwrap_or(&problem.title).to_owned();
            let detail = problem.spanish.clone();
            Problem { title, detail, ..problem }.into_response()
        }
        None => response,
    }
}

/// The reason phrase of a status in Spanish; the statuses that this server answers with.
fn spanish_title(status: u16) -> Option<&'static str> {
    Some(match status {
        403 => "No permitido",
        404 => "No encontrado",
        409 => "En conflicto",
        415 => "Tipo de contenido no admitido",
        421 => "Petición mal dirigida",
        422 => "Contenido no admisible",
        500 => "Fallo del servidor",
        _ => return None,
    })
}
