//! From weights of pairs to clusters: greedy average linkage under constraints.
//!
//! The two clusters with the highest average log-odds over *all* pairs of their mentions are joined first, as long
//! as that average is above the threshold. So one strong pair between two families joins nothing, which is where
//! connected components fail. Candidate pairs only tell which mentions may belong together: within what they
//! connect every pair is weighed, also those that blocking did not bring. Where more than [`WHOLE`] units are
//! connected, a pair that was not brought counts as evidence against ([`ClusterConfig::absent_bits`]).
//!
//! **Invariants**
//! 1. Must-links are joined first and never parted; a cannot-link is never inside a cluster.
//! 2. Two documents that exclude each other are never joined by evidence; only a judgement can.
//! 3. Two clusters whose full names contradict each other are never joined by the name alone: something else
//!    has to agree. A short name that fits both is no bridge between them.
//! 4. A group that agrees about equally with two established clusters that must stay apart joins neither, unless it has
//!    an identifier in common with one alone: two brothers of one name and home are not told apart by name and home.
//! 5. Sums are integers (thousandths of a bit), so that no order of additions changes a result; ties go to the
//!    smaller mentions.

mod dense;

use crate::column::{Columns, Features};
use crate::compare::{self, Comparer, Pattern};
use crate::model::FittedModel;
use crate::score::{Odds, Scorer};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::hint::black_box;

/// How clusters are formed.
#[derive(Clone, Copy, Debug)]
pub struct ClusterConfig {
    /// Average log-odds, in bits, above which two clusters are joined.
    pub threshold_bits: f64,
    /// What an unscored pair counts, in bits.
    pub absent_bits: f64,
    /// Most that one pair counts, in bits, for or against.
    pub most_bits: f64,
}

/// A scored pair of units, or a ban between them.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Smaller unit.
    pub a: u32,
    /// Larger unit.
    pub b: u32,
    /// Log-odds in bits.
    pub bits: f64,
    /// What the pair says beside its weight.
    pub bond: Bond,
    /// Whether the pair was scored; a ban by judgement may stand on a pair that was not.
    pub scored: bool,
}

/// What stands between two groups beside their average weight; of two groups, all that their pairs say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bond(u8);

impl Bond {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// They must stay apart.
    pub const FORBIDDEN: Self = Self(1);
    /// Two full names of theirs have different surnames.
    const CONTRADICTED: Self = Self(2);
    /// Something other than a name agrees.
    const SUPPORTED: Self = Self(4);
    /// One of them agrees about equally with the other and with whom that other must stay apart from.
    const TORN: Self = Self(8);
    /// They have a document, telephone or account in common.
    const IDENTIFIED: Self = Self(16);

    fn of(columns: &Columns, fa: &Features, fb: &Features, pattern: Pattern) -> Self {
        let said = |holds: bool, bond: Self| if holds { bond } else { Self::NONE };
        said(compare::forbidden(columns, fa, fb, pattern), Self::FORBIDDEN)
            .and(said(compare::surnames_contradict(pattern), Self::CONTRADICTED))
            .and(said(compare::supported_beside_name(pattern), Self::SUPPORTED))
            .and(said(compare::identifier_in_common(pattern), Self::IDENTIFIED))
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two must stay apart.
    pub fn forbidden(self) -> bool {
        self.0 & Self::FORBIDDEN.0 != 0
    }

    /// Whether an identifier in common speaks for these two and not for those other two.
    fn tells_from(self, other: Self) -> bool {
        self.0 & !other.0 & Self::IDENTIFIED.0 != 0
    }

    /// Whether evidence may not join the two: they must stay apart, one of them is torn, or nothing but a contradicted
    /// name speaks for them.
    pub fn parts(self) -> bool {
        self.0 & (Self::FORBIDDEN.0 | Self::TORN.0) != 0
            || self.0 & (Self::CONTRADICTED.0 | Self::SUPPORTED.0) == Self::CONTRADICTED.0
    }
}

/// How much nearer a group has to be to one of two clusters that must stay apart: eight to one.
const MARGIN_BITS: f64 = 3.0;

/// Mentions of an established cluster; a single row may be no more than a misread document.
const ESTABLISHED: u64 = 2;

/// Units that are weighed pair by pair when candidate pairs connect them.
pub const WHOLE: usize = 192;

/// Weighs pairs of the mentions of some columns by a model.
pub struct Weigher<'a> {
    columns: &'a Columns,
    scorer: Scorer,
    /// Bits of every pair of one source, where only pairs of two sources are evidence.
    within: Option<(&'a [u32], f64)>,
}

impl<'a> Weigher<'a> {
    /// A weigher.
    pub fn new(columns: &'a Columns, model: &FittedModel) -> Self {
        Self { columns, scorer: Scorer::new(model), within: None }
    }

