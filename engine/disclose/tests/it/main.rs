//! The canary test: every view is made of inputs full of protected values, and none of them may get out.
//!
//! Two proofs. Nothing secret stands in any byte that a reader without clearance gets; and those bytes are the
//! same when all the secrets are others (non-interference), so that nothing leaks through order or length either.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use disclose::audience::{Audience, Lang};
use disclose::citation::{CitedSource, SourceBook};
use disclose::document::search_document;
use disclose::policy::{NodeRef, Policy, PolicyBuilder};
use disclose::reader::Reader;
use disclose::view::case::{CaseCounts, CaseInput, CaseView};
use disclose::view::community::{CommunityInput, CommunityView, LayerCounts, MemberInput};
use disclose::view::entity::{ContactInput, EntityInput, EntityMentionInput, EntityView, HoldingInput};
use disclose::view::explain::{
    ExplainInput, ExplainView, FieldInput, MentionSideInput, ReviewPairInput, ReviewView,
};
use disclose::view::finding::{FindingInput, FindingView};
use disclose::view::flow::{
    CurrencyFlowInput, FlowAccountInput, FlowCycleInput, FlowEndInput, FlowStepInput, FlowView,
};
use disclose::view::graph::{CutInput, CutReason, EdgeInput, GraphView};
use disclose::view::measure::{ChangeInput, ChangesView, MatrixView, Measure, RankView, RankedInput};
use disclose::view::node::{NodeInput, NodeView};
use disclose::view::path::{CommonView, PathInput, PathOrder, PathView, PathsInput, SharedContactInput};
use disclose::view::presence::{ColocationView, CompanionsInput, PlaceInput, RhythmView};
use disclose::view::row::{RowContent, RowInput, RowView};
use disclose::view::search::{SearchHitInput, SearchView};
use disclose::view::source::{ColumnInput, RefusedView, RowCounts, SourceInput, SourceView};
use graph::flow::Traced;
use graph::layer::Layer;
use graph::rhythm::Rhythm;
use model::finding::{Finding, Typology};
use model::identifier::{Identifier, IdentifierKind, NormFlags, Normal};
use model::ids::{MentionId, MentionRole, RecordRef, SourceId};
use model::money::{Currency, Money};
use model::place::{Country, Point};
use model::provenance::{Digest, MentionKey, SourceKey};
use model::record::{CallRecord, MentionRecord, RefusalReason, RefusedRow, TableKind, TransferRecord};
use model::sensitivity::{Clearance, Sensitivity};
use model::time::{Basis, CivilDate, Interval, Precision, Stamp};
use proptest::prelude::*;
use search::terms::Field;
use serde::Serialize;

/// Everything about a person that must not get out.
#[derive(Clone, Debug)]
struct Secret {
    key: String,
    name: [String; 3],
    phone: String,
    document: String,
    account: String,
    address: String,
    alias: String,
    imei: String,
    imsi: String,
    birth: CivilDate,
    standing: String,
}

impl Secret {
    fn canary() -> Self {
        Self {
            key: "E-CANARY000001".into(),
            name: ["Xiomara".into(), "Canario".into(), "Secreto".into()],
            phone: "90001234".into(),
            document: "990011223".into(),
            account: "CANARYACCOUNT0077".into(),
            address: "PASAJE CANARIO 77".into(),
            alias: "La Canaria".into(),
            imei: "99015420300001".into(),
            imsi: "706990000000077".into(),
            birth: CivilDate::new(2009, 2, 3).unwrap(),
            standing: "ofendida canario".into(),
        }
    }

    fn full_name(&self) -> String {
        self.name.join(" ")
    }

    /// Every form in which a value might get out.
    fn forms(&self) -> Vec<String> {
        let halves = self.phone.split_at(4);
        let mut out = vec![
            self.key.clone(),
            self.phone.clone(),
            format!("{}-{}", halves.0, halves.1),
            format!("{} {}", halves.0, halves.1),
            self.document.clone(),
            format!("{}-{}", &self.document[..8], &self.document[8..]),
            self.account.clone(),
            self.account[self.account.len() - 4..].to_owned(),
            self.address.clone(),
            self.alias.clone(),
            self.imei.clone(),
            self.imsi.clone(),
            self.birth.to_string(),
            self.standing.clone(),
        ];
        out.extend(self.name.iter().cloned());
        out.push(self.full_name().to_uppercase());
        out
    }

