//! Routes of questions about money, places, hours and the network as a whole.

use crate::http::problem::Problem;
use crate::http::query::{bad, layer, moment_of, scope};
use crate::http::routes::{Answer, App, ask};
use crate::http::state::State;
use axum::Json;
use axum::extract::{Path, State as Held};
use axum::http::HeaderMap;
use engine::disclose::view::flow::FlowView;
use engine::disclose::view::measure::{ChangesView, MatrixView, Measure, RankView};
use engine::disclose::view::presence::{ColocationView, RhythmView};
use engine::graph_layer::Layer;
use engine::network::base::Window;
use engine::session::flow::FlowQuestion;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new()
        .routes(routes!(flow))
        .routes(routes!(matrix))
        .routes(routes!(colocation))
        .routes(routes!(rhythm))
        .routes(routes!(changes))
        .routes(routes!(rank))
}

fn layers(words: &Option<Vec<String>>) -> Result<Vec<Layer>, Problem> {
    words.iter().flatten().map(|l| layer(l)).collect()
}

fn window(from: &Option<String>, to: &Option<String>) -> Result<Window, Problem> {
    Ok(Window { from_us: moment_of(from.as_deref())?, to_us: moment_of(to.as_deref())? })
}

/// The money of an account.
#[derive(Debug, Deserialize, ToSchema)]
struct FlowBody {
    /// Id of an account, or of a party with accounts.
    id: String,
    /// `forward` (the default) or `backward`.
    direction: Option<String>,
    /// Only transfers of the account from this moment.
    from: Option<String>,
    /// Nothing from this moment on.
    to: Option<String>,
    /// Steps at most, for each currency; 500 by default.
    limit: Option<usize>,
}

/// Where money went, or came from, under four rules.
#[utoipa::path(post, path = "/api/cases/{case}/flow", tag = "network", params(("case" = String, Path)),
    request_body = FlowBody, responses((status = 200, body = FlowView), (status = 404, body = Problem)))]
async fn flow(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<FlowBody>,
) -> Answer<FlowView> {
    ask(state, headers, case, move |s| {
        let backward = match body.direction.as_deref() {
            None | Some("forward") => false,
            Some("backward") => true,
            Some(_) => {
                return Err(bad("a direction is forward or backward", "un sentido es forward o backward"));
            }
        };
        let window = window(&body.from, &body.to)?;
        let question = FlowQuestion {
            id: body.id,
            backward,
            from_us: window.from_us,
            to_us: window.to_us,
            limit: body.limit.unwrap_or(500),
        };
        Ok(s.flow(&question)?)
    })
    .await
}

/// Who of several is in touch with whom.
#[derive(Debug, Deserialize, ToSchema)]
struct MatrixBody {
    /// Their ids, at most 100.
    ids: Vec<String>,
    /// Only events from this moment.
    from: Option<String>,
    /// Only events before this moment.
    to: Option<String>,
    /// Only these layers.
    layers: Option<Vec<String>>,
    /// Only ties of at least so many events.
    least: Option<u64>,
}

/// The contact matrix of several nodes.
#[utoipa::path(post, path = "/api/cases/{case}/matrix", tag = "network", params(("case" = String, Path)),
    request_body = MatrixBody, responses((status = 200, body = MatrixView), (status = 404, body = Problem)))]
async fn matrix(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<MatrixBody>,
) -> Answer<MatrixView> {
    ask(state, headers, case, move |s| {
        Ok(s.matrix(&body.ids, &scope(&body.from, &body.to, &body.layers, body.least)?)?)
    })
    .await
}

/// Whose telephones were under the same cells at the same times.
#[derive(Debug, Deserialize, ToSchema)]
struct ColocationBody {
    /// Ids of the targets.
    ids: Vec<String>,
    /// Two events at most so many minutes apart are of the same time; 15 by default.
    minutes: Option<u64>,
    /// Only events from this moment.
    from: Option<String>,
    /// Only events before this moment.
    to: Option<String>,
    /// Pairs at most, 100 by default.
    limit: Option<usize>,
}