    /// The same, but a pair of one source counts `bits` whatever it says.
    #[must_use]
    pub fn across(self, sources: &'a [u32], bits: f64) -> Self {
        Self { within: Some((sources, bits)), ..self }
    }

    /// A comparer for one thread.
    pub fn comparer(&self) -> Comparer<'a> {
        Comparer::new(self.columns)
    }

    /// Log-odds of a pattern in bits.
    pub fn bits(&self, pattern: Pattern) -> f64 {
        self.scorer.bits(pattern)
    }

    /// Weighs a pair.
    pub fn edge(&self, comparer: &mut Comparer<'_>, a: u32, b: u32) -> Edge {
        let (a, b) = (a.min(b), a.max(b));
        let (fa, fb) = (&self.columns.mentions[a as usize], &self.columns.mentions[b as usize]);
        let pattern = comparer.features(fa, fb);
        let bond = Bond::of(self.columns, fa, fb, pattern);
        let bits = match self.within {
            Some((sources, bits)) if sources.get(a as usize) == sources.get(b as usize) => bits,
            _ => self.scorer.bits(pattern),
        };
        Edge { a, b, bits, bond, scored: true }
    }

    /// Weighs candidate pairs; hands on those of at least `least` bits.
    ///
    /// What some pairs need is fetched together, since the memory that holds it is far apart.
    pub fn weigh(
        &self,
        comparer: &mut Comparer<'_>,
        mut pairs: impl Iterator<Item = (u32, u32)>,
        least: Odds,
        found: &mut impl FnMut(Found),
    ) {
        const BATCH: usize = 32;
        let mentions = &self.columns.mentions;
        let mut batch = [(0u32, 0u32, Features::EMPTY); BATCH];
        loop {
            let mut len = 0;
            for (slot, (a, b)) in batch.iter_mut().zip(&mut pairs) {
                *slot = (a, b, mentions[b as usize]);
                len += 1;
            }
            let pairs = &batch[..len];
            black_box(pairs.iter().fold(0, |all, (_, _, f)| all ^ self.columns.looked_up(f)));
            for (a, b, fb) in pairs {
                let fa = &mentions[*a as usize];
                let pattern = comparer.features(fa, fb);
                let odds = self.scorer.odds_from(pattern, least);
                if odds.one >= least.one {
                    let bond = Bond::of(self.columns, fa, fb, pattern);
                    found(Found::One(Edge { a: *a, b: *b, bits: odds.one, bond, scored: true }));
                }
                if odds.kin >= least.kin {
                    found(Found::Kin(*a, *b, odds.kin));
                }
            }
            if len < BATCH {
                return;
            }
        }
    }

    fn documents(&self, unit: u32) -> Vec<u32> {
        self.columns.documents_of(&self.columns.mentions[unit as usize]).to_vec()
    }

    fn exclude(&self, x: &[u32], y: &[u32]) -> bool {
        x.iter().any(|x| y.iter().any(|y| compare::document::values_conflict(self.columns, *x, *y)))
    }
}

/// What a candidate pair was found to be.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    /// Perhaps one party.
    One(Edge),
    /// Perhaps kin: two units and the log-odds in bits.
    Kin(u32, u32, f64),
}

/// Two that must stay apart, and one that agrees with both: somebody has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bridge {
    /// The smaller of the two.
    pub a: u32,
    /// The larger.
    pub b: u32,
    /// The one that agrees with both more than any other does.
    pub by: u32,
}

