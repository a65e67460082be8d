// Where newcomers stand. Positions come from the engine; nothing that is already on the chart moves.
import type { GraphView, NodeView } from '../api/types';

export interface Spot { x: number; y: number }

/** Length that a usual link should have on the chart, in chart pixels. */
const LINK = 172;
/** No two nodes stand closer than this; side by side they need more, since their names lie beneath them. */
const APART = 66;
const WIDER = 1.75;

/** The factor that brings the engine's units to chart pixels: the median link becomes `LINK` long. */
function scaleOf(graph: GraphView, at: Map<string, NodeView>): number {
  const lengths: number[] = [];
  for (const edge of graph.edges) {
    const a = at.get(edge.source), b = at.get(edge.target);
    if (a?.x == null || a.y == null || b?.x == null || b.y == null) continue;
    const length = Math.hypot(a.x - b.x, a.y - b.y);
    if (length > 0) lengths.push(length);
  }
  if (lengths.length === 0) return 1;
  lengths.sort((p, q) => p - q);
  return LINK / (lengths[Math.floor(lengths.length / 2)] ?? LINK);
}

/** Spots by the field of paper they lie in, so that only those around a spot are looked at. */
class Taken {
  private readonly fields = new Map<string, Spot[]>();

  private static field(s: Spot): [number, number] {
    return [Math.floor(s.x / (APART * WIDER)), Math.floor(s.y / APART)];
  }

  add(spot: Spot): void {
    const key = Taken.field(spot).join();
    const here = this.fields.get(key);
    if (here) here.push(spot);
    else this.fields.set(key, [spot]);
  }

  /** Whether no spot stands too close. */
  clear(s: Spot): boolean {
    const [column, row] = Taken.field(s);
    for (let c = column - 1; c <= column + 1; c += 1) {
      for (let r = row - 1; r <= row + 1; r += 1) {
        const here = this.fields.get(`${c},${r}`) ?? [];
        if (here.some((t) => Math.hypot((t.x - s.x) / WIDER, t.y - s.y) < APART)) return false;
      }
    }
    return true;
  }
}

/** The first free spot on rings around the wished one, in a fixed order. */
function free(wish: Spot, taken: Taken): Spot {
  const clear = (s: Spot) => taken.clear(s);
  if (clear(wish)) return wish;
  for (let ring = 1; ring < 60; ring += 1) {
    const slots = 6 * ring;
    for (let i = 0; i < slots; i += 1) {
      const angle = (i / slots) * 2 * Math.PI + ring;
      const spot = { x: wish.x + Math.cos(angle) * ring * APART * 0.6, y: wish.y + Math.sin(angle) * ring * APART * 0.6 };
      if (clear(spot)) return spot;
    }
  }
  return wish;
}

/** Spots for the newcomers of an answer, given the spots that stand already; the anchor is where they come from. */
export function place(
  graph: GraphView, newcomers: NodeView[], standing: Map<string, Spot>, anchor: string | null,
): Map<string, Spot> {
  const at = new Map(graph.nodes.map((n) => [n.id, n]));
  const scale = scaleOf(graph, at);
  const origin = anchor ? at.get(anchor) : undefined;
  const base = (anchor && standing.get(anchor)) || { x: 0, y: 0 };
  const ox = origin?.x ?? 0, oy = origin?.y ?? 0;
  const taken = new Taken();
  for (const spot of standing.values()) taken.add(spot);
  const spots = new Map<string, Spot>();
  newcomers.forEach((node, i) => {
    const angle = (i / Math.max(1, newcomers.length)) * 2 * Math.PI;
    const wish = node.x !== null && node.y !== null
      ? { x: base.x + (node.x - ox) * scale, y: base.y + (node.y - oy) * scale }
      : { x: base.x + Math.cos(angle) * LINK, y: base.y + Math.sin(angle) * LINK };
    const spot = free(wish, taken);
    taken.add(spot);
    spots.set(node.id, { x: Math.round(spot.x), y: Math.round(spot.y) });
  });
  return spots;
}
