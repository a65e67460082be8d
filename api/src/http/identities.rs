//! Routes about who is who: why two are held for one, how an entity came about, judgements, past identities.

use crate::http::problem::Problem;
use crate::http::query::{NodeBody, bad};
use crate::http::routes::{Answer, App, Stretch, ask, decide};
use crate::http::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Held};
use axum::http::HeaderMap;
use engine::disclose::view::explain::{ExplainView, ReviewView};
use engine::disclose::view::lineage::{AsOfView, LineageView};
use engine::model::decision::Judgement;
use engine::moment;
use engine::session::Session;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new()
        .routes(routes!(explain))
        .routes(routes!(lineage))
        .routes(routes!(as_of))
        .routes(routes!(review))
        .routes(routes!(judge))
        .routes(routes!(merge))
        .routes(routes!(split))
        .routes(routes!(undo))
}

/// Two entities or mentions.
#[derive(Debug, Deserialize, ToSchema)]
struct PairBody {
    /// One.
    a: String,
    /// The other.
    b: String,
}

/// A judgement.
#[derive(Debug, Deserialize, ToSchema)]
struct JudgeBody {
    /// One entity or mention.
    a: String,
    /// The other.
    b: String,
    /// `same`, `different` or `unsure`.
    judgement: String,
    /// Why.
    why: String,
}

impl JudgeBody {
    fn judgement(&self) -> Result<Judgement, Problem> {
        Judgement::parse(&self.judgement).ok_or_else(|| {
            bad("a judgement is same, different or unsure", "un juicio es same, different o unsure")
        })
    }
}

/// Withdrawal of judgements.
#[derive(Debug, Deserialize, ToSchema)]
struct UndoBody {
    /// The number of one.
    number: Option<u64>,
    /// The numbers of several, such as those of one merge or split.
    #[serde(default)]
    numbers: Vec<u64>,
    /// Why.
    why: String,
}

/// Several entities that are one.
#[derive(Debug, Deserialize, ToSchema)]
struct MergeBody {
    /// Their ids, at least two.
    ids: Vec<String>,
    /// Why.
    why: String,
}

/// Mentions that are not of an entity.
#[derive(Debug, Deserialize, ToSchema)]
struct SplitBody {
    /// The entity.
    id: String,
    /// Ids of the mentions, as answers give them.
    mentions: Vec<String>,
    /// Why.
    why: String,
}

/// An entity of a past moment.
#[derive(Debug, Deserialize, ToSchema)]
struct AsOfBody {
    /// An entity by its id of any time, or a mention.
    id: String,
    /// The moment; a plain date means all of it.
    as_of: String,
}

/// A judgement that was recorded.
#[derive(Debug, Serialize, ToSchema)]
struct Recorded {
    /// Its number in the log.
    number: u64,
    /// Whether results are still being brought up to date; until then answers are of the state before.
    updating: bool,
}

/// Judgements that were recorded, or withdrawn.
#[derive(Debug, Serialize, ToSchema)]
struct Several {
    /// Their numbers in the log, by which they can be withdrawn together.
    numbers: Vec<u64>,
    /// Whether results are still being brought up to date; until then answers are of the state before.
    updating: bool,
}

impl Several {
    fn told(numbers: Vec<u64>, updating: bool) -> Self {
        Self { numbers, updating }
    }
}

/// Why two are or are not held to be the same.
#[utoipa::path(post, path = "/api/cases/{case}/explain", tag = "identity", params(("case" = String, Path)),
    request_body = PairBody, responses((status = 200, body = ExplainView), (status = 404, body = Problem)))]
async fn explain(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<PairBody>,
) -> Answer<ExplainView> {
    ask(state, headers, case, move |s| Ok(s.explain(&body.a, &body.b)?)).await
}

/// Pairs that a person should look at, the most doubtful first.
#[utoipa::path(get, path = "/api/cases/{case}/review", tag = "identity",
    params(("case" = String, Path), Stretch),
    responses((status = 200, body = ReviewView), (status = 404, body = Problem)))]