    fn identifiers(&self) -> Vec<Identifier> {
        vec![
            self.tel(),
            Identifier::new(IdentifierKind::Imsi, self.imsi.clone()),
            Identifier::new(IdentifierKind::Imei, self.imei.clone()),
            Identifier::new(IdentifierKind::AccountNumber, self.account.clone()),
            Identifier::new(IdentifierKind::DocumentNumber, format!("SV-DUI:{}", self.document)),
            Identifier::new(IdentifierKind::Address, self.address.clone()),
        ]
    }

    fn second_tel(&self) -> Identifier {
        let turned: String = self.phone.chars().rev().collect();
        Identifier::new(IdentifierKind::Msisdn, format!("+5039{}", &turned[..7]))
    }

    fn tel(&self) -> Identifier {
        Identifier::new(IdentifierKind::Msisdn, format!("+503{}", self.phone))
    }

    fn node(&self) -> NodeInput {
        NodeInput {
            name: Some(self.full_name()),
            degree: 4,
            mentions: 2,
            community: Some(1),
            ..NodeInput::new(NodeRef::Entity(self.key.clone()))
        }
    }

    fn policy(&self, class: Sensitivity) -> Policy {
        let mut builder = PolicyBuilder::default();
        let name = self.full_name();
        builder.entity(&self.key, class, "V-01", [name.as_str()]);
        for identifier in self.identifiers() {
            builder.identifier_of("V-01", class, identifier);
        }
        // A second number; which of the two is the smaller depends on the secret, its pseudonym does not.
        builder.identifier_of("V-01", class, self.second_tel());
        builder.build()
    }

    fn mention(&self, class: Sensitivity) -> MentionRecord {
        let mut mention = MentionRecord::new(MentionId { record: at(7), role: MentionRole::Person });
        mention.name_raw = self.full_name().to_uppercase();
        mention.alias_raw = self.alias.clone();
        mention.phones = vec![normal(&self.phone, &format!("+503{}", self.phone))];
        mention.documents = vec![normal(&self.document, &format!("SV-DUI:{}", self.document))];
        mention.accounts = vec![normal(&self.account, &self.account)];
        mention.address_raw = self.address.clone();
        mention.address = self.address.clone();
        mention.birth = Some(self.birth);
        mention.birth_raw = self.birth.to_string();
        mention.standing_raw = self.standing.clone();
        mention.sensitivity = class;
        mention
    }

    fn raw(&self) -> String {
        let text =
            [&self.full_name(), &self.phone, &self.document, &self.account, &self.address, &self.alias];
        let mut parts: Vec<String> = text.into_iter().cloned().collect();
        parts.extend([self.imei.clone(), self.imsi.clone(), self.birth.to_string(), self.standing.clone()]);
        parts.join(";")
    }
}

fn at(row: u32) -> RecordRef {
    RecordRef { source: SourceId(0), row }
}

fn normal(raw: &str, value: &str) -> Normal {
    Normal { raw: raw.into(), value: Some(value.into()), flags: NormFlags::COUNTRY_ASSUMED }
}

fn open_tel() -> Identifier {
    Identifier::new(IdentifierKind::Msisdn, "+50370004321")
}

fn open_node() -> NodeInput {
    NodeInput {
        name: Some("OVIDIO CONACASTE PEREZ".into()),
        degree: 3,
        ..NodeInput::new(NodeRef::Entity("E-OPEN00000001".into()))
    }
}

fn json(view: &impl Serialize) -> String {
    serde_json::to_string(view).unwrap()
}

