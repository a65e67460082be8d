//! Where did the money go, or come from: transfers traced through accounts, with every cent accounted for.
//!
//! Money has no marks. What an account pays out may be any of what it took in, so each answer is given under four
//! rules side by side: first in first out, in proportion, and the least and the most that any rule could say.

use std::collections::{BTreeMap, VecDeque};

mod backward;
mod cycle;
mod forward;
mod order;

#[cfg(test)]
mod tests;

pub use cycle::Cycle;

/// A transfer between two accounts. All transfers of one trace are of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transfer {
    /// The moment, microseconds UTC.
    pub time_us: i64,
    /// Who pays.
    pub payer: u32,
    /// Who is paid.
    pub beneficiary: u32,
    /// Minor units, more than 0.
    pub minor: i64,
    /// The caller's own number for the transfer.
    pub id: u32,
}

/// Which way money is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowDirection {
    /// Where what left the account went.
    #[default]
    Forward,
    /// Where what reached the account came from.
    Backward,
}

/// What is traced and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowConfig {
    /// Which way.
    pub direction: FlowDirection,
    /// Only transfers of the account from this instant are traced; what other accounts held before still counts.
    pub from_us: Option<i64>,
    /// Nothing from this instant on is looked at.
    pub to_us: Option<i64>,
    /// Accounts that money is not followed through, ascending: services, agents, pooled accounts of a bank.
    pub folded: Vec<u32>,
    /// Steps told, at most: those of the largest amounts.
    pub step_limit: usize,
    /// Cycles told, at most.
    pub cycle_limit: usize,
    /// Transfers of a cycle, at most.
    pub cycle_hops: usize,
    /// Transfers looked at in search of cycles, at most.
    pub cycle_work: usize,
}

impl Default for FlowConfig {
    fn default() -> Self {
        Self {
            direction: FlowDirection::Forward,
            from_us: None,
            to_us: None,
            folded: Vec::new(),
            step_limit: 500,
            cycle_limit: 20,
            cycle_hops: 6,
            cycle_work: 200_000,
        }
    }
}

/// How much of an amount is traced money, under each rule. Minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traced {
    /// First in, first out, cent by cent.
    pub fifo: i64,
    /// Each payment carries the share that the account holds.
    pub proportional: i64,
    /// At least this much, under any rule.
    pub least: i64,
    /// At most this much, under any rule.
    pub most: i64,
}

impl Traced {
    /// All of an amount.
    fn whole(minor: i64) -> Self {
        Self { fifo: minor, proportional: minor, least: minor, most: minor }
    }

    /// Adds up, held at the largest number.
    fn add(&mut self, other: &Self) {
        self.fifo = self.fifo.saturating_add(other.fifo);
        self.proportional = self.proportional.saturating_add(other.proportional);
        self.least = self.least.saturating_add(other.least);
        self.most = self.most.saturating_add(other.most);
    }

    fn is_none(&self) -> bool {
        self.most == 0
    }
}

/// A transfer that may carry traced money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowStep {
    /// The transfer.
    pub transfer: Transfer,
    /// How much of it.
    pub traced: Traced,
    /// Fewest transfers from the account asked about.
    pub depth: u32,
}

/// Why traced money is not followed further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndReason {
    /// It is still there at the end of what was looked at.
    Held,
    /// It came out of what the account held before its first transfer that the rows show.
    Unseen,
    /// The account is a service or pools the money of many.
    Folded,
    /// It came back to the account asked about.
    Returned,
}

/// Where traced money ends, or begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowEnd {
    /// The account.
    pub account: u32,
    /// Why the trace stops there.
    pub reason: EndReason,
    /// How much.
    pub traced: Traced,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// What left the account, or reached it. First in first out and proportion share it out among `ends` to the cent.
    pub total: i64,
    /// Transfers in time order: those of the largest amounts where there are more than the limit.
    pub steps: Vec<FlowStep>,
    /// How many there are in all.
    pub steps_in_all: usize,
    /// Where money ends (or begins, backward), by account and reason.
    pub ends: Vec<FlowEnd>,
    /// Ways by which money leaves the account and comes back, the largest first.
    pub cycles: Vec<Cycle>,
    /// How many cycles were found in all.
    pub cycles_in_all: usize,
    /// True where the search for cycles ended at its limit of work.
    pub cycles_cut: bool,
}

/// Where did the money of an account go, or come from?
///
/// Accounts begin empty and fill by what the rows show; a payment beyond that is paid out of unseen money, which is never
/// traced. Under *first in first out* (the rule in Clayton's case, 1816) a payment takes the oldest cents, and cents keep
/// their order inside a payment. Under *proportion* (pari passu) it carries the share of traced money that the account
/// holds, rounded down; what rounding leaves stays traced in the account. *Least* and *most* bound what any rule can say
/// of that payment. Transfers of one instant are ordered so that money can pass through an account within it (dates
/// without hours need this). Backward is the same the other way: which earlier payments fed what arrived.
///
/// # Arguments    `transfers`: of one currency, in any order; those of 0 or less, or to oneself, are passed over
/// # Complexity   O(m log m + pieces), a piece being a run of cents that left together; cycles by `cycle_work`
/// # Determinism  a function of the set of transfers; whole cents throughout
pub fn trace(transfers: &[Transfer], account: u32, config: &FlowConfig) -> Flow {
    let book = Book::new(transfers, config);
    let mut marks = match config.direction {
        FlowDirection::Forward => forward::mark(&book, account, config),
        FlowDirection::Backward => backward::mark(&book, account, config),
    };
    let found = cycle::cycles(&book, account, config);
    let mut steps: Vec<FlowStep> = std::mem::take(&mut marks.steps);
    let steps_in_all = steps.len();
    if steps.len() > config.step_limit {
        steps.sort_by_key(|s| (std::cmp::Reverse((s.traced.proportional, s.traced.most)), s.transfer));
        steps.truncate(config.step_limit);
    }
    steps.sort_by_key(|s| s.transfer);
    Flow {
        total: marks.total,
        steps,
        steps_in_all,
        ends: marks
            .ends
            .into_iter()
            .filter(|(_, traced)| !traced.is_none())
            .map(|((account, reason), traced)| FlowEnd { account, reason, traced })
            .collect(),
        cycles_in_all: found.all,
        cycles_cut: found.cut,
        cycles: found.best,
    }
}

