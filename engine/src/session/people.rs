//! Questions about people, rows and the case as a whole.

use crate::error::EngineError;
use crate::network::Node;
use crate::pipeline::mention_key;
use crate::session::{RowsQuestion, RowsSubject, Session};
use crate::stage::{Freshness, Stage};
use disclose::policy::NodeRef;
use disclose::view::case::{CaseCounts, CaseInput, CaseView, StageInput, StageState, VolumeInput};
use disclose::view::entity::{ContactInput, EntityView};
use disclose::view::explain::{ExplainInput, ExplainView, FieldInput, MentionSideInput};
use disclose::view::finding::{FindingInput, FindingView};
use disclose::view::node::NodeInput;
use disclose::view::row::{RowContent, RowInput, RowView};
use disclose::view::search::{SearchHitInput, SearchView};
use disclose::view::source::{ColumnInput, RefusedView, RowCounts, SourceInput, SourceView};
use graph::layer::Layer;
use model::finding::{Finding, Typology};
use model::identifier::{Identifier, IdentifierKind};
use model::ids::{MentionId, RecordRef, SourceId};
use model::place::Country;
use model::provenance::MentionKey;
use model::record::{CallRecord, MentionRecord, TransferRecord};
use rayon::prelude::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use resolve::explain::Explainer;
use std::collections::{BTreeMap, BTreeSet};

/// Rows that prove one finding, shown with it at most.
const MOST_FINDING_ROWS: usize = 200;

/// One kind of row as it was read.
enum Content {
    Call(CallRecord),
    Transfer(TransferRecord),
    Mention(MentionRecord),
}

impl Content {
    fn record(&self) -> RecordRef {
        match self {
            Self::Call(c) => c.record,
            Self::Transfer(t) => t.record,
            Self::Mention(m) => m.mention.record,
        }
    }

    fn instant(&self) -> Option<i64> {
        match self {
            Self::Call(c) => c.time.map(|t| t.instant_us),
            Self::Transfer(t) => t.time.map(|t| t.instant_us),
            Self::Mention(_) => None,
        }
    }
}