/// Every view of the house, made of the secret.
fn views(secret: &Secret, class: Sensitivity, reader: &Reader<'_>) -> Vec<(&'static str, Option<String>)> {
    let (node, open) = (secret.node(), open_node());
    let tel = secret.tel();
    let tel_node = NodeInput::new(NodeRef::Identifier(tel.clone()));
    let time = Stamp {
        instant_us: 1_773_466_867_000_000,
        offset_minutes: -360,
        zone_assumed: true,
        precision: Precision::Minute,
    };
    let edge = EdgeInput {
        source: open.node.clone(),
        target: node.node.clone(),
        layer: Layer::Money,
        count: 3,
        total: 145_000,
        currency: Some(Currency(*b"USD")),
        first_us: Some(time.instant_us),
        last_us: None,
        inferred: false,
        rows: vec![at(418), at(419)],
        rows_in_all: 2,
    };
    let tel_edge =
        EdgeInput { target: tel_node.node.clone(), layer: Layer::Calls, currency: None, ..edge.clone() };
    let validity =
        Interval { from_us: Some(0), to_us: None, from_basis: Basis::Stated, to_basis: Basis::Unknown };
    let mut held = secret.identifiers();
    held.push(secret.second_tel());
    held.sort();
    let holdings: Vec<HoldingInput> = held
        .into_iter()
        .map(|identifier| HoldingInput { identifier, validity, flags: NormFlags::CHECK_FAILED, rows: 2 })
        .collect();
    let entity = EntityInput {
        names: vec![(secret.full_name(), 2)],
        aliases: vec![secret.alias.clone()],
        holdings: holdings.clone(),
        birth: Some(secret.birth),
        standing: vec![secret.standing.clone()],
        mentions: vec![EntityMentionInput {
            record: at(7),
            role: MentionRole::Person,
            text: secret.full_name(),
        }],
        contacts: vec![ContactInput {
            node: open.clone(),
            layer: Layer::Calls,
            count: 9,
            total: 600,
            currency: None,
            first_us: None,
            last_us: None,
        }],
        findings: vec!["F-1".into()],
        ..EntityInput::new(node.clone())
    };
    // An open party that shares every identifier with the protected one, and is in touch with them.
    let neighbour = EntityInput {
        names: vec![("Ovidio Conacaste Pérez".into(), 1)],
        aliases: vec![format!("el de {}", secret.full_name())],
        standing: vec![format!("llama al {}", secret.phone)],
        holdings,
        contacts: vec![ContactInput { node: node.clone(), ..entity.contacts[0].clone() }],
        ..EntityInput::new(open.clone())
    };
    let call = CallRecord {
        record: at(8),
        caller: normal("70004321", "+50370004321"),
        receiver: normal(&secret.phone, &format!("+503{}", secret.phone)),
        time: Some(time),
        duration_s: Some(134),
        imei: normal(&secret.imei, &secret.imei),
        imsi: normal(&secret.imsi, &secret.imsi),
        cell: "SAL-014".into(),
        ..CallRecord::default()
    };
    let transfer = TransferRecord {
        record: at(9),
        payer: normal("OPENACCOUNT01", "OPENACCOUNT01"),
        beneficiary: normal(&secret.account, &secret.account),
        amount: Money { minor: 145_000, currency: Currency(*b"USD") },
        memo: secret.full_name(),
        ..TransferRecord::default()
    };
    // Between open parties; only the raw line names the protected one.
    let memo = TransferRecord { beneficiary: normal("OPENACCOUNT02", "OPENACCOUNT02"), ..transfer.clone() };
    let mention = secret.mention(class);
    let mut open_mention = MentionRecord::new(MentionId { record: at(12), role: MentionRole::Subscriber });
    open_mention.name_raw = "OVIDIO CONACASTE".into();
    open_mention.phones = vec![normal(&secret.phone, &format!("+503{}", secret.phone))];
    let raw = secret.raw();
    let memo_raw = format!("2026-03-14;OPENACCOUNT01;OPENACCOUNT02;1450.00;pago {}", secret.full_name());
    let row = |content, first, second, raw| {
        RowView::new(&RowInput { content, first, second, raw: Some(raw) }, reader).as_ref().map(json)
    };
    let finding = Finding {
        typology: Typology::SimSuccession,
        subject: Identifier::new(IdentifierKind::Imei, secret.imei.clone()),
        related: vec![tel.clone(), open_tel()],
        from_us: 0,
        to_us: time.instant_us,
        score: 0.9,
        parameters: vec![
            ("sequence".into(), format!("{tel} > {}", open_tel())),
            ("note".into(), format!("{} {}", secret.phone, secret.imei)),
        ],
        evidence: vec![at(8), at(9)],
    };
    let finding_view = |subject: &NodeInput, related: [&NodeInput; 2]| {
        let related = related.into_iter().cloned().collect();
        let input = FindingInput { id: "F-1".into(), finding: &finding, subject: subject.clone(), related };
        FindingView::new(&input, reader).as_ref().map(json)
    };
    let side = |node: &NodeInput, mention, row| MentionSideInput {
        node: node.clone(),
        key: MentionKey { source: source_key(), row, role: MentionRole::Person },
        mention,
    };
    let other = MentionRecord::new(MentionId { record: at(13), role: MentionRole::Person });
    let explain = |a: MentionSideInput<'_>, b: MentionSideInput<'_>| {
        let field = FieldInput {
            comparison: "phone".into(),
            level: "exact".into(),
            value_a: secret.phone.clone(),
            value_b: "70004321".into(),
            bits: 3.7,
        };
        let input = ExplainInput {
            a,
            b,
            prior_bits: -13.3,
            fields: vec![field],
            total_bits: 3.7,
            probability: 0.929,
            threshold: 0.9,
            decision: None,
            same_entity: true,
        };
        ExplainView::new(&input, reader).as_ref().map(json)
    };
    let pair = ReviewPairInput {
        a: side(&node, &mention, 7),
        b: side(&open, &other, 13),
        probability: 0.6,
        same_entity: false,
        value: 0.6,
    };
    let hits = [
        SearchHitInput { node: node.clone(), field: Field::Name, matched: secret.full_name(), score: 1.0 },
        SearchHitInput {
            node: tel_node.clone(),
            field: Field::Phone,
            matched: secret.phone.clone(),
            score: 0.9,
        },
    ];
    let path = PathInput { nodes: vec![open.clone(), node.clone()], edges: vec![edge.clone()] };
    let paths = PathsInput {
        paths: vec![path.clone()],
        order: PathOrder::InTime,
        more: true,
        shorter: Some(path),
        left_out: vec![tel_node.clone()],
    };
    // A cell that only a protected telephone was under would tell where they are.
    let place = |of: &NodeInput| PlaceInput {
        node: of.node.clone(),
        cell: if of.node == open.node { "SV-0001".into() } else { format!("cerca de {}", secret.address) },
        point: Some(Point { lat: 13.7, lon: -89.2 }),
        events: 4,
    };
    let traced = Traced { fifo: 1, proportional: 2, least: 0, most: 3 };
    let account = |identifier: Identifier| NodeInput::new(NodeRef::Identifier(identifier));
    let own = Identifier::new(IdentifierKind::AccountNumber, secret.account.clone());
    let other_account = Identifier::new(IdentifierKind::AccountNumber, "990000111122");
    let step = FlowStepInput {
        payer: NodeRef::Identifier(other_account.clone()),
        beneficiary: NodeRef::Identifier(own.clone()),
        time_us: time.instant_us,
        minor: 145_000,
        traced,
        depth: 1,
        rows: vec![at(9)],
    };
    let flow = CurrencyFlowInput {
        currency: Currency(*b"USD"),
        total: 145_000,
        ends: vec![FlowEndInput {
            account: NodeRef::Identifier(own.clone()),
            reason: graph::flow::EndReason::Held,
            traced,
        }],
        cycles: vec![FlowCycleInput { steps: vec![step.clone()], most: 1 }],
        steps: vec![step],
        cuts: Vec::new(),
    };
    let accounts = [
        FlowAccountInput { account: account(other_account), holder: Some(open.clone()), depth: 0 },
        FlowAccountInput { account: account(own), holder: Some(node.clone()), depth: 1 },
    ];
    let change = ChangeInput {
        source: open.clone(),
        target: node.clone(),
        layer: Layer::Calls,
        kind: graph::change::ChangeKind::Began,
        before: 0,
        since: 9,
        strength: 12.0,
        edges: vec![tel_edge.clone()],
    };
    let companions = CompanionsInput {
        a: open.clone(),
        b: node.clone(),
        times: 2,
        cells: 1,
        rarity: 1.0,
        first_us: 0,
        last_us: 1,
        at: vec![place(&node)],
        rows: vec![at(8)],
    };
    let member = MemberInput { node: node.clone(), inside: 3.0, outside: 1.0, attached: false };
    let community = CommunityInput {
        number: 1,
        size: 2,
        attached: 1,
        people: 2,
        members: vec![member, MemberInput { node: open.clone(), inside: 3.0, outside: 0.0, attached: true }],
        layers: LayerCounts::default(),
        first_us: None,
        last_us: None,
        findings: vec!["F-1".into()],
        cohesion: 0.9,
        stability: Some(0.8),
        groups: vec![1],
        volume: vec![(Currency(*b"USD"), 145_000)],
        neighbours: vec![(2, 5)],
        places: vec![place(&node), place(&open)],
        countries: vec![(node.node.clone(), Country::SV), (open.node.clone(), Country::GT)],
        bonds: vec![edge.clone(), tel_edge.clone()],
    };
    let refused = RefusedRow {
        record: at(20),
        reason: RefusalReason::FieldCount,
        column: format!("tel {}", secret.phone),
        byte_offset: 0,
        raw: raw.clone().into_bytes(),
        line_end: model::written::LineEnd::Feed,
    };
    let source = SourceInput {
        id: SourceId(0),
        kind: TableKind::Calls,
        template: "call-return".into(),
        encoding: "utf-8".into(),
        delimiter: ";".into(),
        header_row: Some(1),
        country: Some(Country::SV),
        loaded_us: 0,
        first_us: None,
        last_us: None,
        rows: RowCounts { read: 3, kept: 2, refused: 1, repeated: 0, other: 1 },
        needs_decision: Some(format!("day or month? 03/04/2026 {}", secret.phone)),
        columns: vec![ColumnInput {
            header: format!("Llamadas de {}", secret.full_name()),
            role: "caller".into(),
            confidence: 1.0,
        }],
    };
    let case = CaseInput {
        case: "SV-2026-014".into(),
        title: format!("Caso {}", secret.full_name()),
        country: Some(Country::SV),
        clock: Some(Country::SV),
        authority: String::new(),
        created_us: 0,
        counts: CaseCounts::default(),
        first_us: None,
        last_us: None,
        stages: Vec::new(),
        volume: Vec::new(),
        needs_decision: vec![(SourceId(0), secret.phone.clone())],
    };
    let document = |input| search_document(input, reader).map(|d| format!("{d:?}"));
    vec![
        ("node", NodeView::new(&node, reader).as_ref().map(json)),
        ("telephone", NodeView::new(&tel_node, reader).as_ref().map(json)),
        ("entity", EntityView::new(&entity, reader).as_ref().map(json)),
        ("neighbour", EntityView::new(&neighbour, reader).as_ref().map(json)),
        ("telephone card", EntityView::new(&EntityInput::new(tel_node.clone()), reader).as_ref().map(json)),
        (
            "graph",
            Some(json(&GraphView::new(
                &[tel_node.clone(), node.clone(), open.clone()],
                &[edge.clone(), tel_edge.clone()],
                &[CutInput { shown: 1, total: 2, reason: CutReason::MostActive }],
                None,
                None,
                reader,
            ))),
        ),
        ("path", Some(json(&PathView::new(&paths, reader)))),
        (
            "common",
            CommonView::new(
                std::slice::from_ref(&open),
                &[SharedContactInput {
                    node: node.clone(),
                    counts: vec![1],
                    rarity: 0.5,
                    edges: vec![tel_edge.clone()],
                }],
                &[],
                reader,
            )
            .as_ref()
            .map(json),
        ),
        ("community", Some(json(&CommunityView::new(&community, reader)))),
        ("flow", FlowView::new(true, &accounts, &[flow], reader).as_ref().map(json)),
        ("changes", Some(json(&ChangesView::new(0, &[change], 3, &[], reader)))),
        ("colocation", Some(json(&ColocationView::new(&[companions], 15, 0, &[], reader)))),
        (
            "rhythm",
            RhythmView::new(&node, &Rhythm::default(), &[place(&node)], &[at(8)], reader).as_ref().map(json),
        ),
        (
            "rank",
            Some(json(&RankView::new(
                Measure::Between,
                &[
                    RankedInput { node: node.clone(), value: 0.5 },
                    RankedInput { node: open.clone(), value: 0.5 },
                ],
                Some(0.01),
                &[],
                reader,
            ))),
        ),
        (
            "matrix",
            MatrixView::new(
                &[open.clone(), node.clone()],
                &[0, 3, 0, 0],
                &[1, 2],
                std::slice::from_ref(&edge),
                &[],
                reader,
            )
            .as_ref()
            .map(json),
        ),
        ("finding", finding_view(&node, [&tel_node, &open])),
        ("finding on identifiers", finding_view(&tel_node, [&tel_node, &node])),
        ("call", row(RowContent::Call(&call), Some(&open.node), Some(&node.node), &raw)),
        ("transfer", row(RowContent::Transfer(&transfer), None, None, &raw)),
        ("memo", row(RowContent::Transfer(&memo), None, None, &memo_raw)),
        ("mention", row(RowContent::Mention(&mention), Some(&node.node), None, &raw)),
        ("mention of nobody", row(RowContent::Mention(&mention), None, None, &raw)),
        ("open mention", row(RowContent::Mention(&open_mention), Some(&open.node), None, &raw)),
        ("explain", explain(side(&node, &mention, 7), side(&open, &other, 13))),
        ("explain open", explain(side(&open, &open_mention, 12), side(&open, &other, 13))),
        ("review", Some(json(&ReviewView::new(&[pair], reader)))),
        ("search", Some(json(&SearchView::new(&hits, 2, reader)))),
        ("refused", Some(json(&RefusedView::new(&refused, reader)))),
        ("source", Some(json(&SourceView::new(&source, reader)))),
        ("case", Some(json(&CaseView::new(&case, reader)))),
        ("citation", Some(reader.citation(at(418)))),
        ("document", document(&entity)),
        ("neighbour's document", document(&neighbour)),
        ("telephone's document", document(&EntityInput::new(tel_node))),
    ]
}

