//! The command line: names, options and their help. A contract: scripts depend on it.

mod identity;

pub(crate) use identity::IdentityCommand;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Network link analysis for investigating trafficking in persons.
///
/// Every command takes --json: one JSON object on standard output, progress and messages on standard error.
/// It exits with 0 on success, 1 on failure, 2 on wrong usage.
#[derive(Debug, Parser)]
#[command(name = "madeja", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Threads to use; results do not depend on it. Default: all cores.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Language of texts.
    #[arg(long, global = true, value_enum, env = "MADEJA_LANG")]
    pub(crate) lang: Option<Language>,
    /// Who is working; it stands in the audit log. Default: the user of the system.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Show identities of protected people up to this class; needs --why and is recorded.
    #[arg(long, global = true, value_enum, value_name = "CLASS")]
    pub(crate) clearance: Option<Class>,
    /// Why: the reason of a clearance, a judgement or a protection; it is recorded.
    #[arg(long, global = true, value_name = "REASON")]
    pub(crate) why: Option<String>,
    /// Seed of every pseudo-random choice.
    #[arg(long, global = true, default_value_t = 42)]
    pub(crate) seed: u64,
}

/// Language of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Spanish.
    Es,
    /// English.
    En,
}

/// A class of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Class {
    /// No protection.
    Open,
    /// Protected witness.
    Witness,
    /// Victim.
    Victim,
    /// Minor.
    Minor,
    /// Does not exist for others.
    Sealed,
}

/// What a file is loaded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Found from the file.
    Auto,
    /// Call detail records.
    Calls,
    /// Transfers of money.
    Transfers,
    /// People, subscribers, account holders.
    Entities,
}

/// Order of day and month in a file's dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dates {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

/// An analyst's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    /// The same party.
    Same,
    /// Not the same party.
    Different,
    /// Cannot be said.
    Unsure,
}

/// Where a case is.
#[derive(Clone, Debug, Args)]
pub(crate) struct CaseArg {
    /// The case folder.
    pub(crate) case: PathBuf,
}

/// A window of time.
#[derive(Clone, Debug, Args)]
pub(crate) struct WindowArgs {
    /// Only events from this moment (RFC 3339 or YYYY-MM-DD).
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Only events before this moment.
    #[arg(long)]
    pub(crate) to: Option<String>,
}

/// A choice of layers.
#[derive(Clone, Debug, Args)]
pub(crate) struct LayerArgs {
    /// Only these layers: calls, money, shared, kin, presence.
    #[arg(long, value_delimiter = ',', value_name = "LAYERS")]
    pub(crate) layers: Vec<String>,
}

