//! Commands about who is who.

use super::{Answer, CaseArg};
use clap::Subcommand;

/// Commands about who is who.
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Explain why two are or are not held to be the same; or how one entity came about, and where it is weakest.
    Explain {
        #[command(flatten)]
        case: CaseArg,
        /// One entity or mention.
        a: String,
        /// The other; without it, how the entity came about.
        b: Option<String>,
    },
    /// List the pairs that a person should look at: those whose answer would change most first.
    Review {
        #[command(flatten)]
        case: CaseArg,
        /// Pairs at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Make entities one, with --why; prints the numbers by which it can be undone.
    Merge {
        #[command(flatten)]
        case: CaseArg,
        /// Two or more entities.
        #[arg(required = true, num_args = 2..)]
        ids: Vec<String>,
    },
    /// Take mentions out of an entity, with --why; prints the numbers by which it can be undone.
    Split {
        #[command(flatten)]
        case: CaseArg,
        /// The entity.
        id: String,
        /// Its mentions that are somebody else's, as `review` and `explain` print them.
        #[arg(required = true)]
        mentions: Vec<String>,
    },
    /// Record whether two are the same, with --why; or withdraw a judgement.
    Judge {
        #[command(flatten)]
        case: CaseArg,
        /// One entity or mention.
        #[arg(required_unless_present = "undo")]
        a: Option<String>,
        /// The other.
        #[arg(required_unless_present = "undo")]
        b: Option<String>,
        /// The answer.
        #[arg(value_enum, required_unless_present = "undo")]
        answer: Option<Answer>,
        /// Withdraw the judgements of these numbers.
        #[arg(long, value_name = "N", value_delimiter = ',', conflicts_with_all = ["a", "b", "answer"])]
        undo: Vec<u64>,
    },
}
