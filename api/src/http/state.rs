//! What the server holds: the cases it serves and the sessions that look at them.

use crate::http::problem::Problem;
use axum::http::{HeaderMap, StatusCode, header};
use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::model::phrase::Phrase;
use engine::model::sensitivity::{Clearance, Sensitivity};
use engine::session::desk::Desk;
use engine::session::{Session, Visitor};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Name of the session cookie.
const COOKIE: &str = "madeja";
/// Sessions held at once; the oldest goes first.
const SESSIONS: usize = 256;

/// A case being served, with the desks that were set up for it.
pub(crate) struct Served {
    pub(crate) case: Case,
    desks: Mutex<BTreeMap<Clearance, Arc<Desk>>>,
    /// Held for writing while a decision brings the results up to date, so that questions wait for them.
    deciding: RwLock<()>,
}

/// What a session may see, and why.
#[derive(Clone, Debug)]
struct Pass {
    clearance: Clearance,
    why: String,
    /// Order of creation.
    number: u64,
}

/// The server's state.
pub(crate) struct State {
    cases: BTreeMap<String, Served>,
    /// Passes by SHA-256 of their token.
    passes: Mutex<BTreeMap<[u8; 32], Pass>>,
    actor: String,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// State of a server of these cases, named by their folders.
    pub(crate) fn new(cases: Vec<(String, Case)>, actor: String) -> Self {
        let cases = cases
            .into_iter()
            .map(|(name, case)| {
                (name, Served { case, desks: Mutex::new(BTreeMap::new()), deciding: RwLock::new(()) })
            })
            .collect();
        Self { cases, passes: Mutex::new(BTreeMap::new()), actor }
    }

    /// Names of the cases with their titles.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cases.iter().map(|(name, served)| (name.as_str(), served.case.info().title.as_str()))
    }

    /// A case by its name.
    pub(crate) fn case(&self, name: &str) -> Result<&Served, Problem> {
        self.cases.get(name).ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "no-case",
                Phrase::new(
                    "no case of this name is served here",
                    "aquí no se sirve ningún caso con ese nombre",
                ),
            )
        })
    }

    /// The visitor that a request comes from.
    pub(crate) fn visitor(&self, headers: &HeaderMap) -> Visitor {
        let pass = token(headers).and_then(|t| held(&self.passes).get(&digest(&t)).cloned());
        Visitor {
            actor: self.actor.clone(),
            clearance: pass.as_ref().map_or(Clearance(Sensitivity::Open), |p| p.clearance),
            why: pass.map(|p| p.why),
            lang: lang(headers),
        }
    }

    /// A session of the request's visitor with a case, at a desk that fits the case as it is.
    pub(crate) fn session<'a>(&'a self, name: &str, headers: &HeaderMap) -> Result<Session<'a>, Problem> {
        let served = self.case(name)?;
        let _settled = served.deciding.read().unwrap_or_else(PoisonError::into_inner);
        self.seated(served, headers)
    }

    /// What a decision gives; questions that come meanwhile wait until the results are up to date.
    pub(crate) fn decide<T>(
        &self,
        name: &str,
        headers: &HeaderMap,
        decision: impl FnOnce(&Session<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let served = self.case(name)?;
        let _deciding = served.deciding.write().unwrap_or_else(PoisonError::into_inner);
        decision(&self.seated(served, headers)?)
    }

    fn seated<'a>(&self, served: &'a Served, headers: &HeaderMap) -> Result<Session<'a>, Problem> {
        let visitor = self.visitor(headers);
        let present = held(&served.desks).get(&visitor.clearance).cloned();
        let desk = match present {
            Some(desk) if desk.is_current(&served.case)? => desk,
            _ => {
                let desk = Arc::new(Desk::open(&served.case, visitor.clearance)?);
                held(&served.desks).insert(visitor.clearance, Arc::clone(&desk));
                desk
            }
        };
        Ok(Session::new(&served.case, desk, visitor))
    }

    /// Begins a session with a clearance; the use of it is recorded in every case that is served.
    ///
    /// # Returns     the value of the `Set-Cookie` header
    pub(crate) fn admit(&self, clearance: Clearance, why: &str) -> Result<String, Problem> {
        if clearance.0 > Sensitivity::Open && why.trim().is_empty() {
            return Err(engine::error::EngineError::WhyMissing { class: clearance.0.as_str() }.into());
        }
        for served in self.cases.values() {
            served.case.record_clearance(&self.actor, clearance, why)?;
        }
        let token = new_token().map_err(|e| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failure",
                Phrase::made(format!("no random source: {e}"), format!("no hay fuente de azar: {e}")),
            )
        })?;
        let mut passes = held(&self.passes);
        let number = passes.values().map(|p| p.number + 1).max().unwrap_or(0);
        if passes.len() >= SESSIONS
            && let Some(oldest) = passes.iter().min_by_key(|(_, p)| p.number).map(|(k, _)| *k)
        {
            passes.remove(&oldest);
        }
        passes.insert(digest(&token), Pass { clearance, why: why.to_owned(), number });
        Ok(format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"))
    }

    /// Ends the request's session.
    pub(crate) fn dismiss(&self, headers: &HeaderMap) -> String {
        if let Some(token) = token(headers) {
            held(&self.passes).remove(&digest(&token));
        }
        format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// 32 bytes of the system's random source in hexadecimal.
fn new_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn token(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=').map(str::to_owned))
}

/// The language that a request prefers of the two spoken here.
pub(super) fn lang(headers: &HeaderMap) -> Lang {
    Lang::negotiate(headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default())
}