fn source_key() -> SourceKey {
    SourceKey { digest: Digest([0x7c; 32]), sheet: String::new() }
}

fn book(secret: &Secret) -> SourceBook {
    let file = format!("CDR_{}_{}.xlsx", secret.phone, secret.full_name().replace(' ', "_"));
    SourceBook::new(vec![CitedSource { key: source_key(), file }])
}

fn seen_by(
    secret: &Secret,
    class: Sensitivity,
    clearance: Sensitivity,
    lang: Lang,
) -> Vec<(&'static str, Option<String>)> {
    let policy = secret.policy(class);
    let book = book(secret);
    let audience = Audience::new(Clearance(clearance), lang, Some(Country::SV));
    views(secret, class, &Reader::new(&policy, audience, &book))
}

#[test]
fn no_secret_gets_out_without_clearance() {
    let secret = Secret::canary();
    for class in [Sensitivity::Witness, Sensitivity::Victim, Sensitivity::Minor, Sensitivity::Sealed] {
        for clearance in Sensitivity::ALL.into_iter().filter(|c| *c < class) {
            for lang in [Lang::Es, Lang::En] {
                for (name, json) in seen_by(&secret, class, clearance, lang) {
                    let json = json.unwrap_or_default();
                    for form in secret.forms() {
                        assert!(
                            !json.contains(&form),
                            "{name} tells {form} ({class:?} to {clearance:?}): {json}"
                        );
                    }
                    if class == Sensitivity::Sealed {
                        assert!(!json.contains("V-01"), "{name} shows a sealed node: {json}");
                    }
                }
            }
        }
    }
}