impl Session<'_> {
    /// What does the case hold, and what is stale?
    ///
    /// # Arguments   `name`: the name that the case is served under
    pub fn case_view(&self, name: &str) -> Result<CaseView, EngineError> {
        let derived = &self.desk.derived;
        let info = self.case.info();
        let mut counts = CaseCounts::default();
        for source in derived.snapshot.sources() {
            counts.sources += 1;
            counts.rows_read += source.receipt.read;
            counts.rows_kept += source.receipt.kept;
            counts.rows_refused += source.receipt.refused;
            counts.rows_repeated += source.receipt.repeated;
        }
        for week in &derived.weeks {
            counts.calls += week.calls;
            counts.messages += week.messages;
            counts.data_sessions += week.data_sessions;
            counts.transfers += week.transfers;
        }
        counts.mentions = derived.network.mentions.len() as u64;
        counts.entities = derived.network.entities.len() as u64;
        counts.merged_entities =
            derived.network.entities.iter().filter(|e| e.mentions.len() > 1).count() as u64;
        counts.communities = self.desk.communities.len() as u64;
        counts.findings = self.findings_shown(None).len() as u64;
        let volume = derived.weeks.iter().filter_map(|w| {
            let calls = w.calls + w.messages + w.data_sessions;
            Some(VolumeInput { week: w.sunday?, calls, transfers: w.transfers })
        });
        let input = CaseInput {
            case: name.to_owned(),
            title: info.title.clone(),
            country: info.country,
            clock: info.country.or_else(|| clock(derived.snapshot.sources())),
            authority: info.authority.clone(),
            created_us: info.created_us,
            counts,
            first_us: derived.weeks.iter().filter_map(|w| w.first_us).min(),
            last_us: derived.weeks.iter().filter_map(|w| w.last_us).max(),
            stages: stages(self.case, self.desk.audience, &Stage::ALL)?,
            volume: volume.collect(),
            needs_decision: undecided(derived.snapshot.sources()),
        };
        Ok(CaseView::new(&input, &self.reader()))
    }

    /// Which sources are there, and do their receipts balance?
    pub fn sources(&self) -> Result<Vec<SourceView>, EngineError> {
        let reader = self.reader();
        let sources = self.desk.derived.snapshot.sources();
        Ok(sources.iter().enumerate().map(|(i, s)| SourceView::new(&source_input(i, s), &reader)).collect())
    }

    /// Which rows were refused, and why?
    pub fn refused(
        &self,
        source: Option<&str>,
        after: usize,
        limit: usize,
    ) -> Result<Vec<RefusedView>, EngineError> {
        let rank = match source {
            Some(text) => Some(self.desk.sources.find(text).ok_or(EngineError::NotFound)?),
            None => None,
        };
        let reader = self.reader();
        let rows = self.desk.derived.snapshot.refused(rank)?;
        Ok(rows.iter().skip(after).take(limit).map(|r| RefusedView::new(r, &reader)).collect())
    }

    /// Who answers to a text?
    pub fn find(&self, text: &str, limit: usize) -> Result<SearchView, EngineError> {
        let answer = self.desk.index.ask(text, limit.clamp(1, 200))?;
        let reader = self.reader();
        let hits: Vec<SearchHitInput> = answer
            .hits
            .iter()
            .filter_map(|hit| {
                let inner = self.desk.node(&reader.resolve(&hit.node_id)?)?;
                Some(SearchHitInput {
                    node: self.any_input(inner)?,
                    field: hit.field,
                    matched: hit.matched.clone(),
                    score: hit.score,
                })
            })
            .collect();
        Ok(SearchView::new(&hits, answer.total as u64, &reader))
    }

    /// The node's input with what the graph knows of it, if it stands in the graph.
    pub(super) fn any_input(&self, inner: Node) -> Option<NodeInput> {
        let network = &self.desk.derived.network;
        match network.node_of(inner).filter(|n| network.nodes.get(*n as usize) == Some(&inner)) {
            Some(node) => self.node_input(node),
            None => network.node_input(inner),
        }
    }

    /// Who is this?
    ///
    /// # Arguments   `id`: public id; an id that an entity once bore leads to the entity that it became
    pub fn show(&self, id: &str) -> Result<EntityView, EngineError> {
        let inner = match self.inner(id) {
            Err(EngineError::NotFound) => self.inner(&self.successor(id)?)?,
            found => found?,
        };
        let network = &self.desk.derived.network;
        let card = match inner {
            Node::Entity(e) => network.entity_card(e),
            Node::Identifier(i) => network.identifier_card(i, self.events()?),
        };
        let mut input = card.ok_or(EngineError::NotFound)?;
        input.node = self.any_input(inner).ok_or(EngineError::NotFound)?;
        let graph = &network.graph;
        if let Some(node) = network.node_of(inner).filter(|n| network.nodes.get(*n as usize) == Some(&inner))
        {
            let mut contacts: BTreeMap<(u32, Layer, Option<model::money::Currency>), ContactInput> =
                BTreeMap::new();
            for near in graph.neighbors(node) {
                let edge = graph.edge(near.edge);
                let Some(other) = self.node_input(near.node) else { continue };
                let contact =
                    contacts.entry((near.node, edge.layer, edge.currency)).or_insert(ContactInput {
                        node: other,
                        layer: edge.layer,
                        count: 0,
                        total: 0,
                        currency: edge.currency,
                        first_us: None,
                        last_us: None,
                    });
                contact.count += edge.count;
                contact.total = contact.total.saturating_add(edge.total);
                contact.first_us = [contact.first_us, edge.first_us].into_iter().flatten().min();
                contact.last_us = contact.last_us.max(edge.last_us);
            }
            let mut ranked: Vec<((u32, Layer, _), ContactInput)> = contacts.into_iter().collect();
            ranked.sort_by_key(|(key, c)| (std::cmp::Reverse(c.count), key.0, key.1));
            input.contacts = ranked.into_iter().map(|(_, c)| c).collect();
            input.findings = self.findings_of(&[node]);
            self.pattern_of_life(node, &mut input.pattern_of_life)?;
        } else if let Node::Identifier(i) = inner {
            input.findings = self.findings_naming(network.identifier(i));
        }
        if let Node::Entity(entity) = inner {
            input.history = self.history(entity)?;
        }
        EntityView::new(&input, &self.reader()).ok_or(EngineError::NotFound)
    }

    /// Events of a node by day of the week and hour, on the local clock of each event.
    fn pattern_of_life(&self, node: u32, pattern: &mut [[u32; 24]; 7]) -> Result<(), EngineError> {
        let network = &self.desk.derived.network;
        let stands = |end: u32, at| network.place(end, Some(at)) == Some(node);
        for event in self.events()?.meetings() {
            let at = event.time.instant_us;
            if event.ends.into_iter().flatten().any(|end| stands(end, at)) {
                let (hour, day) = event.time.hour_and_weekday();
                if let Some(cell) =
                    pattern.get_mut(usize::from(day)).and_then(|d| d.get_mut(usize::from(hour)))
                {
                    *cell += 1;
                }
            }
        }
        Ok(())
    }

    /// The rows that prove something.
    ///
    /// # Returns     the rows asked for, and how many there are in all
    pub fn rows(&self, question: &RowsQuestion) -> Result<(Vec<RowView>, u64), EngineError> {
        let records: Vec<RecordRef> = match &question.subject {
            RowsSubject::Edge { source, target, layer } => {
                let (a, b) = (self.locate(source)?, self.locate(target)?);
                let graph = &self.desk.derived.network.graph;
                let mut all: Vec<RecordRef> = graph
                    .edges_between(a, b)
                    .filter(|e| graph.edge(*e).layer == *layer)
                    .flat_map(|e| graph.evidence(e))
                    .collect();
                all.sort_unstable();
                all.dedup();
                all
            }
            RowsSubject::Refs(refs) => refs
                .iter()
                .map(|(source, row)| {
                    let source = self.desk.sources.find(source).ok_or(EngineError::NotFound)?;
                    Ok(RecordRef { source, row: *row })
                })
                .collect::<Result<_, EngineError>>()?,
        };
        let window = crate::network::base::Window { from_us: question.from_us, to_us: question.to_us };
        let mut contents = self.contents(&records)?;
        if !window.is_open() {
            contents.retain(|c| window.admits(c.instant()));
        }
        contents.sort_by_key(|c| (c.instant(), c.record()));
        let total = contents.len() as u64;
        let shown: Vec<Content> =
            contents.into_iter().skip(question.after).take(question.limit.clamp(1, 2_000)).collect();
        Ok((self.row_views(&shown)?, total))
    }

    fn contents(&self, records: &[RecordRef]) -> Result<Vec<Content>, EngineError> {
        let snapshot = &self.desk.derived.snapshot;
        let mut contents: Vec<Content> = Vec::with_capacity(records.len());
        contents.extend(snapshot.call_rows(records)?.into_iter().map(Content::Call));
        contents.extend(snapshot.transfer_rows(records)?.into_iter().map(Content::Transfer));
        // A transfer's row also names its parties; the transfer says it all.
        let told: BTreeSet<RecordRef> = contents.iter().map(Content::record).collect();
        let mentions = snapshot.mention_rows(records)?;
        contents
            .extend(mentions.into_iter().filter(|m| !told.contains(&m.mention.record)).map(Content::Mention));
        Ok(contents)
    }

    fn row_views(&self, contents: &[Content]) -> Result<Vec<RowView>, EngineError> {
        let reader = self.reader();
        let records: Vec<RecordRef> = contents.iter().map(Content::record).collect();
        // Originals may be registered by reference and be away: the row as read still stands.
        let raw: BTreeMap<RecordRef, String> = ingest::raw::raw_rows(&self.desk.derived.snapshot, &records)
            .unwrap_or_default()
            .into_iter()
            .collect();
        let views = contents
            .iter()
            .filter_map(|content| {
                let (first, second, shown) = match content {
                    Content::Call(c) => {
                        let ends =
                            self.holders(IdentifierKind::Msisdn, [&c.caller, &c.receiver], content.instant());
                        (ends.0, ends.1, RowContent::Call(c))
                    }
                    Content::Transfer(t) => {
                        let ends = self.holders(
                            IdentifierKind::AccountNumber,
                            [&t.payer, &t.beneficiary],
                            content.instant(),
                        );
                        (ends.0, ends.1, RowContent::Transfer(t))
                    }
                    Content::Mention(m) => (self.entity_of(m.mention), None, RowContent::Mention(m)),
                };
                let raw = raw.get(&content.record()).map(String::as_str);
                let input = RowInput { content: shown, first: first.as_ref(), second: second.as_ref(), raw };
                RowView::new(&input, &reader)
            })
            .collect();
        Ok(views)
    }

    fn holders(
        &self,
        kind: IdentifierKind,
        values: [&model::identifier::Normal; 2],
        at: Option<i64>,
    ) -> (Option<NodeRef>, Option<NodeRef>) {
        let network = &self.desk.derived.network;
        let [first, second] = values.map(|normal| {
            let identifier = network.base.position_of(kind, normal.value.as_deref()?)?;
            let entity = network.overlay.holder(identifier, at)?;
            network.reference(Node::Entity(entity))
        });
        (first, second)
    }

    fn position(&self, mention: MentionId) -> Option<usize> {
        self.desk.derived.network.mentions.binary_search_by_key(&mention, |m| m.mention).ok()
    }

    fn entity_of(&self, mention: MentionId) -> Option<NodeRef> {
        let network = &self.desk.derived.network;
        let entity = network.entity_of.get(self.position(mention)?).copied().flatten()?;
        network.reference(Node::Entity(entity))
    }

    /// Leads: never findings of guilt.
    ///
    /// # Arguments   `typology`: only those of this word; `after`: findings to pass over first; `limit`: findings at most
    /// # Returns     those, in order of their ids, and how many there are in all
    pub fn findings(
        &self,
        typology: Option<&str>,
        after: usize,
        limit: usize,
    ) -> Result<(Vec<FindingView>, u64), EngineError> {
        let wanted = match typology {
            Some(word) => Some(Typology::parse(word).ok_or(EngineError::NotFound)?),
            None => None,
        };
        let all = self.findings_shown(wanted);
        let total = all.len() as u64;
        let stretch = all.get(after..after.saturating_add(limit).min(all.len())).unwrap_or_default();
        Ok((stretch.par_iter().filter_map(|number| self.finding_view(*number)).collect(), total))
    }

    /// Positions of the findings that there are for the visitor.
    fn findings_shown(&self, wanted: Option<Typology>) -> Vec<usize> {
        let findings = self.desk.derived.findings.par_iter().enumerate();
        findings
            .filter(|(_, finding)| wanted.is_none_or(|w| finding.typology == w))
            .map(|(number, _)| number)
            .filter(|number| {
                let input = self.finding_input(*number);
                input.is_some_and(|input| FindingView::is_shown(&input, &self.reader()))
            })
            .collect()
    }

    fn finding_view(&self, number: usize) -> Option<FindingView> {
        FindingView::new(&self.finding_input(number)?, &self.reader())
    }

    fn finding_input(&self, number: usize) -> Option<FindingInput<'_>> {
        let finding = self.desk.derived.findings.get(number)?;
        Some(FindingInput {
            id: finding_id(number),
            finding,
            subject: self.identifier_input(&finding.subject)?,
            // One input for each identifier, in their order: masking goes by position.
            related: finding.related.iter().map(|r| self.identifier_input(r)).collect::<Option<_>>()?,
        })
    }

    fn identifier_input(&self, identifier: &Identifier) -> Option<NodeInput> {
        let network = &self.desk.derived.network;
        self.any_input(Node::Identifier(network.base.position(identifier)?))
    }

    /// One lead with the rows that prove it.
    pub fn finding(&self, id: &str) -> Result<(FindingView, Vec<RowView>), EngineError> {
        let number: usize = id.strip_prefix('F').and_then(|n| n.parse().ok()).ok_or(EngineError::NotFound)?;
        let number = number.checked_sub(1).ok_or(EngineError::NotFound)?;
        let view = self.finding_view(number).ok_or(EngineError::NotFound)?;
        let finding: &Finding = self.desk.derived.findings.get(number).ok_or(EngineError::NotFound)?;
        let records: Vec<RecordRef> = finding.evidence.iter().copied().take(MOST_FINDING_ROWS).collect();
        let mut contents = self.contents(&records)?;
        contents.sort_by_key(|c| (c.instant(), c.record()));
        Ok((view, self.row_views(&contents)?))
    }

    /// Ids of the findings that name an identifier standing on one of these nodes.
    pub(super) fn findings_of(&self, nodes: &[u32]) -> Vec<String> {
        let found: BTreeSet<u32> =
            nodes.iter().flat_map(|node| self.desk.findings_on(*node)).copied().collect();
        found.into_iter().map(|number| finding_id(number as usize)).collect()
    }

    fn findings_naming(&self, identifier: Option<&Identifier>) -> Vec<String> {
        let findings = self.desk.derived.findings.iter().enumerate();
        let named = findings.filter(|(_, f)| f.named().any(|named| Some(named) == identifier));
        named.map(|(number, _)| finding_id(number)).collect()
    }

    /// Why are two held to be the same, or not?
    ///
    /// # Arguments   `a`, `b`: entities (their most alike mentions are compared) or mentions
    pub fn explain(&self, a: &str, b: &str) -> Result<ExplainView, EngineError> {
        let (a, b) = self.pair(a, b)?;
        let derived = &self.desk.derived;
        let network = &derived.network;
        let both = [a, b].map(|at| network.mentions.get(at as usize).cloned()).into_iter().flatten();
        let both: Vec<MentionRecord> = both.collect();
        let told = Explainer::new(&both, &derived.model, Some(&derived.frequencies)).explain(0, 1);
        let (side_a, side_b) = (self.side(a)?, self.side(b)?);
        let decision = self
            .case
            .store
            .active_decisions()?
            .into_iter()
            .rev()
            .find(|d| (d.a == side_a.key && d.b == side_b.key) || (d.a == side_b.key && d.b == side_a.key))
            .map(|d| d.judgement);
        let entity = |m: u32| network.entity_of.get(m as usize).copied().flatten();
        let input = ExplainInput {
            same_entity: entity(a).is_some() && entity(a) == entity(b),
            a: side_a,
            b: side_b,
            prior_bits: told.prior_bits,
            fields: told
                .fields
                .iter()
                .map(|f| FieldInput {
                    comparison: f.comparison.to_string(),
                    level: f.level.to_string(),
                    value_a: f.value_a.clone(),
                    value_b: f.value_b.clone(),
                    bits: f.bits,
                })
                .collect(),
            total_bits: told.total_bits,
            probability: told.probability,
            threshold: derived.threshold,
            decision,
        };
        ExplainView::new(&input, &self.reader()).ok_or(EngineError::NotFound)
    }

    pub(super) fn side(&self, mention: u32) -> Result<MentionSideInput<'_>, EngineError> {
        let network = &self.desk.derived.network;
        let record = network.mentions.get(mention as usize).ok_or(EngineError::NotFound)?;
        let entity =
            network.entity_of.get(mention as usize).copied().flatten().ok_or(EngineError::NotFound)?;
        Ok(MentionSideInput {
            node: self.node_input(entity).ok_or(EngineError::NotFound)?,
            key: mention_key(&self.desk.derived.snapshot, record.mention),
            mention: record,
        })
    }

    /// The mentions that two ids name: a mention itself, or the most alike mentions of two entities.
    pub(super) fn pair(&self, a: &str, b: &str) -> Result<(u32, u32), EngineError> {
        let (a, b) = (self.candidates(a)?, self.candidates(b)?);
        let derived = &self.desk.derived;
        if let (&[a], &[b]) = (a.as_slice(), b.as_slice()) {
            return Ok((a, b));
        }
        let (left, right): (BTreeSet<u32>, BTreeSet<u32>) =
            (a.iter().copied().collect(), b.iter().copied().collect());
        let scored = derived
            .pairs
            .iter()
            .filter(|p| {
                (left.contains(&p.a) && right.contains(&p.b)) || (left.contains(&p.b) && right.contains(&p.a))
            })
            .max_by(|x, y| x.weight_bits.total_cmp(&y.weight_bits).then((y.a, y.b).cmp(&(x.a, x.b))));
        match scored {
            Some(p) if left.contains(&p.a) && right.contains(&p.b) => Ok((p.a, p.b)),
            Some(p) => Ok((p.b, p.a)),
            None => {
                let first = a.first().copied().ok_or(EngineError::NotFound)?;
                let second = b.iter().copied().find(|m| *m != first).ok_or(EngineError::NotFound)?;
                Ok((first, second))
            }
        }
    }

    /// Mentions that an id stands for.
    pub(super) fn candidates(&self, id: &str) -> Result<Vec<u32>, EngineError> {
        let network = &self.desk.derived.network;
        if let Some(key) = MentionKey::parse(id) {
            // A mention of someone masked is known only by the pseudonym.
            let position = self.mention_position(&key).filter(|_| self.may_see(&key));
            return Ok(vec![position.ok_or(EngineError::NotFound)?]);
        }
        match network.nodes.get(self.locate(id)? as usize) {
            Some(Node::Entity(e)) => {
                Ok(network.entities.get(*e as usize).map(|e| e.mentions.clone()).unwrap_or_default())
            }
            _ => Err(EngineError::NotFound),
        }
    }
}

