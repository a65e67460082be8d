//! The routes: each reads a question, asks the session, and gives its view.
//!
//! Ids and search texts travel in bodies, never in addresses, because addresses end in logs.

use crate::http::problem::Problem;
use crate::http::query::{
    CaseRef, CommonBody, EgoBody, NodeBody, PathBody, RowsBody, SearchBody, SessionBody, SessionView,
};
use crate::http::state::State;
use crate::http::{identities, questions};
use crate::wire;
use axum::extract::{Path, Query, State as Held};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use engine::disclose::audience::Lang;
use engine::disclose::view::case::CaseView;
use engine::disclose::view::entity::EntityView;
use engine::disclose::view::graph::GraphView;
use engine::disclose::view::path::{CommonView, PathView};
use engine::disclose::view::search::SearchView;
use engine::disclose::view::source::{RefusedView, SourceView};
use engine::model::phrase::Phrase;
use engine::model::sensitivity::Clearance;
use engine::session::Session;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa::{IntoParams, OpenApi as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) type App = Held<Arc<State>>;
pub(super) type Answer<T> = Result<Json<T>, Problem>;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Madeja",
        description = "Network link analysis for investigating trafficking in persons. \
                       Every answer is a view made for the session's clearance.",
    ),
    tags((name = "case"), (name = "network"), (name = "identity"), (name = "session"))
)]
struct Document;

/// The API and its description.
pub(crate) fn api() -> (Router<Arc<State>>, OpenApi) {
    let router = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(cases))
        .routes(routes!(currency))
        .routes(routes!(case))
        .routes(routes!(sources))
        .routes(routes!(refused))
        .routes(routes!(search))
        .routes(routes!(node))
        .routes(routes!(ego))
        .routes(routes!(path))
        .routes(routes!(common))
        .routes(routes!(rows))
        .merge(questions::routes())
        .routes(routes!(communities))
        .routes(routes!(community))
        .routes(routes!(findings))
        .routes(routes!(finding))
        .merge(identities::routes())
        .routes(routes!(open_session, close_session));
    router.split_for_parts()
}

/// Asks a session off the asynchronous threads: a question reads files and may take its time.
pub(super) async fn ask<T: Send + 'static>(
    state: Arc<State>,
    headers: HeaderMap,
    case: String,
    question: impl FnOnce(&Session<'_>) -> Result<T, Problem> + Send + 'static,
) -> Answer<T> {
    off_the_loop(move || question(&state.session(&case, &headers)?)).await
}

/// Lets a session decide.
///
/// # Arguments   `decision`: gives the numbers of the judgements; `told`: the answer, of these and of whether results are
/// still being brought up to date
pub(super) async fn decide<T: Send + 'static>(
    state: Arc<State>,
    headers: HeaderMap,
    case: String,
    decision: impl FnOnce(&Session<'_>) -> Result<Vec<u64>, Problem> + Send + 'static,
    told: impl FnOnce(Vec<u64>, bool) -> T + Send + 'static,
) -> Answer<T> {
    off_the_loop(move || {
        state.decide(&case, &headers, decision).map(|(numbers, updating)| told(numbers, updating))
    })
    .await
}

/// Whether the results of a case are those of all its judgements.
#[derive(Debug, Serialize, ToSchema)]
struct Currency {
    /// Whether they are being brought up to date; meanwhile answers are of the state before the latest judgements.
    updating: bool,
}

/// Whether results are being brought up to date.
#[utoipa::path(get, path = "/api/cases/{case}/state", tag = "case", params(("case" = String, Path)),
    responses((status = 200, body = Currency), (status = 404, body = Problem)))]
async fn currency(Held(state): App, Path(case): Path<String>) -> Answer<Currency> {
    Ok(Json(Currency { updating: state.case(&case)?.is_updating() }))
}

async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Answer<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer.map(Json),
        Err(_) => Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failure",
            Phrase::new(
                "the question could not be answered; the case is unchanged",
                "la pregunta no se pudo responder; el caso no ha cambiado",
            ),
        )),
    }
}

