//! What the server holds: the cases it serves and the sessions that look at them.

use crate::http::problem::Problem;
use axum::http::{HeaderMap, StatusCode, header};
use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::error::EngineError;
use engine::model::phrase::Phrase;
use engine::model::sensitivity::{Clearance, Sensitivity};
use engine::session::desk::Desk;
use engine::session::{Session, Visitor};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Name of the session cookie.
const COOKIE: &str = "madeja";
/// Sessions held at once; the oldest goes first.
const SESSIONS: usize = 256;

/// How long a judgement waits for its results before it is answered without them; where they took longer the last time, or
/// others are still being worked in, it does not wait.
const PATIENCE: Duration = Duration::from_secs(1);

/// A case being served, with the desks that were set up for it.
///
/// A judgement is recorded at once, and a thread of its own brings the results up to date. Until they are, questions are
/// answered from the desks as they were, unless anything but judgements has changed.
pub(crate) struct Served {
    pub(crate) case: Case,
    desks: Mutex<BTreeMap<Clearance, Arc<Desk>>>,
    work: Mutex<Work>,
    /// Signalled whenever less is behind.
    settled: Condvar,
}

/// Judgements, and what became of them.
#[derive(Debug, Default)]
struct Work {
    /// Acts of judging that are being recorded.
    recording: u64,
    /// Acts of judging so far.
    taken: u64,
    /// Those of them that the results hold, or could not be brought to hold.
    done: u64,
    /// Whether a thread is at it.
    running: bool,
    /// How long it took the last time.
    took: Duration,
}

impl Work {
    fn is_behind(&self) -> bool {
        self.recording > 0 || self.done < self.taken
    }
}

impl Served {
    fn new(case: Case) -> Self {
        Self { case, desks: Mutex::default(), work: Mutex::default(), settled: Condvar::new() }
    }

    /// Whether results are being brought up to date.
    pub(crate) fn is_updating(&self) -> bool {
        held(&self.work).is_behind()
    }

    /// Waits while something is so; false where that takes longer.
    fn wait(&self, patience: Duration, so: impl Fn(&Work) -> bool) -> bool {
        let waited = self.settled.wait_timeout_while(held(&self.work), patience, |work| so(work));
        waited.is_ok_and(|(work, _)| !so(&work))
    }

    /// Takes a decision, and sees to it that the results will hold it.
    ///
    /// # Returns     the numbers of the judgements, and whether results are still being brought up to date
    fn decide(
        self: &Arc<Self>,
        decision: impl FnOnce() -> Result<Vec<u64>, Problem>,
    ) -> Result<(Vec<u64>, bool), Problem> {
        // From here on, until the results hold it, questions are answered from the desks as they were.
        self.hold_events();
        let busy = self.is_updating();
        let recording = Recording::of(self);
        let decided = decision();
        drop(recording);
        let (wanted, took) = {
            let work = held(&self.work);
            (work.taken, work.took)
        };
        let patience = if busy || took > PATIENCE { Duration::ZERO } else { PATIENCE };
        Ok((decided?, !self.wait(patience, |work| work.done < wanted)))
    }

    fn keep_up(&self) {
        loop {
            let wanted = {
                let mut work = held(&self.work);
                work.running = work.done < work.taken;
                if !work.running {
                    return;
                }
                work.taken
            };
            let begun = Instant::now();
            let outcome = self.case.refresh().and_then(|()| self.renew_desks());
            let mut work = held(&self.work);
            match outcome {
                // Another judgement came meanwhile: it makes what was being made stale.
                Err(EngineError::Stale { .. }) if work.taken > wanted || work.recording > 0 => continue,
                Ok(()) => {}
                // The next question names the stage that is not fresh and what to do.
                Err(error) => {
                    let _ = writeln!(std::io::stderr(), "madeja: {error}");
                }
            }
            work.done = wanted;
            work.took = begun.elapsed();
            drop(work);
            self.settled.notify_all();
        }
    }

