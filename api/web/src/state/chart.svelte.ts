// What stands on the link chart, what is chosen and which interval holds. Every act on it can be undone:
// an act is the state before and after it, and the states share all that did not change.
import { api } from '../api/client';
import type { EdgeView, GraphView, Layer, NodeView } from '../api/types';
import { place, type Spot } from '../chart/place';
import { label } from '../format/identifier';
import { iso, ms } from '../format/time';
import { i18n } from '../i18n/index.svelte';
import { route } from './route.svelte';
import { session } from './session.svelte';

export const LAYERS: Layer[] = ['calls', 'money', 'shared', 'kin', 'presence'];

/** All that one pair of nodes has in one layer; the chart draws one line for it. */
export interface Bundle {
  id: string; a: string; b: string; layer: Layer; edges: EdgeView[]; count: number; forward: boolean; backward: boolean;
  inferred: boolean; first: string | null; last: string | null; outside: boolean; within: number;
}

interface Scene {
  nodes: Map<string, NodeView>; edges: Map<string, EdgeView>; spots: Map<string, Spot>; pinned: Set<string>;
  hidden: Set<string>; anchors: string[];
}
interface Act { name: string; before: Scene; after: Scene }
/** Newcomers that are too many to draw unasked. */
export interface Choice {
  anchor: NodeView; graph: GraphView; newcomers: NodeView[]; linked: string[]; interval: string[]; active: string[];
}

const UNASKED = 25;
const MOST = 1500;
const STEPS = 200;

const EMPTY: Scene = {
  nodes: new Map(), edges: new Map(), spots: new Map(), pinned: new Set(), hidden: new Set(), anchors: [],
};

/** Gathers directed edges into one line for each pair and layer; `inside` says how much of an edge the interval holds. */
export function bundlesOf(edges: EdgeView[], inside: (edge: EdgeView) => number = (e) => Math.max(1, e.count)): Bundle[] {
  const out = new Map<string, Bundle>();
  for (const edge of edges) {
    const flip = edge.source > edge.target;
    const [a, b] = flip ? [edge.target, edge.source] : [edge.source, edge.target];
    const id = `${a}\u0001${b}\u0001${edge.layer}`;
    let bundle = out.get(id);
    if (!bundle) {
      bundle = {
        id, a, b, layer: edge.layer, edges: [], count: 0, forward: false, backward: false, inferred: true, first: null,
        last: null, outside: true, within: 0,
      };
      out.set(id, bundle);
    }
    bundle.edges.push(edge);
    bundle.count += edge.count;
    if (flip) bundle.backward = true;
    else bundle.forward = true;
    bundle.inferred &&= edge.inferred;
    if (edge.first && (!bundle.first || edge.first < bundle.first)) bundle.first = edge.first;
    if (edge.last && (!bundle.last || edge.last > bundle.last)) bundle.last = edge.last;
    const held = inside(edge);
    bundle.within += held;
    if (held > 0) bundle.outside = false;
  }
  return [...out.values()];
}

class Chart {
  scene = $state.raw<Scene>(EMPTY);
  selected = $state.raw<string[]>([]);
  link = $state<string | null>(null);
  focus = $state<string | null>(null);
  off = $state.raw<Set<Layer>>(new Set());
  choice = $state.raw<Choice | null>(null);
  cuts = $state.raw<GraphView['cuts']>([]);
  busy = $state<string | null>(null);
  problem = $state.raw<unknown>(null);
  twin = $state(false);
  private past = $state.raw<Act[]>([]);
  private future = $state.raw<Act[]>([]);
  /** Counts inside the interval by edge id, as the engine counted them; null while no interval holds. */
  private within = $state.raw<Map<string, number> | null>(null);
  private asked = 0;

  nodes = $derived([...this.scene.nodes.values()].filter((n) => !this.scene.hidden.has(n.id)));
  bundles = $derived(this.bundled());
  shown = $derived(this.bundles.filter((b) => !this.off.has(b.layer)));
  outside = $derived(this.shown.filter((b) => b.outside).length);
  undoName = $derived(this.past.at(-1)?.name ?? null);
  redoName = $derived(this.future.at(-1)?.name ?? null);

  private bundled(): Bundle[] {
    const { edges, hidden } = this.scene;
    const visible = [...edges.values()].filter((e) => !hidden.has(e.source) && !hidden.has(e.target));
    return bundlesOf(visible, (edge) => this.inside(edge));
  }

  /** How many events of an edge lie in the interval: as the engine counted, or all where its span only overlaps. */
  private inside(edge: EdgeView): number {
    if (route.from === null && route.to === null) return Math.max(1, edge.count);
    const counted = this.within?.get(edge.id);
    if (counted !== undefined) return counted;
    const first = ms(edge.first), last = ms(edge.last);
    if (first === null || last === null) return Math.max(1, edge.count);
    const apart = (route.to !== null && first >= route.to) || (route.from !== null && last < route.from);
    return apart ? 0 : Math.max(1, edge.count);
  }

