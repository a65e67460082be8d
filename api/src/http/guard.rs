//! What every request must satisfy, and what every answer carries.
//!
//! The server listens on loopback, so the danger is a page from elsewhere in the user's own browser: requests are
//! taken only for a loopback host name (no DNS rebinding), changes only from our own origin and as JSON.

use crate::http::problem::{Problem, told_in};
use crate::http::state::lang;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::model::phrase::Phrase;

/// Content that the page may load: its own, and images it draws itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Checks the request, passes it on and adds the headers of every answer.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let lang = lang(request.headers());
    let answer = match check(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let mut response = told_in(lang, answer);
    let fixed: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn check(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback(host) {
        return Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            Phrase::new(
                "this server answers only under 127.0.0.1, [::1] or localhost",
                "este servidor solo responde como 127.0.0.1, [::1] o localhost",
            ),
        ));
    }
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    if let Some(origin) = text(header::ORIGIN)
        && origin.strip_prefix("http://") != Some(host)
    {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "origin",
            Phrase::new(
                "requests from other pages are refused",
                "se rechazan las peticiones de otras páginas",
            ),
        ));
    }
    let json = text(header::CONTENT_TYPE).is_some_and(|t| t.starts_with("application/json"));
    if *method == Method::POST && !json {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-type",
            Phrase::new("send the question as application/json", "envíe la pregunta como application/json"),
        ));
    }
    Ok(())
}

/// Whether a `Host` header names this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_served() {
        for good in ["127.0.0.1:7878", "localhost:1", "[::1]:7878", "127.0.0.1"] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in ["", "example.org:7878", "127.0.0.1.example.org", "10.0.0.1:7878", "localhost.example"] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