/// The cases that are served.
#[utoipa::path(get, path = "/api/cases", tag = "case", responses((status = 200, body = Vec<CaseRef>)))]
async fn cases(Held(state): App) -> Json<Vec<CaseRef>> {
    let list = state.cases().map(|(case, title)| CaseRef { case: case.to_owned(), title: title.to_owned() });
    Json(list.collect())
}

/// What a case holds and what is stale.
#[utoipa::path(get, path = "/api/cases/{case}", tag = "case", params(("case" = String, Path)),
    responses((status = 200, body = CaseView), (status = 404, body = Problem)))]
async fn case(Held(state): App, Path(case): Path<String>, headers: HeaderMap) -> Answer<CaseView> {
    let name = case.clone();
    ask(state, headers, case, move |s| Ok(s.case_view(&name)?)).await
}

/// The sources with their receipts.
#[utoipa::path(get, path = "/api/cases/{case}/sources", tag = "case", params(("case" = String, Path)),
    responses((status = 200, body = Vec<SourceView>), (status = 404, body = Problem)))]
async fn sources(Held(state): App, Path(case): Path<String>, headers: HeaderMap) -> Answer<Vec<SourceView>> {
    ask(state, headers, case, |s| Ok(s.sources()?)).await
}

/// A stretch of a list.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Stretch {
    /// Items to pass over first.
    pub(super) after: Option<usize>,
    /// Items at most.
    pub(super) limit: Option<usize>,
}

/// Refused rows of a source; their raw text needs a clearance.
#[utoipa::path(get, path = "/api/cases/{case}/sources/{source}/refused", tag = "case",
    params(("case" = String, Path), ("source" = String, Path), Stretch),
    responses((status = 200, body = Vec<RefusedView>), (status = 404, body = Problem)))]
async fn refused(
    Held(state): App,
    Path((case, source)): Path<(String, String)>,
    Query(stretch): Query<Stretch>,
    headers: HeaderMap,
) -> Answer<Vec<RefusedView>> {
    ask(state, headers, case, move |s| {
        Ok(s.refused(Some(&source), stretch.after.unwrap_or(0), stretch.limit.unwrap_or(200))?)
    })
    .await
}

/// Searches names, numbers, documents and accounts.
#[utoipa::path(post, path = "/api/cases/{case}/search", tag = "network", params(("case" = String, Path)),
    request_body = SearchBody, responses((status = 200, body = SearchView), (status = 404, body = Problem)))]
async fn search(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<SearchBody>,
) -> Answer<SearchView> {
    ask(state, headers, case, move |s| Ok(s.find(&body.text, body.limit.unwrap_or(25))?)).await
}

/// An entity's or identifier's card.
#[utoipa::path(post, path = "/api/cases/{case}/node", tag = "network", params(("case" = String, Path)),
    request_body = NodeBody, responses((status = 200, body = EntityView), (status = 404, body = Problem)))]
async fn node(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<NodeBody>,
) -> Answer<EntityView> {
    ask(state, headers, case, move |s| Ok(s.show(&body.id)?)).await
}

/// The network around a node.
#[utoipa::path(post, path = "/api/cases/{case}/ego", tag = "network", params(("case" = String, Path)),
    request_body = EgoBody, responses((status = 200, body = GraphView), (status = 404, body = Problem)))]
async fn ego(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<EgoBody>,
) -> Answer<GraphView> {
    ask(state, headers, case, move |s| Ok(s.ego(&body.question()?)?)).await
}

/// Paths from one node to another.
#[utoipa::path(post, path = "/api/cases/{case}/path", tag = "network", params(("case" = String, Path)),
    request_body = PathBody, responses((status = 200, body = PathView), (status = 404, body = Problem)))]
async fn path(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<PathBody>,
) -> Answer<PathView> {
    ask(state, headers, case, move |s| Ok(s.path(&body.question()?)?)).await
}

/// Contacts that several nodes have in common, the rarest first.
#[utoipa::path(post, path = "/api/cases/{case}/common", tag = "network", params(("case" = String, Path)),
    request_body = CommonBody, responses((status = 200, body = CommonView), (status = 404, body = Problem)))]