/// Coincidences under the same cells, the rarest first; they prove no meeting.
#[utoipa::path(post, path = "/api/cases/{case}/colocation", tag = "network", params(("case" = String, Path)),
    request_body = ColocationBody,
    responses((status = 200, body = ColocationView), (status = 404, body = Problem)))]
async fn colocation(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ColocationBody>,
) -> Answer<ColocationView> {
    ask(state, headers, case, move |s| {
        let window = window(&body.from, &body.to)?;
        Ok(s.colocation(&body.ids, body.minutes.unwrap_or(15), window, body.limit.unwrap_or(100))?)
    })
    .await
}

/// The hours of a node.
#[derive(Debug, Deserialize, ToSchema)]
struct RhythmBody {
    /// Its id.
    id: String,
    /// Only events from this moment.
    from: Option<String>,
    /// Only events before this moment.
    to: Option<String>,
}

/// Pattern of life: hours by days of the week, silences, cells.
#[utoipa::path(post, path = "/api/cases/{case}/rhythm", tag = "network", params(("case" = String, Path)),
    request_body = RhythmBody, responses((status = 200, body = RhythmView), (status = 404, body = Problem)))]
async fn rhythm(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<RhythmBody>,
) -> Answer<RhythmView> {
    ask(state, headers, case, move |s| Ok(s.rhythm(&body.id, window(&body.from, &body.to)?)?)).await
}

/// What changed since a date.
#[derive(Debug, Deserialize, ToSchema)]
struct ChangesBody {
    /// The date.
    since: String,
    /// Only ties of these; all if absent.
    ids: Option<Vec<String>>,
    /// Only these layers.
    layers: Option<Vec<String>>,
    /// Changes at most, 100 by default.
    limit: Option<usize>,
}

/// Ties that began, ended, grew or shrank, the strongest change first.
#[utoipa::path(post, path = "/api/cases/{case}/changes", tag = "network", params(("case" = String, Path)),
    request_body = ChangesBody, responses((status = 200, body = ChangesView), (status = 404, body = Problem)))]
async fn changes(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ChangesBody>,
) -> Answer<ChangesView> {
    ask(state, headers, case, move |s| {
        let since = moment_of(Some(&body.since))?
            .ok_or_else(|| bad("`since` must name a moment", "`since` debe nombrar un momento"))?;
        let ids = body.ids.unwrap_or_default();
        Ok(s.changes(since, &ids, &layers(&body.layers)?, body.limit.unwrap_or(100))?)
    })
    .await
}

/// Nodes ranked by a measure.
#[derive(Debug, Deserialize, ToSchema)]
struct RankBody {
    /// contacts, reached, between or core.
    by: String,
    /// Only events from this moment.
    from: Option<String>,
    /// Only events before this moment.
    to: Option<String>,
    /// Only these layers.
    layers: Option<Vec<String>>,
    /// Only ties of at least so many events.
    least: Option<u64>,
    /// Nodes at most, 50 by default.
    limit: Option<usize>,
}

/// The nodes that stand out by one measure, with the question it answers.
#[utoipa::path(post, path = "/api/cases/{case}/rank", tag = "network", params(("case" = String, Path)),
    request_body = RankBody, responses((status = 200, body = RankView), (status = 404, body = Problem)))]
async fn rank(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<RankBody>,
) -> Answer<RankView> {
    ask(state, headers, case, move |s| {
        let measure = Measure::parse(&body.by).ok_or_else(|| {
            bad(
                "a measure is contacts, reached, between or core",
                "una medida es contacts, reached, between o core",
            )
        })?;
        let scope = scope(&body.from, &body.to, &body.layers, body.least)?;
        Ok(s.rank(measure, &scope, body.limit.unwrap_or(50))?)
    })
    .await
}