/// What one pass says of every transfer.
struct Marks {
    total: i64,
    steps: Vec<FlowStep>,
    ends: BTreeMap<(u32, EndReason), Traced>,
}

impl Marks {
    fn end(&mut self, account: u32, reason: EndReason, traced: &Traced) {
        self.ends.entry((account, reason)).or_default().add(traced);
    }
}

/// A run of cents that came into an account with one transfer and left it with another.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Place of the transfer it came with, and of its first cent there.
    came: (usize, i64),
    /// Where its first cent stands in the transfer it left with.
    left_at: i64,
    minor: i64,
}

/// Transfers in the order in which they are taken, and what each account held.
struct Book {
    transfers: Vec<Transfer>,
    /// What the payer held before each transfer.
    held_before: Vec<i64>,
    /// How much of each transfer the payer's holding covers; the rest is unseen money.
    covered: Vec<i64>,
    /// What the beneficiary held after each transfer.
    held_after: Vec<i64>,
    /// The pieces of each transfer: `pieces[piece_offsets[t]..piece_offsets[t + 1]]`.
    pieces: Vec<Piece>,
    piece_offsets: Vec<usize>,
    /// By account.
    accounts: BTreeMap<u32, usize>,
}

impl Book {
    fn new(all: &[Transfer], config: &FlowConfig) -> Self {
        let mut transfers: Vec<Transfer> = all
            .iter()
            .filter(|t| t.minor > 0 && t.payer != t.beneficiary)
            .filter(|t| config.to_us.is_none_or(|to| t.time_us < to))
            .copied()
            .collect();
        order::in_order(&mut transfers);
        let mut accounts: BTreeMap<u32, usize> = BTreeMap::new();
        for transfer in &transfers {
            for account in [transfer.payer, transfer.beneficiary] {
                let next = accounts.len();
                accounts.entry(account).or_insert(next);
            }
        }
        let mut book = Self {
            held_before: Vec::with_capacity(transfers.len()),
            covered: Vec::with_capacity(transfers.len()),
            held_after: Vec::with_capacity(transfers.len()),
            pieces: Vec::new(),
            piece_offsets: vec![0],
            transfers,
            accounts,
        };
        book.settle();
        book
    }

    /// Place of an account that a transfer names.
    fn place(&self, account: u32) -> usize {
        self.accounts.get(&account).copied().unwrap_or_default()
    }

    fn pieces_of(&self, transfer: usize) -> &[Piece] {
        &self.pieces[self.piece_offsets[transfer]..self.piece_offsets[transfer + 1]]
    }

    /// Runs all transfers once: balances, and which cents leave with which payment.
    fn settle(&mut self) {
        let mut held = vec![0i64; self.accounts.len()];
        // What is left of each transfer in its account: place, first cent left, cents left.
        let mut queues: Vec<VecDeque<(usize, i64, i64)>> = vec![VecDeque::new(); self.accounts.len()];
        for place in 0..self.transfers.len() {
            let transfer = self.transfers[place];
            let (payer, beneficiary) = (self.place(transfer.payer), self.place(transfer.beneficiary));
            self.held_before.push(held[payer]);
            let covered = transfer.minor.min(held[payer]);
            self.covered.push(covered);
            held[payer] -= covered;
            let mut taken = 0;
            while taken < covered {
                let Some((from, at, left)) = queues[payer].pop_front() else { break };
                let minor = left.min(covered - taken);
                self.pieces.push(Piece { came: (from, at), left_at: taken, minor });
                taken += minor;
                if minor < left {
                    queues[payer].push_front((from, at + minor, left - minor));
                }
            }
            self.piece_offsets.push(self.pieces.len());
            // Beyond the largest number nothing more is held: no real account comes near.
            let room = i64::MAX - held[beneficiary];
            let minor = transfer.minor.min(room);
            held[beneficiary] += minor;
            queues[beneficiary].push_back((place, 0, minor));
            self.held_after.push(held[beneficiary]);
        }
    }
}

/// `a * b / c` rounded down, for `0 <= a, b` and `b <= c`.
fn share(a: i64, b: i64, c: i64) -> i64 {
    if c <= 0 { 0 } else { (i128::from(a) * i128::from(b) / i128::from(c)) as i64 }
}

/// Runs of traced cents inside a transfer, ascending, apart from each other.
type Runs = Vec<(i64, i64)>;

/// Cents together.
fn cents(runs: &Runs) -> i64 {
    runs.iter().map(|(from, to)| to - from).sum()
}

/// Adds to `runs` the part of `source` inside `[from, from + minor)`, moved to begin at `to`.
fn carry(source: &Runs, from: i64, minor: i64, to: i64, runs: &mut Runs) {
    for &(begin, end) in source {
        let (begin, end) = (begin.max(from), end.min(from + minor));
        if begin < end {
            let (begin, end) = (begin - from + to, end - from + to);
            match runs.last_mut().filter(|last| last.1 == begin) {
                Some(last) => last.1 = end,
                None => runs.push((begin, end)),
            }
        }
    }
}