/// Clusters of units.
#[derive(Clone, Debug)]
pub struct Grouped {
    /// For each unit the smallest unit of its cluster.
    pub heads: Vec<u32>,
    /// Pairs that were weighed beyond the candidates.
    pub pairs_weighed: u64,
    /// Conflicts, ascending, of those components that were weighed whole.
    pub bridges: Vec<Bridge>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Link {
    sum: i64,
    scored: u64,
    bond: Bond,
}

impl Link {
    fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.scored += other.scored;
        self.bond = self.bond.and(other.bond);
    }
}

struct Group {
    size: u64,
    version: u32,
    documents: Vec<u32>,
    links: BTreeMap<u32, Link>,
}

fn find(parent: &mut [u32], mut x: u32) -> u32 {
    while parent[x as usize] != x {
        parent[x as usize] = parent[parent[x as usize] as usize];
        x = parent[x as usize];
    }
    x
}

fn join(parent: &mut [u32], a: u32, b: u32) {
    let (ra, rb) = (find(parent, a), find(parent, b));
    parent[ra.max(rb) as usize] = ra.min(rb);
}

fn milli(bits: f64) -> i64 {
    (bits * 1000.0).round() as i64
}

/// Clusters of units.
///
/// # Arguments     `sizes`: mentions that stand behind each unit; `weigher`: for pairs that are not among the edges;
/// `edges`: each pair at most once, any order; `must`: pairs that are one
/// # Complexity    O(e log e) for e edges, parallel over components
pub fn cluster(
    sizes: &[u32],
    weigher: &Weigher<'_>,
    edges: &[Edge],
    must: &[(u32, u32)],
    config: &ClusterConfig,
) -> Grouped {
    let n = sizes.len() as u32;
    let mut parent: Vec<u32> = (0..n).collect();
    for e in edges {
        if e.scored && !e.bond.forbidden() && e.bits > config.threshold_bits {
            join(&mut parent, e.a, e.b);
        }
    }
    for (a, b) in must {
        join(&mut parent, *a, *b);
    }
    let component: Vec<u32> = (0..n).map(|x| find(&mut parent, x)).collect();
    let mut inner: Vec<(u32, u32)> = edges
        .iter()
        .enumerate()
        .filter(|(_, e)| component[e.a as usize] == component[e.b as usize])
        .map(|(at, e)| (component[e.a as usize], at as u32))
        .collect();
    inner.par_sort_unstable();
    let mut must_by: Vec<(u32, u32, u32)> =
        must.iter().map(|(a, b)| (component[*a as usize], *a, *b)).collect();
    must_by.sort_unstable();
    let mut members: Vec<(u32, u32)> =
        (0..n).filter(|x| component[*x as usize] != *x).map(|x| (component[x as usize], x)).collect();
    members.par_sort_unstable();
    let work: Vec<&[(u32, u32)]> = members.chunk_by(|x, y| x.0 == y.0).collect();
    let parts: Vec<dense::Component> = work
        .par_iter()
        .map_init(
            || weigher.comparer(),
            |comparer, others| {
                let c = others.first().map_or(0, |u| u.0);
                let units: Vec<u32> = std::iter::once(c).chain(others.iter().map(|u| u.1)).collect();
                let from = inner.partition_point(|(x, _)| *x < c);
                let own =
                    inner[from..].iter().take_while(|(x, _)| *x == c).map(|(_, at)| edges[*at as usize]);
                let must =
                    &must_by[must_by.partition_point(|m| m.0 < c)..must_by.partition_point(|m| m.0 <= c)];
                if units.len() <= WHOLE {
                    return dense::one_component(&units, sizes, weigher, comparer, own, must, config);
                }
                let mut own: Vec<Edge> = own.collect();
                own.sort_unstable_by_key(|e| (e.a, e.b));
                let heads = one_component(&units, sizes, weigher, &own, must, config);
                dense::Component { heads, weighed: 0, bridges: Vec::new() }
            },
        )
        .collect();
    let mut heads: Vec<u32> = (0..n).collect();
    let (mut pairs_weighed, mut bridges) = (0, Vec::new());
    for part in parts {
        pairs_weighed += part.weighed;
        bridges.extend(part.bridges);
        for (unit, head) in part.heads {
            heads[unit as usize] = head;
        }
    }
    bridges.sort_unstable();
    Grouped { heads, pairs_weighed, bridges }
}