fn finding_id(number: usize) -> String {
    format!("F{}", number + 1)
}

pub(super) fn source_input(rank: usize, s: &store::receipt::SourceEntry) -> SourceInput {
    SourceInput {
        id: SourceId(rank as u32),
        kind: s.kind,
        template: s.template.clone(),
        encoding: s.encoding.clone(),
        delimiter: s.delimiter.clone(),
        header_row: s.header_row,
        country: s.country,
        loaded_us: s.loaded_us,
        first_us: s.first_us,
        last_us: s.last_us,
        rows: RowCounts {
            read: s.receipt.read,
            kept: s.receipt.kept,
            refused: s.receipt.refused,
            repeated: s.receipt.repeated,
            other: s.receipt.other,
        },
        needs_decision: s.needs_decision.clone(),
        columns: s
            .columns
            .iter()
            .map(|c| ColumnInput { header: c.header.clone(), role: c.role.clone(), confidence: c.confidence })
            .collect(),
    }
}

/// State of the stages of an audience.
pub(super) fn stages(
    case: &crate::case::Case,
    audience: crate::pipeline::Audience,
    stages: &[Stage],
) -> Result<Vec<StageInput>, EngineError> {
    stages
        .iter()
        .map(|stage| {
            let state = match case.freshness(audience, *stage)? {
                Freshness::Fresh => StageState::Fresh,
                Freshness::Stale => StageState::Stale,
                Freshness::Never => StageState::Never,
            };
            let at_us = case.derived_at(audience, *stage)?;
            Ok(StageInput { name: stage.as_str().to_owned(), state, at_us, seconds: None })
        })
        .collect()
}

/// Sources that wait for a decision, and which.
pub(super) fn undecided(sources: &[store::receipt::SourceEntry]) -> Vec<(SourceId, String)> {
    let ranked = sources.iter().enumerate();
    ranked.filter_map(|(i, s)| Some((SourceId(i as u32), s.needs_decision.clone()?))).collect()
}

/// The country that most kept rows were read for; of equals the first by its code.
pub(super) fn clock(sources: &[store::receipt::SourceEntry]) -> Option<Country> {
    let mut rows: BTreeMap<&str, (u64, Country)> = BTreeMap::new();
    for (country, kept) in sources.iter().filter_map(|s| Some((s.country?, s.receipt.kept))) {
        rows.entry(country.code()).or_insert((0, country)).0 += kept;
    }
    rows.into_values()
        .reduce(|most, next| if next.0 > most.0 { next } else { most })
        .map(|(_, country)| country)
}