/// What counts as a tie.
#[derive(Clone, Debug, Args)]
pub(crate) struct ScopeArgs {
    #[command(flatten)]
    pub(crate) window: WindowArgs,
    #[command(flatten)]
    pub(crate) layers: LayerArgs,
    /// Only ties of at least so many events.
    #[arg(long, default_value_t = 1, value_name = "EVENTS")]
    pub(crate) least: u64,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Load, resolve and analyse the training case, compare with its truth, and serve it.
    Demo {
        /// Where the case is made. Default: a new folder under the system's temporary files.
        #[arg(long)]
        dir: Option<PathBuf>,
        /// A world made by `madeja generate`. Default: the built-in training world.
        #[arg(long)]
        world: Option<PathBuf>,
        /// Address of the page; port 0 picks a free one.
        #[arg(long, default_value = "127.0.0.1:7878")]
        listen: SocketAddr,
        /// Stop after the summary.
        #[arg(long)]
        no_serve: bool,
    },
    /// Make an invented world with planted networks and its truth.
    Generate {
        /// Where to write `seized/` and `truth/`.
        dir: PathBuf,
        /// People.
        #[arg(long, default_value_t = 600)]
        people: u32,
        /// Calls and messages, about.
        #[arg(long, default_value_t = 25_000)]
        calls: u64,
        /// Transfers, about.
        #[arg(long, default_value_t = 4_000)]
        transfers: u64,
    },
    /// Begin a case folder.
    New {
        #[command(flatten)]
        case: CaseArg,
        /// Title.
        #[arg(long, default_value = "")]
        title: String,
        /// Country of the unit (ISO code), for numbers and times that state none.
        #[arg(long, value_name = "CC")]
        country: Option<String>,
        /// Authority that leads the case.
        #[arg(long, default_value = "")]
        authority: String,
    },
    /// Load seized files; every row is accounted for.
    Load {
        #[command(flatten)]
        case: CaseArg,
        /// Files and folders.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// What the files are.
        #[arg(long = "as", value_enum, default_value = "auto")]
        kind: Kind,
        /// A TOML mapping that overrides what is found from the file.
        #[arg(long)]
        mapping: Option<PathBuf>,
        /// Country of the files (ISO code). Default: the case's.
        #[arg(long, value_name = "CC")]
        country: Option<String>,
        /// Order of day and month, where the file does not decide it.
        #[arg(long, value_enum)]
        dates: Option<Dates>,
        /// Register the files where they are instead of copying them into the case.
        #[arg(long)]
        reference: bool,
        /// Read everything, commit nothing.
        #[arg(long)]
        dry_run: bool,
        /// Refuse a file that has any refused row.
        #[arg(long)]
        strict: bool,
    },
    /// Propose a mapping for a file: the role of each column and how sure it is, to be corrected and loaded with.
    Map {
        /// The file.
        file: PathBuf,
        /// Where to write the mapping. Default: standard output.
        #[arg(short, long, value_name = "M.toml")]
        output: Option<PathBuf>,
        /// What the file is.
        #[arg(long = "as", value_enum, default_value = "auto")]
        kind: Kind,
        /// A mapping to begin from.
        #[arg(long)]
        mapping: Option<PathBuf>,
        /// Country of the file (ISO code).
        #[arg(long, value_name = "CC")]
        country: Option<String>,
    },
    /// Take a source back, with --why: its rows no longer count; the original stays in evidence.
    Withdraw {
        #[command(flatten)]
        case: CaseArg,
        /// The source as `madeja sources` prints it; without `#sheet`, every table of the file.
        source: String,
    },
    /// Resolve who is who.
    Resolve {
        #[command(flatten)]
        case: CaseArg,
        /// Train the model anew on what the case holds now, instead of using the stored one; it is recorded.
        #[arg(long)]
        retrain: bool,
    },
    /// Compute network, communities and findings.
    Analyse {
        #[command(flatten)]
        case: CaseArg,
    },
    /// Bring whatever is stale up to date, in order.
    Run {
        #[command(flatten)]
        case: CaseArg,
        /// Only these stages: network, resolve, communities, findings, index.
        #[arg(long, value_delimiter = ',', value_name = "STAGES")]
        only: Vec<String>,
        /// Train the model of resolution anew on what the case holds now, instead of using the stored one; it is recorded.
        #[arg(long)]
        retrain: bool,
    },
    /// Show what the case holds and what is stale.
    Status {
        #[command(flatten)]
        case: CaseArg,
    },
    /// List the sources with their receipts.
    Sources {
        #[command(flatten)]
        case: CaseArg,
    },
    /// List refused rows with file, row, column and reason; their raw text needs a clearance.
    Refused {
        #[command(flatten)]
        case: CaseArg,
        /// Only of this source.
        #[arg(long)]
        source: Option<String>,
        /// How to print.
        #[arg(long, value_enum, default_value = "csv")]
        format: RefusedFormat,
    },
    /// Search names, numbers, documents and accounts.
    Find {
        #[command(flatten)]
        case: CaseArg,
        /// What to look for.
        text: String,
        /// Hits at most.
        #[arg(long, default_value_t = 25)]
        limit: usize,
    },
    /// Show an entity or identifier, with what became of its id.
    Show {
        #[command(flatten)]
        case: CaseArg,
        /// A number, account or document as it is written, or an id, also one that it once had.
        id: String,
        /// Who it was held to be at this moment (RFC 3339; of a plain date, its last instant), by what was known then.
        #[arg(long, value_name = "DATE")]
        as_of: Option<String>,
    },
    /// Show the network around an entity or identifier.
    Ego {
        #[command(flatten)]
        case: CaseArg,
        /// A number, account or document as it is written, or an id.
        id: String,
        /// Steps from it.
        #[arg(long, default_value_t = 2)]
        hops: u8,
        #[command(flatten)]
        scope: ScopeArgs,
        /// Nodes at most.
        #[arg(long, default_value_t = 150)]
        limit: usize,
    },
    /// Show how A reaches B: by calls and payments in the order of time; the first path arrives earliest, each further one sets out later.
    Path {
        #[command(flatten)]
        case: CaseArg,
        /// From.
        a: String,
        /// To.
        b: String,
        /// Paths at most.
        #[arg(long, default_value_t = 3)]
        k: usize,
        /// Only chains of calls and payments in the order of time; without this, ties in any order are shown where there is no such chain.
        #[arg(long, conflicts_with = "any_order")]
        in_time_order: bool,
        /// Ties of all layers without regard to time.
        #[arg(long)]
        any_order: bool,
        /// In time order: at most so many hours between two steps.
        #[arg(long, value_name = "HOURS", conflicts_with = "any_order")]
        wait: Option<u64>,
        /// Ids that no path passes through.
        #[arg(long, value_delimiter = ',', value_name = "IDS")]
        avoid: Vec<String>,
        /// Let paths pass through hubs and service numbers too.
        #[arg(long)]
        through_hubs: bool,
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// Show the contacts that several have in common.
    Common {
        #[command(flatten)]
        case: CaseArg,
        /// Two or more ids.
        #[arg(required = true, num_args = 2..)]
        ids: Vec<String>,
        #[command(flatten)]
        scope: ScopeArgs,
        /// Contacts at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Trace the money of an account: where it went, or where it came from, under four rules.
    #[command(group(clap::ArgGroup::new("way").args(["forward", "backward"])))]
    Flow {
        #[command(flatten)]
        case: CaseArg,
        /// An account, or the id of a party with accounts.
        account: String,
        /// Where what left it went; the default.
        #[arg(long)]
        forward: bool,
        /// Where what reached it came from.
        #[arg(long)]
        backward: bool,
        #[command(flatten)]
        window: WindowArgs,
        /// Steps at most, for each currency.
        #[arg(long, default_value_t = 500)]
        limit: usize,
    },
    /// Show who of several is in touch with whom, and how much.
    Matrix {
        #[command(flatten)]
        case: CaseArg,
        /// Two or more ids.
        #[arg(required = true, num_args = 2..)]
        ids: Vec<String>,
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// Show whose telephones were under the same cells at the same times.
    Colocation {
        #[command(flatten)]
        case: CaseArg,
        /// One or more ids.
        #[arg(required = true)]
        ids: Vec<String>,
        /// Two events at most so many minutes apart are of the same time.
        #[arg(long, default_value_t = 15)]
        minutes: u64,
        #[command(flatten)]
        window: WindowArgs,
        /// Pairs at most.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show the pattern of life: hours by days of the week, silences, cells.
    Rhythm {
        #[command(flatten)]
        case: CaseArg,
        /// A number, account or document as it is written, or an id.
        id: String,
        #[command(flatten)]
        window: WindowArgs,
    },
    /// Show which ties began, ended, grew or shrank since a date.
    Changes {
        #[command(flatten)]
        case: CaseArg,
        /// Only ties of these ids. Default: all ties.
        ids: Vec<String>,
        /// The date (RFC 3339 or YYYY-MM-DD).
        #[arg(long)]
        since: String,
        #[command(flatten)]
        layers: LayerArgs,
        /// Changes at most.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Rank the network by a measure: contacts, reached, between or core.
    Rank {
        #[command(flatten)]
        case: CaseArg,
        /// contacts, reached (PageRank), between (betweenness) or core (k-core).
        #[arg(long, default_value = "between")]
        by: String,
        #[command(flatten)]
        scope: ScopeArgs,
        /// Nodes at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// List communities, or show one.
    Communities {
        #[command(flatten)]
        case: CaseArg,
        /// Only this one, with its members.
        id: Option<String>,
        /// Communities at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// List findings: leads, never findings of guilt.
    Findings {
        #[command(flatten)]
        case: CaseArg,
        /// Only of this typology.
        #[arg(long)]
        typology: Option<String>,
    },
    #[command(flatten)]
    Identity(IdentityCommand),
    /// Give an entity, identifier or mention a class of protection, with --why.
    Protect {
        #[command(flatten)]
        case: CaseArg,
        /// A number, account or document as it is written, or an id.
        id: String,
        /// The class.
        #[arg(value_enum)]
        class: Class,
    },
    /// Write the disclosed network in an exchange format.
    Export {
        #[command(flatten)]
        case: CaseArg,
        /// ftm, graphml, gexf, csv or parquet.
        #[arg(long)]
        format: String,
        /// Where to write: a file, or a folder for csv and parquet.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Re-hash everything and name what does not hold.
    Verify {
        #[command(flatten)]
        case: CaseArg,
        /// Rebuild every text from what the case keeps of it, and compare it with the SHA-256 of its file.
        #[arg(long)]
        rebuild: bool,
    },
    /// Serve cases on this machine: API and page.
    Serve {
        /// Case folders.
        #[arg(required = true)]
        cases: Vec<PathBuf>,
        /// Address; only loopback, since there are no accounts yet.
        #[arg(long, default_value = "127.0.0.1:7878")]
        listen: SocketAddr,
    },
    /// Match the records of a CSV file, or of two.
    Match {
        /// The records.
        records: PathBuf,
        /// A second file; only pairs across the two are made.
        #[arg(long)]
        link: Option<PathBuf>,
        /// Column with the record's id. Default: found from the header, else the row number.
        #[arg(long)]
        id: Option<String>,
        /// Settings in TOML: roles of columns.
        #[arg(long)]
        settings: Option<PathBuf>,
        /// Match probability from which two records are merged.
        #[arg(long, value_name = "P")]
        threshold: Option<f64>,
        /// Where to write `id,cluster`.
        #[arg(short, long, value_name = "CLUSTERS")]
        output: PathBuf,
        /// Where to write scored pairs.
        #[arg(long)]
        pairs: Option<PathBuf>,
    },
    /// Find the communities of an edge list.
    Partition {
        /// Lines `u v [w]`; spaces, tabs or commas; `#` begins a comment.
        edges: PathBuf,
        /// The third column is a weight.
        #[arg(long)]
        weighted: bool,
        /// What is optimised.
        #[arg(long, value_enum, default_value = "modularity")]
        objective: ObjectiveArg,
        /// Resolution of modularity or CPM, or `auto`.
        #[arg(long, default_value = "auto")]
        resolution: String,
        /// Where to write `node community`.
        #[arg(short, long, value_name = "MEMBERSHIP")]
        output: PathBuf,
    },
}

/// How refused rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RefusedFormat {
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// What a partition optimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ObjectiveArg {
    /// Newman and Girvan's modularity.
    Modularity,
    /// The constant Potts model.
    Cpm,
    /// The two-level map equation.
    Map,
}