  private act(name: string, after: Scene): void {
    this.past = [...this.past.slice(-(STEPS - 1)), { name, before: this.scene, after }];
    this.future = [];
    this.scene = after;
  }

  undo(): void {
    const last = this.past.at(-1);
    if (!last) return;
    this.past = this.past.slice(0, -1);
    this.future = [...this.future, last];
    this.restore(last.before, i18n.t.chart.undoWhat(last.name));
  }

  redo(): void {
    const next = this.future.at(-1);
    if (!next) return;
    this.future = this.future.slice(0, -1);
    this.past = [...this.past, next];
    this.restore(next.after, i18n.t.chart.redoWhat(next.name));
  }

  private restore(scene: Scene, said: string): void {
    this.scene = scene;
    this.selected = this.selected.filter((id) => scene.nodes.has(id));
    if (this.focus && !scene.nodes.has(this.focus)) this.focus = null;
    if (this.link && !this.bundles.some((b) => b.id === this.link)) this.link = null;
    session.say(said);
  }

  reset(): void {
    this.scene = EMPTY;
    this.past = [];
    this.future = [];
    this.selected = [];
    this.link = null;
    this.focus = null;
    this.choice = null;
    this.cuts = [];
    this.within = null;
  }

  clear(): void {
    if (this.scene.nodes.size === 0) return;
    this.act(i18n.t.chart.acts.clear, EMPTY);
    this.selected = [];
    this.link = null;
    this.focus = null;
  }

  private times(): { from?: string; to?: string } {
    return {
      ...(route.from === null ? {} : { from: iso(route.from) }),
      ...(route.to === null ? {} : { to: iso(route.to) }),
    };
  }

  /** Asks for the links of a node and draws them, or asks which of them when they are many. */
  async expand(id: string): Promise<void> {
    const known = this.scene.nodes.get(id);
    this.busy = known ? label(known.label) : '';
    this.problem = null;
    try {
      const graph = await api.ego(session.caseId, { id, hops: 1, limit: 300 });
      const anchor = graph.nodes.find((n) => n.id === id) ?? known ?? graph.nodes[0];
      if (!anchor) return;
      this.cuts = graph.cuts;
      const newcomers = graph.nodes.filter((n) => !this.scene.nodes.has(n.id) && n.id !== anchor.id);
      if (newcomers.length > UNASKED) this.choice = this.choices(anchor, graph, newcomers);
      else this.add(graph, newcomers.map((n) => n.id), anchor);
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = null;
    }
  }

  private choices(anchor: NodeView, graph: GraphView, newcomers: NodeView[]): Choice {
    const fresh = new Set(newcomers.map((n) => n.id));
    const weight = new Map<string, number>();
    const linked = new Set<string>();
    const interval = new Set<string>();
    const limited = route.from !== null || route.to !== null;
    for (const edge of graph.edges) {
      for (const [one, other] of [[edge.source, edge.target], [edge.target, edge.source]] as const) {
        if (!fresh.has(one)) continue;
        weight.set(one, (weight.get(one) ?? 0) + edge.count);
        if (other !== anchor.id && this.scene.nodes.has(other)) linked.add(one);
        if (limited && this.inside(edge) > 0) interval.add(one);
      }
    }
    const active = newcomers.map((n) => n.id)
      .sort((a, b) => (weight.get(b) ?? 0) - (weight.get(a) ?? 0) || (a < b ? -1 : 1)).slice(0, 15);
    return { anchor, graph, newcomers, linked: [...linked], interval: [...interval], active };
  }

  /** Draws the chosen newcomers of an answer with every edge of it that now has both ends. */
  add(graph: GraphView, ids: string[], anchor: NodeView | null, name = i18n.t.chart.acts.expand): void {
    this.choice = null;
    const before = this.scene;
    const wanted = new Set(ids);
    if (anchor) wanted.add(anchor.id);
    const newcomers = graph.nodes.filter((n) => wanted.has(n.id) && !before.nodes.has(n.id));
    if (before.nodes.size + newcomers.length > MOST) {
      session.say(i18n.t.chart.limit);
      return;
    }
    const nodes = new Map(before.nodes);
    for (const node of newcomers) nodes.set(node.id, node);
    const first = anchor && !before.nodes.has(anchor.id) ? [anchor, ...newcomers.filter((n) => n.id !== anchor.id)] : newcomers;
    const start = new Map(before.spots);
    if (anchor && !start.has(anchor.id)) start.set(anchor.id, this.room(before.spots));
    const spots = new Map(start);
    for (const [id, spot] of place(graph, first.filter((n) => !start.has(n.id)), start, anchor?.id ?? null)) spots.set(id, spot);
    const edges = new Map(before.edges);
    let added = 0;
    for (const edge of graph.edges) {
      if (!nodes.has(edge.source) || !nodes.has(edge.target)) continue;
      if (!edges.has(edge.id)) added += 1;
      edges.set(edge.id, edge);
    }
    const anchors = anchor && !before.anchors.includes(anchor.id) ? [...before.anchors, anchor.id] : before.anchors;
    const hidden = new Set([...before.hidden].filter((id) => !wanted.has(id)));
    if (newcomers.length > 0 || added > 0 || hidden.size !== before.hidden.size) {
      const what = anchor ? `${name} ${label(anchor.label)}` : name;
      this.act(what, { ...before, nodes, edges, spots, anchors, hidden });
      session.say(nodes.size > 400 ? i18n.t.chart.tooMany : i18n.t.chart.arrived(newcomers.length, added));
    } else {
      session.say(i18n.t.chart.nothingNew);
    }
    if (anchor) {
      this.focus = anchor.id;
      if (this.selected.length === 0) this.selected = [anchor.id];
    }
    void this.recount();
  }

