// The views that the engine sends. Names are those of the wire; instants are RFC 3339 text in UTC or null.

export type NodeKind =
  | 'person' | 'organisation' | 'telephone' | 'sim' | 'handset' | 'account' | 'document' | 'place' | 'unknown';
export type Layer = 'calls' | 'money' | 'shared' | 'kin' | 'presence';
export type ProtectionClass = 'open' | 'witness' | 'victim' | 'minor' | 'sealed';
export type Instant = string | null;

export interface CaseRef { case: string; title: string }

export interface Counts {
  sources: number; rows_read: number; rows_kept: number; rows_refused: number; rows_repeated: number;
  calls: number; messages: number; transfers: number; mentions: number; entities: number; merged_entities: number;
  communities: number; findings: number; protected: number;
}
export interface Stage { name: string; state: 'fresh' | 'stale' | 'never'; at: Instant; seconds: number | null }
export interface Week { week: string; calls: number; transfers: number }
export interface NeedsDecision { source: string; file: string; what: string }
export interface CaseView {
  case: string; title: string; country: string | null; clock: string | null; authority: string; created: Instant; counts: Counts;
  first: Instant; last: Instant; stages: Stage[]; volume: Week[]; needs_decision: NeedsDecision[];
  clearance: ProtectionClass;
}

export interface Receipt { read: number; kept: number; refused: number; repeated: number; other: number }
export interface ColumnView { header: string; role: string; confidence: number }
export interface SourceView {
  id: string; file: string; sheet: string; sha256: string; kind: string; template: string; encoding: string;
  delimiter: string; header_row: number; country: string | null; loaded_at: Instant; first: Instant; last: Instant;
  rows: Receipt; balances: boolean; needs_decision: string | null; columns: ColumnView[];
}
export interface RefusedView {
  source: string; file: string; row: number; column: string; reason: string; reason_text: string; raw: string | null;
}

export interface NodeView {
  id: string; kind: NodeKind; label: string; protected: ProtectionClass | null; inferred_identity: number | null;
  hub: boolean; degree: number; community: string | null; stability?: number | null; mentions: number; x: number | null; y: number | null;
}
export interface EdgeView {
  id: string; source: string; target: string; layer: Layer; count: number; total: number | string | null;
  currency: string | null; first: Instant; last: Instant; inferred: boolean; evidence?: EvidenceRef[]; rows?: number;
}
export interface Cut { shown: number; total: number; reason: string }
export interface GraphView { nodes: NodeView[]; edges: EdgeView[]; cuts: Cut[]; from: Instant; to: Instant }

export interface Hit { node: NodeView; field: string; matched: string; score: number }
export interface SearchView { hits: Hit[]; total: number }

export interface EntityDocument { id: string; label: string; flags: string[]; from: Instant; to: Instant }
export interface EntityIdentifier {
  id: string; kind: NodeKind; label: string; from: Instant; to: Instant; basis: string; flags: string[]; rows: number;
}
export interface MentionView { source: string; file: string; row: number; role: string; text: string }
export interface ContactView {
  node: NodeView; layer: Layer; count: number; total: number | string | null; currency: string | null;
  first: Instant; last: Instant;
}
export interface EntityView {
  node: NodeView; names: { text: string; count: number }[]; aliases: string[]; documents: EntityDocument[];
  identifiers: EntityIdentifier[]; birth: string | null; sex: string | null; standing: string[];
  mentions: MentionView[]; contacts: ContactView[]; pattern_of_life: number[][]; findings: string[];
  class: ProtectionClass;
}

export interface ReadAs { what: string; note: string }
export interface RowView {
  source: string; file: string; sheet: string; sha256: string; row: number; time: Instant; kind: string; text: string;
  raw: string | null; protected: boolean; read_as: ReadAs[];
}
export interface RowsView { rows: RowView[]; total: number }
export interface EdgeKey { source: string; target: string; layer: Layer }

export interface PathStep { nodes: NodeView[]; edges: EdgeView[]; hops: number }
export interface PathView { paths: PathStep[]; left_out: NodeView[]; note: string | null }
export interface CommonView { targets: NodeView[]; contacts: { node: NodeView; counts: number[]; rarity: number }[] }

export interface CommunityView {
  id: string; size: number; attached: number; people: number; layers: { calls: number; money: number; shared: number };
  first: Instant; last: Instant; findings: string[]; cohesion: number; stability?: number | null; stability_text?: string | null;
  volume: { currency: string; total: string }[]; neighbours: { id: string; events: number }[]; places: PlaceView[];
  countries: { country: string; numbers: number }[]; bonds: EdgeView[];
}
export interface PlaceView { cell: string; lat: number | null; lon: number | null; events: number }
export interface RhythmView {
  node: NodeView; hours: number[][]; events: number; days: number; night: number; first: Instant; last: Instant;
  usual_wait_s: number; silences: { from: Instant; to: Instant }[]; places: PlaceView[]; note: string;
}
export type FlowRule = 'fifo' | 'proportional' | 'least' | 'most';
export type Traced = Record<FlowRule, string>;
export interface FlowAccountView { account: NodeView; holder: NodeView | null; depth: number }
export interface FlowStepView {
  payer: string; beneficiary: string; at: Instant; amount: string; traced: Traced; depth: number;
  evidence: EvidenceRef[]; rows: number;
}
export interface CurrencyFlowView {
  currency: string; total: string; steps: FlowStepView[];
  ends: { account: string; reason: string; text: string; traced: Traced }[];
  cycles: { steps: FlowStepView[]; most: string }[]; cuts: Cut[];
}
export interface FlowView { direction: string; accounts: FlowAccountView[]; currencies: CurrencyFlowView[]; note: string }
export interface CommunityMember { node: NodeView; inside: number; outside: number; attached: boolean }
export interface CommunityDetail extends CommunityView { members: CommunityMember[]; graph: GraphView }
export interface CommunitiesView {
  communities: CommunityView[]; total: number; objective: string; resolution: number | string;
}

export interface EvidenceRef { source: string; file: string; row: number }
export interface FindingView {
  id: string; typology: string; title: string; sentence: string; subject: NodeView; related: NodeView[];
  from: Instant; to: Instant; score: number; parameters: { name: string; label: string; value: string }[]; evidence: EvidenceRef[];
  look_alikes: string[]; elements: string[];
}
export interface FindingDetail extends FindingView { rows: RowView[] }

export interface ReviewPair {
  a: NodeView; b: NodeView; probability: number; a_mention: string; b_mention: string;
}
export interface FieldWeight {
  comparison: string; label: string; level: string; level_text: string; value_a: string; value_b: string; bits: number;
}
export interface MentionSide { node: NodeView; id: string; file: string; row: number; name: string }
export interface ExplainView {
  a: MentionSide; b: MentionSide; prior_bits: number; fields: FieldWeight[]; total_bits: number; probability: number;
  odds_text: string; sentence: string; decision: DecisionView | string | null; same_entity: boolean;
}
export interface DecisionView { number: number; judgement: Judgement; actor?: string; at?: Instant; why?: string; reason?: string }
export type Judgement = 'same' | 'different' | 'unsure';