#[test]
fn with_clearance_everything_is_there() {
    let secret = Secret::canary();
    let all = seen_by(&secret, Sensitivity::Victim, Sensitivity::Victim, Lang::Es);
    for (name, json) in &all {
        assert!(json.is_some(), "{name} is missing");
    }
    let get = |wanted: &str| all.iter().find(|(n, _)| *n == wanted).and_then(|(_, j)| j.clone()).unwrap();
    let card = get("entity");
    for form in [
        &secret.key,
        &secret.full_name(),
        "9000-1234",
        "99001122-3",
        "CANA RYAC",
        "2009-02-03",
        &secret.alias,
    ] {
        assert!(card.contains(form), "{form} is not in {card}");
    }
    for name in ["call", "transfer", "mention", "refused"] {
        assert!(get(name).contains(&secret.imei), "{name} has no raw row");
    }
    assert!(get("citation").contains("CDR_90001234"), "{}", get("citation"));
    assert!(get("review").contains("a_mention"));
}

#[test]
fn a_masked_party_stays_in_the_network() {
    let secret = Secret::canary();
    let all = seen_by(&secret, Sensitivity::Victim, Sensitivity::Open, Lang::Es);
    let get = |wanted: &str| all.iter().find(|(n, _)| *n == wanted).and_then(|(_, j)| j.clone());
    let graph: serde_json::Value = serde_json::from_str(&get("graph").unwrap()).unwrap();
    assert_eq!(graph["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(graph["edges"].as_array().unwrap().len(), 2);
    let call: serde_json::Value = serde_json::from_str(&get("call").unwrap()).unwrap();
    assert_eq!(call["raw"], serde_json::Value::Null);
    assert_eq!(call["protected"], true);
    assert_eq!(call["text"], "Llamada de +503 7000-4321 a V-01/tel1, duración 2:14");
    assert_eq!(get("explain"), None, "a pair with a protected side does not exist");
    assert_eq!(get("search").as_deref(), Some(r#"{"hits":[],"total":0}"#));
    let refused: serde_json::Value = serde_json::from_str(&get("refused").unwrap()).unwrap();
    assert_eq!(refused["raw"], serde_json::Value::Null);
}

#[test]
fn a_sealed_party_does_not_exist() {
    let secret = Secret::canary();
    let all = seen_by(&secret, Sensitivity::Sealed, Sensitivity::Minor, Lang::Es);
    for (name, json) in &all {
        let gone = matches!(
            *name,
            "node"
                | "telephone"
                | "entity"
                | "telephone card"
                | "finding"
                | "finding on identifiers"
                | "call"
                | "transfer"
                | "mention"
                | "mention of nobody"
                | "explain"
                | "document"
                | "telephone's document"
                | "rhythm"
                | "matrix"
        );
        assert_eq!(json.is_none(), gone, "{name}: {json:?}");
    }
    let graph = all.iter().find(|(n, _)| *n == "graph").and_then(|(_, j)| j.clone()).unwrap();
    let graph: serde_json::Value = serde_json::from_str(&graph).unwrap();
    assert_eq!(graph["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(graph["edges"].as_array().unwrap().len(), 0);
}

#[test]
fn a_protected_number_is_sought_in_vain() {
    let secret = Secret::canary();
    let (policy, book) = (secret.policy(Sensitivity::Victim), book(&secret));
    let answer = |clearance: Sensitivity, text: &str| {
        let audience = Audience::new(Clearance(clearance), Lang::Es, None);
        let reader = Reader::new(&policy, audience, &book);
        let mut person = EntityInput::new(secret.node());
        person.names = vec![(secret.full_name(), 1)];
        person.holdings = (secret.identifiers().into_iter())
            .map(|identifier| HoldingInput {
                identifier,
                validity: Interval::default(),
                flags: NormFlags::NONE,
                rows: 1,
            })
            .collect();
        let number = EntityInput::new(NodeInput::new(NodeRef::Identifier(secret.tel())));
        let mut open = EntityInput::new(open_node());
        open.names = vec![("Ovidio Conacaste".into(), 1)];
        open.holdings = person.holdings.clone();
        let documents: Vec<_> =
            [person, number, open].iter().filter_map(|i| search_document(i, &reader)).collect();
        let dir = tempfile::tempdir().unwrap();
        search::index::build(dir.path(), &documents).unwrap();
        search::index::open(dir.path()).unwrap().ask(text, 10).unwrap()
    };
    let nothing = search::index::Answer::default();
    for text in [
        "90001234",
        "9000-1234",
        "001234",
        "90001243",
        "Xiomara Canario",
        "xiomara",
        "99001122-3",
        "canaryaccount0077",
    ] {
        assert_eq!(answer(Sensitivity::Open, text), nothing, "{text}");
        assert_ne!(answer(Sensitivity::Victim, text), nothing, "{text}");
    }
    for clearance in [Sensitivity::Open, Sensitivity::Victim] {
        assert_eq!(answer(clearance, "V-01").hits.len(), answer(clearance, "v-01").hits.len());
        assert!(!answer(clearance, "V-01").hits.is_empty());
    }
}

fn word() -> impl Strategy<Value = String> {
    "[BDFGLMNRST][aeiou][bdfglmnrst][aeiou][bdfglmnrst][aeiou]zq"
}

prop_compose! {
    fn secret()(
        key in "E-[0-9A-Z]{12}",
        name in [word(), word(), word()],
        phone in "9[0-9]{7}",
        document in "99[0-9]{7}",
        account in "[A-Z]{4}[0-9]{12}",
        address in "CALLE [A-Z]{8}Q 1[0-9]",
        alias in word(),
        imei in "99[0-9]{12}",
        imsi in "70699[0-9]{10}",
        days in 0i32..20_000,
        standing in word(),
    ) -> Secret {
        let birth = CivilDate::from_days(days).unwrap();
        Secret { key, name, phone, document, account, address, alias, imei, imsi, birth, standing }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn other_secrets_same_bytes(secret in secret(), class in 1usize..5) {
        let class = Sensitivity::ALL[class];
        let reference = seen_by(&Secret::canary(), class, Sensitivity::Open, Lang::Es);
        let seen = seen_by(&secret, class, Sensitivity::Open, Lang::Es);
        for ((name, a), (_, b)) in reference.iter().zip(&seen) {
            prop_assert_eq!(a, b, "{}", name);
        }
    }
}