    /// Opens anew the desks that there are, so that no question waits for them.
    fn renew_desks(&self) -> Result<(), EngineError> {
        let open: Vec<Clearance> = held(&self.desks).keys().copied().collect();
        for clearance in open {
            let desk = Arc::new(Desk::open(&self.case, clearance)?);
            held(&self.desks).insert(clearance, desk);
        }
        self.hold_events();
        Ok(())
    }

    /// Takes hold of what questions may need while the results change.
    fn hold_events(&self) {
        let open: Vec<Arc<Desk>> = held(&self.desks).values().cloned().collect();
        for desk in open {
            // Where they cannot be read, the question that needs them says so.
            let _ = desk.hold_events(&self.case);
        }
    }

    /// A desk that fits the case as it is, or as it was before judgements that are still being worked in.
    fn desk(&self, clearance: Clearance) -> Result<Arc<Desk>, EngineError> {
        let present = held(&self.desks).get(&clearance).cloned();
        if let Some(desk) = present {
            let fits = desk.is_current(&self.case)?
                || (self.is_updating() && desk.differs_by_judgements(&self.case)?);
            if fits {
                return Ok(desk);
            }
        }
        self.wait(Duration::MAX, Work::is_behind);
        let desk = Arc::new(Desk::open(&self.case, clearance)?);
        held(&self.desks).insert(clearance, Arc::clone(&desk));
        Ok(desk)
    }
}

/// An act of judging while it is recorded; when it ends, however it ends, a thread works it in.
struct Recording<'a>(&'a Arc<Served>);

impl<'a> Recording<'a> {
    fn of(served: &'a Arc<Served>) -> Self {
        held(&served.work).recording += 1;
        Self(served)
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        let mut work = held(&self.0.work);
        work.recording -= 1;
        work.taken += 1;
        if !std::mem::replace(&mut work.running, true) {
            let served = Arc::clone(self.0);
            std::thread::spawn(move || served.keep_up());
        }
    }
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
    cases: BTreeMap<String, Arc<Served>>,
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
        let cases = cases.into_iter().map(|(name, case)| (name, Arc::new(Served::new(case)))).collect();
        Self { cases, passes: Mutex::new(BTreeMap::new()), actor }
    }

    /// Names of the cases with their titles.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cases.iter().map(|(name, served)| (name.as_str(), served.case.info().title.as_str()))
    }

    /// A case by its name.
    pub(crate) fn case(&self, name: &str) -> Result<&Arc<Served>, Problem> {
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

    /// A session of the request's visitor with a case.
    pub(crate) fn session<'a>(&'a self, name: &str, headers: &HeaderMap) -> Result<Session<'a>, Problem> {
        let served = self.case(name)?;
        let visitor = self.visitor(headers);
        Ok(Session::new(&served.case, served.desk(visitor.clearance)?, visitor))
    }

    /// Takes a decision, and waits a moment for its results.
    ///
    /// # Returns     the numbers of the judgements, and whether results are still being brought up to date
    pub(crate) fn decide(
        &self,
        name: &str,
        headers: &HeaderMap,
        decision: impl FnOnce(&Session<'_>) -> Result<Vec<u64>, Problem>,
    ) -> Result<(Vec<u64>, bool), Problem> {
        let served = self.case(name)?;
        let visitor = self.visitor(headers);
        let session = Session::new(&served.case, served.desk(visitor.clearance)?, visitor);
        served.decide(|| decision(&session))
    }

    /// Begins a session with a clearance; the use of it is recorded in every case that is served.
    ///
    /// # Returns     the value of the `Set-Cookie` header
    pub(crate) fn admit(&self, clearance: Clearance, why: &str) -> Result<String, Problem> {
        if clearance.0 > Sensitivity::Open && why.trim().is_empty() {
            return Err(EngineError::WhyMissing { class: clearance.0.as_str() }.into());
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