/// Which of these units are one party, when nothing beyond them is looked at?
///
/// The kernel of taking a merge back: the members of one cluster are grouped anew under the judgements of today.
///
/// # Arguments     `units`: ascending, at most [`WHOLE`]; `sizes`: mentions behind each unit of the whole set; `must`,
/// `cannot`: pairs of them
/// # Returns       for each unit the smallest unit of its cluster; `None` where there are too many units
/// # Complexity    O(units cubed), a few milliseconds at the limit
pub fn regroup(
    units: &[u32],
    sizes: &[u32],
    weigher: &Weigher<'_>,
    must: &[(u32, u32)],
    cannot: &[(u32, u32)],
    config: &ClusterConfig,
) -> Option<Vec<u32>> {
    if units.len() > WHOLE {
        return None;
    }
    let known = |u: u32| units.binary_search(&u).is_ok();
    let bans = cannot.iter().filter(|(a, b)| known(*a) && known(*b)).map(|(a, b)| Edge {
        a: *a.min(b),
        b: *a.max(b),
        bits: 0.0,
        bond: Bond::FORBIDDEN,
        scored: false,
    });
    let must: Vec<(u32, u32, u32)> =
        must.iter().filter(|(a, b)| known(*a) && known(*b)).map(|(a, b)| (0, *a, *b)).collect();
    let component = dense::one_component(units, sizes, weigher, &mut weigher.comparer(), bans, &must, config);
    Some(component.heads.into_iter().map(|(_, head)| head).collect())
}