async fn review(
    Held(state): App,
    Path(case): Path<String>,
    Query(stretch): Query<Stretch>,
    headers: HeaderMap,
) -> Answer<ReviewView> {
    ask(state, headers, case, move |s| Ok(s.review(stretch.limit.unwrap_or(50))?)).await
}

/// Records a judgement and brings the results up to date.
#[utoipa::path(post, path = "/api/cases/{case}/judge", tag = "identity", params(("case" = String, Path)),
    request_body = JudgeBody, responses((status = 200, body = Recorded), (status = 404, body = Problem)))]
async fn judge(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<JudgeBody>,
) -> Answer<Recorded> {
    let decision =
        move |s: &Session<'_>| Ok(vec![s.judge(&body.a, &body.b, body.judgement()?, &body.why)?]);
    let told =
        |numbers: Vec<u64>, updating| Recorded { number: numbers.first().copied().unwrap_or(0), updating };
    decide(state, headers, case, decision, told).await
}

/// How an entity came about, where it is weakest, what contradicts it, and what became of its id.
#[utoipa::path(post, path = "/api/cases/{case}/lineage", tag = "identity", params(("case" = String, Path)),
    request_body = NodeBody, responses((status = 200, body = LineageView), (status = 404, body = Problem)))]
async fn lineage(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<NodeBody>,
) -> Answer<LineageView> {
    ask(state, headers, case, move |s| Ok(s.lineage(&body.id)?)).await
}

/// Who somebody was held to be at a past moment, by what was known then.
#[utoipa::path(post, path = "/api/cases/{case}/as-of", tag = "identity", params(("case" = String, Path)),
    request_body = AsOfBody,
    responses((status = 200, body = AsOfView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn as_of(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<AsOfBody>,
) -> Answer<AsOfView> {
    let moment = moment::last(&body.as_of).ok_or_else(|| {
        bad(
            "as_of is written like 2026-03-14 or 2026-03-14T05:41:07Z",
            "as_of se escribe como 2026-03-14 o 2026-03-14T05:41:07Z",
        )
    })?;
    ask(state, headers, case, move |s| Ok(s.as_of(&body.id, moment)?)).await
}

/// Makes entities one and brings the results up to date.
#[utoipa::path(post, path = "/api/cases/{case}/merge", tag = "identity", params(("case" = String, Path)),
    request_body = MergeBody, responses((status = 200, body = Several), (status = 404, body = Problem)))]
async fn merge(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<MergeBody>,
) -> Answer<Several> {
    decide(state, headers, case, move |s| Ok(s.merge(&body.ids, &body.why)?), Several::told).await
}

/// Takes mentions out of an entity and brings the results up to date.
#[utoipa::path(post, path = "/api/cases/{case}/split", tag = "identity", params(("case" = String, Path)),
    request_body = SplitBody, responses((status = 200, body = Several), (status = 404, body = Problem)))]
async fn split(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<SplitBody>,
) -> Answer<Several> {
    decide(state, headers, case, move |s| Ok(s.split(&body.id, &body.mentions, &body.why)?), Several::told)
        .await
}

/// Withdraws judgements and brings the results up to date once.
#[utoipa::path(post, path = "/api/cases/{case}/judge/undo", tag = "identity",
    params(("case" = String, Path)), request_body = UndoBody,
    responses((status = 200, body = Several), (status = 404, body = Problem)))]
async fn undo(
    Held(state): App,
    Path(case): Path<String>,
    headers: HeaderMap,
    Json(body): Json<UndoBody>,
) -> Answer<Several> {
    let numbers: Vec<u64> = body.number.into_iter().chain(body.numbers).collect();
    if numbers.is_empty() {
        return Err(bad(
            "say which judgement: `number` or `numbers`",
            "diga qué juicio: `number` o `numbers`",
        ));
    }
    let decision = move |s: &Session<'_>| {
        s.undo_all(&numbers, &body.why)?;
        Ok(numbers)
    };
    decide(state, headers, case, decision, Several::told).await
}
