//! What every command is given: who works, in which language, with which clearance, seed and threads.

use crate::args::{Answer, Class, Dates, Global, Kind, Language, ObjectiveArg};
use crate::progress::Bars;
use crate::wording::{fault, fault_of};
use engine::analyse::leiden::Objective;
use engine::disclose::audience::Lang;
use engine::machine;
use engine::model::decision::Judgement;
use engine::model::ids::Seed;
use engine::model::place::Country;
use engine::model::record::TableKind;
use engine::model::run::RunContext;
use engine::model::sensitivity::{Clearance, Sensitivity};
use engine::normalise::date::DateOrder;
use engine::session::Visitor;
use std::sync::atomic::AtomicBool;
use std::time::{SystemTime, UNIX_EPOCH};

/// The global options, read.
pub(crate) struct Work {
    pub(crate) json: bool,
    pub(crate) lang: Lang,
    pub(crate) actor: String,
    pub(crate) clearance: Clearance,
    pub(crate) why: Option<String>,
    pub(crate) seed: Seed,
    bars: Bars,
    cancelled: AtomicBool,
}

impl Work {
    /// Reads the global options and sets up the thread pool.
    pub(crate) fn new(global: &Global) -> anyhow::Result<Self> {
        if let Some(threads) = global.threads {
            rayon::ThreadPoolBuilder::new()
                .num_threads(usize::from(threads))
                .build_global()
                .map_err(|_| fault("--threads could not be set", "no se pudo aplicar --threads"))?;
        }
        Ok(Self {
            json: global.json,
            lang: language(global),
            actor: global.actor.clone().unwrap_or_else(machine::user),
            clearance: Clearance(global.clearance.map_or(Sensitivity::Open, Into::into)),
            why: global.why.clone().filter(|w| !w.trim().is_empty()),
            seed: Seed(global.seed),
            bars: Bars::new(language(global)),
            cancelled: AtomicBool::new(false),
        })
    }

    /// The context of a long job.
    pub(crate) fn run(&self) -> RunContext<'_> {
        RunContext::new(self.seed, &self.bars, &self.cancelled)
    }

    /// Who looks.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor {
            actor: self.actor.clone(),
            clearance: self.clearance,
            why: self.why.clone(),
            lang: self.lang,
        }
    }

    /// The reason, where one is required.
    pub(crate) fn reason(&self) -> anyhow::Result<&str> {
        self.why.as_deref().ok_or_else(|| {
            fault(
                "a reason is required: add --why \"...\"; it is recorded",
                "hace falta un motivo: añada --why \"...\"; queda registrado",
            )
        })
    }
}

impl From<Class> for Sensitivity {
    fn from(class: Class) -> Self {
        match class {
            Class::Open => Self::Open,
            Class::Witness => Self::Witness,
            Class::Victim => Self::Victim,
            Class::Minor => Self::Minor,
            Class::Sealed => Self::Sealed,
        }
    }
}

impl From<Answer> for Judgement {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Same => Self::Positive,
            Answer::Different => Self::Negative,
            Answer::Unsure => Self::Unsure,
        }
    }
}

impl From<Dates> for DateOrder {
    fn from(dates: Dates) -> Self {
        match dates {
            Dates::Dmy => Self::DayFirst,
            Dates::Mdy => Self::MonthFirst,
            Dates::Ymd => Self::YearFirst,
        }
    }
}

impl From<ObjectiveArg> for Objective {
    fn from(objective: ObjectiveArg) -> Self {
        match objective {
            ObjectiveArg::Modularity => Self::Modularity,
            ObjectiveArg::Cpm => Self::Cpm,
            ObjectiveArg::Map => Self::Map,
        }
    }
}

impl Kind {
    /// The kind of table, unless it is to be found.
    pub(crate) fn table(self) -> Option<TableKind> {
        match self {
            Self::Auto => None,
            Self::Calls => Some(TableKind::Calls),
            Self::Transfers => Some(TableKind::Transfers),
            Self::Entities => Some(TableKind::Entities),
        }
    }
}

/// The language of what is said.
pub(crate) fn language(global: &Global) -> Lang {
    match global.lang {
        Some(Language::En) => Lang::En,
        Some(Language::Es) => Lang::Es,
        None => Lang::default(),
    }
}

/// This moment, in microseconds of Unix time.
pub(crate) fn now_us() -> anyhow::Result<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|s| i64::try_from(s.as_micros()).ok())
        .ok_or_else(|| fault("the system's clock is wrong; set it", "el reloj del equipo está mal; ajústelo"))
}

/// A country by its ISO code.
pub(crate) fn country(code: Option<&str>) -> anyhow::Result<Option<Country>> {
    let Some(code) = code else { return Ok(None) };
    let known = || Country::ALL.map(Country::code).join(", ");
    Country::parse(code).map(Some).ok_or_else(|| {
        fault_of(
            format!("--country {code}: not a country known here; one of {}", known()),
            format!("--country {code}: no es un país conocido aquí; uno de {}", known()),
        )
    })
}