fn one_component(
    names: &[u32],
    sizes: &[u32],
    weigher: &Weigher<'_>,
    edges: &[Edge],
    must: &[(u32, u32, u32)],
    config: &ClusterConfig,
) -> Vec<(u32, u32)> {
    // Units are ascending, so a position is found by bisection.
    let position = |unit: u32| names.partition_point(|x| *x < unit) as u32;
    let weight = |i: u32| u64::from(sizes[names[i as usize] as usize]);
    let mut groups: Vec<Option<Group>> = names
        .iter()
        .map(|u| {
            let size = u64::from(sizes[*u as usize]);
            Some(Group { size, version: 0, documents: weigher.documents(*u), links: BTreeMap::new() })
        })
        .collect();
    for e in edges {
        let (a, b) = (position(e.a), position(e.b));
        let pairs = weight(a) * weight(b);
        let bits = milli(e.bits.clamp(-config.most_bits, config.most_bits));
        let link = if e.scored {
            Link { sum: bits * pairs as i64, scored: pairs, bond: e.bond }
        } else {
            Link { sum: 0, scored: 0, bond: e.bond }
        };
        for (x, y) in [(a, b), (b, a)] {
            if let Some(group) = &mut groups[x as usize] {
                group.links.entry(y).or_default().add(link);
            }
        }
    }
    let mut parent: Vec<u32> = (0..names.len() as u32).collect();
    for (_, a, b) in must {
        let (ra, rb) = (find(&mut parent, position(*a)), find(&mut parent, position(*b)));
        if ra != rb {
            merge(&mut groups, ra.min(rb), ra.max(rb));
            join(&mut parent, ra, rb);
        }
    }
    let average = |groups: &[Option<Group>], a: u32, b: u32| -> Option<i64> {
        let (ga, gb) = (groups[a as usize].as_ref()?, groups[b as usize].as_ref()?);
        let link = ga.links.get(&b)?;
        let all = ga.size.saturating_mul(gb.size);
        let absent = all.saturating_sub(link.scored);
        let sum = i128::from(link.sum) + i128::from(absent) * i128::from(milli(config.absent_bits));
        (!link.bond.parts()).then(|| sum.div_euclid(i128::from(all.max(1))) as i64)
    };
    let threshold = milli(config.threshold_bits);
    let mut heap = BinaryHeap::new();
    let push = |heap: &mut BinaryHeap<_>, groups: &[Option<Group>], a: u32, b: u32| {
        if let (Some(bits), Some(ga), Some(gb)) =
            (average(groups, a, b), &groups[a as usize], &groups[b as usize])
            && bits > threshold
        {
            heap.push((bits, Reverse(a), Reverse(b), ga.version, gb.version));
        }
    };
    for a in 0..names.len() as u32 {
        let others: Vec<u32> = groups[a as usize]
            .as_ref()
            .map(|g| g.links.range(a + 1..).map(|(b, _)| *b).collect())
            .unwrap_or_default();
        for b in others {
            push(&mut heap, &groups, a, b);
        }
    }
    while let Some((_, Reverse(a), Reverse(b), va, vb)) = heap.pop() {
        let (Some(ga), Some(gb)) = (&groups[a as usize], &groups[b as usize]) else { continue };
        if ga.version != va || gb.version != vb {
            continue;
        }
        if weigher.exclude(&ga.documents, &gb.documents) {
            for (x, y) in [(a, b), (b, a)] {
                if let Some(link) = groups[x as usize].as_mut().and_then(|g| g.links.get_mut(&y)) {
                    link.bond = link.bond.and(Bond::FORBIDDEN);
                }
            }
            continue;
        }
        let bond = |a: u32, b: u32| {
            let link = groups[a as usize].as_ref().and_then(|g| g.links.get(&b));
            link.map_or(Bond::NONE, |link| link.bond)
        };
        let rival = |own: u32, other: u32| -> Option<u32> {
            let least = average(&groups, a, b)? - milli(MARGIN_BITS);
            let links = groups[own as usize].iter().flat_map(|g| &g.links);
            links.filter(|(_, link)| link.bond.forbidden()).map(|(rival, _)| *rival).find(|rival| {
                groups[*rival as usize].as_ref().is_some_and(|g| g.size >= ESTABLISHED)
                    && !bond(own, other).tells_from(bond(other, *rival))
                    && average(&groups, other, *rival).is_some_and(|bits| bits >= least.max(threshold))
            })
        };
        let torn = rival(a, b).map(|k| (b, a, k)).or_else(|| rival(b, a).map(|k| (a, b, k)));
        if let Some((torn, one, other)) = torn {
            for (x, y) in [(torn, one), (one, torn), (torn, other), (other, torn)] {
                if let Some(link) = groups[x as usize].as_mut().and_then(|g| g.links.get_mut(&y)) {
                    link.bond = link.bond.and(Bond::TORN);
                }
            }
            continue;
        }
        merge(&mut groups, a, b);
        join(&mut parent, a, b);
        let others: Vec<u32> =
            groups[a as usize].as_ref().map(|g| g.links.keys().copied().collect()).unwrap_or_default();
        for other in others {
            push(&mut heap, &groups, a.min(other), a.max(other));
        }
    }
    (0..names.len() as u32).map(|i| (names[i as usize], names[find(&mut parent, i) as usize])).collect()
}

/// Joins group `b` into group `a`, with a < b.
fn merge(groups: &mut [Option<Group>], a: u32, b: u32) {
    let Some(gone) = groups[b as usize].take() else { return };
    let mut moved = Vec::with_capacity(gone.links.len());
    for (other, link) in gone.links {
        if other != a
            && let Some(group) = groups[other as usize].as_mut()
        {
            group.links.remove(&b);
            group.links.entry(a).or_default().add(link);
            moved.push((other, link));
        }
    }
    if let Some(group) = groups[a as usize].as_mut() {
        group.links.remove(&b);
        for (other, link) in moved {
            group.links.entry(other).or_default().add(link);
        }
        group.size += gone.size;
        group.version += 1;
        group.documents.extend(gone.documents);
        group.documents.sort_unstable();
        group.documents.dedup();
    }
}