async fn common(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<CommonBody>,
) -> Answer<CommonView> {
    ask(state, headers, case, move |s| Ok(s.common(&body.ids, &body.scope()?, body.limit.unwrap_or(50))?))
        .await
}

/// The rows behind an edge, or rows by their address.
#[utoipa::path(post, path = "/api/cases/{case}/rows", tag = "network", params(("case" = String, Path)),
    request_body = RowsBody, responses((status = 200, body = wire::Rows), (status = 404, body = Problem)))]
async fn rows(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<RowsBody>,
) -> Answer<wire::Rows> {
    ask(state, headers, case, move |s| {
        let (rows, total) = s.rows(&body.question()?)?;
        Ok(wire::Rows { rows, total })
    })
    .await
}

/// The communities, the largest first.
#[utoipa::path(get, path = "/api/cases/{case}/communities", tag = "network",
    params(("case" = String, Path), Stretch),
    responses((status = 200, body = wire::Communities), (status = 404, body = Problem)))]
async fn communities(
    Held(state): App,
    Path(case): Path<String>,
    Query(stretch): Query<Stretch>,
    headers: HeaderMap,
) -> Answer<wire::Communities> {
    ask(state, headers, case, move |s| Ok(wire::communities(s, stretch.limit.unwrap_or(50)))).await
}

/// One community with its members and their network.
#[utoipa::path(get, path = "/api/cases/{case}/communities/{id}", tag = "network",
    params(("case" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = wire::Community), (status = 404, body = Problem)))]
async fn community(
    Held(state): App,
    Path((case, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<wire::Community> {
    ask(state, headers, case, move |s| {
        let (community, graph) = s.community(&id)?;
        Ok(wire::Community { community, graph })
    })
    .await
}

/// Which typology.
#[derive(Debug, Deserialize, IntoParams)]
struct TypologyFilter {
    /// Only findings of this typology.
    typology: Option<String>,
}

/// The findings: leads, never findings of guilt; the first 500 unless the stretch says otherwise.
#[utoipa::path(get, path = "/api/cases/{case}/findings", tag = "network",
    params(("case" = String, Path), TypologyFilter, Stretch),
    responses((status = 200, body = wire::Findings), (status = 404, body = Problem)))]
async fn findings(
    Held(state): App,
    Path(case): Path<String>,
    Query(filter): Query<TypologyFilter>,
    Query(stretch): Query<Stretch>,
    headers: HeaderMap,
) -> Answer<wire::Findings> {
    ask(state, headers, case, move |s| {
        let (after, limit) = (stretch.after.unwrap_or_default(), stretch.limit.unwrap_or(500));
        let (findings, total) = s.findings(filter.typology.as_deref(), after, limit)?;
        Ok(wire::Findings { findings, total })
    })
    .await
}

/// One finding with the rows that prove it.
#[utoipa::path(get, path = "/api/cases/{case}/findings/{id}", tag = "network",
    params(("case" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = wire::Finding), (status = 404, body = Problem)))]
async fn finding(
    Held(state): App,
    Path((case, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<wire::Finding> {
    ask(state, headers, case, move |s| {
        let (finding, rows) = s.finding(&id)?;
        Ok(wire::Finding { finding, rows })
    })
    .await
}

/// Begins a session with a clearance; it is recorded.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SessionBody,
    responses((status = 200, body = SessionView), (status = 422, body = Problem)))]
async fn open_session(
    Held(state): App,
    headers: HeaderMap,
    Json(body): Json<SessionBody>,
) -> Result<Response, Problem> {
    let class = body.class()?;
    let cookie = state.admit(Clearance(class), &body.why)?;
    let lang: Lang = state.visitor(&headers).lang;
    let view = SessionView { clearance: class.as_str(), lang: lang.as_str() };
    Ok(([(header::SET_COOKIE, cookie)], Json(view)).into_response())
}

/// Ends the session.
#[utoipa::path(delete, path = "/api/session", tag = "session", responses((status = 204)))]
async fn close_session(Held(state): App, headers: HeaderMap) -> Response {
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, state.dismiss(&headers))]).into_response()
}