  /** Draws one contact with its links to the given nodes, as the engine knows them. */
  async join(id: string, targets: string[]): Promise<void> {
    this.problem = null;
    try {
      const graph = await api.ego(session.caseId, { id, hops: 1, limit: 300 });
      const anchor = graph.nodes.find((n) => n.id === id) ?? null;
      const wanted = new Set([id, ...targets]);
      const nodes = graph.nodes.filter((n) => wanted.has(n.id));
      const edges = graph.edges.filter((e) => wanted.has(e.source) && wanted.has(e.target));
      this.add({ ...graph, nodes, edges }, [...wanted], anchor);
    } catch (error) {
      this.problem = error;
    }
  }

  /** Room beside what stands for a start that has no link to it. */
  private room(spots: Map<string, Spot>): Spot {
    if (spots.size === 0) return { x: 0, y: 0 };
    return { x: Math.max(...[...spots.values()].map((s) => s.x)) + 260, y: 0 };
  }

  /** Asks the engine how much of each drawn edge lies in the interval; positions and nodes stay. */
  async recount(): Promise<void> {
    this.asked += 1;
    const turn = this.asked;
    if (route.from === null && route.to === null) {
      this.within = null;
      return;
    }
    const counts = new Map<string, number>();
    try {
      for (const id of this.scene.anchors.slice(0, 12)) {
        const graph = await api.ego(session.caseId, { id, hops: 1, limit: 300, ...this.times() });
        if (turn !== this.asked) return;
        const whole = graph.cuts.length === 0;
        const told = new Map(graph.edges.map((e) => [e.id, e.count]));
        for (const edge of this.scene.edges.values()) {
          if (edge.source !== id && edge.target !== id) continue;
          const count = told.get(edge.id);
          if (count !== undefined) counts.set(edge.id, count);
          else if (whole && edge.first !== null) counts.set(edge.id, 0);
        }
      }
      this.within = counts;
    } catch (error) {
      this.problem = error;
    }
  }

  select(id: string, add: boolean): void {
    this.focus = id;
    if (add) this.selected = this.selected.includes(id) ? this.selected.filter((s) => s !== id) : [...this.selected, id];
    else this.selected = [id];
    if (!add) this.link = null;
  }

  selectMany(ids: string[]): void {
    this.selected = [...new Set([...this.selected, ...ids])];
  }

  hide(ids: string[]): void {
    const gone = ids.filter((id) => this.scene.nodes.has(id));
    if (gone.length === 0) return;
    this.act(i18n.t.chart.acts.hide, { ...this.scene, hidden: new Set([...this.scene.hidden, ...gone]) });
    this.selected = this.selected.filter((id) => !gone.includes(id));
    if (this.focus && gone.includes(this.focus)) this.focus = null;
    session.say(i18n.t.chart.hiddenSaid);
  }

  showHidden(): void {
    this.act(i18n.t.chart.acts.show, { ...this.scene, hidden: new Set() });
  }

  move(id: string, spot: Spot): void {
    const spots = new Map(this.scene.spots).set(id, { x: Math.round(spot.x), y: Math.round(spot.y) });
    this.act(i18n.t.chart.acts.move, { ...this.scene, spots, pinned: new Set([...this.scene.pinned, id]) });
    session.say(i18n.t.chart.moved);
  }

  pin(ids: string[]): void {
    const pinned = new Set(this.scene.pinned);
    const all = ids.every((id) => pinned.has(id));
    for (const id of ids) {
      if (all) pinned.delete(id);
      else pinned.add(id);
    }
    this.act(i18n.t.chart.acts.pin, { ...this.scene, pinned });
  }

  toggleLayer(layer: Layer): void {
    const off = new Set(this.off);
    if (!off.delete(layer)) off.add(layer);
    this.off = off;
  }

  openLink(id: string | null): void {
    this.link = id;
  }

  bundle(id: string | null): Bundle | null {
    return id === null ? null : (this.bundles.find((b) => b.id === id) ?? null);
  }
}

export const chart = new Chart();
