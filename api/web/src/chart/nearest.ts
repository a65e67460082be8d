// The nearest node in the direction of an arrow key, as the eye would look for it.
import type { NodeView } from '../api/types';
import type { Spot } from './place';

const WAYS: Record<string, [number, number]> = {
  ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

/** The id of the node that lies nearest within 60 degrees of the direction, or null when none does. */
export function nearest(from: string, key: string, nodes: NodeView[], spots: Map<string, Spot>): string | null {
  const way = WAYS[key], here = spots.get(from);
  if (!way || !here) return null;
  let best: string | null = null, least = Infinity;
  for (const node of nodes) {
    const spot = spots.get(node.id);
    if (!spot || node.id === from) continue;
    const dx = spot.x - here.x, dy = spot.y - here.y;
    const along = dx * way[0] + dy * way[1];
    const aside = Math.abs(dx * way[1] - dy * way[0]);
    if (along <= 0 || aside > along * 1.733) continue;
    const cost = along + aside * 1.5;
    if (cost < least) {
      least = cost;
      best = node.id;
    }
  }
  return best;
}
