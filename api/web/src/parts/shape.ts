// The fixed shape of each kind of node, as an SVG path around the origin; the letter comes from the message file.
import type { NodeKind } from '../api/types';

/** The outline of a kind at radius `r`. */
export function outline(kind: NodeKind, r: number): string {
  const p = (points: [number, number][]) => `M${points.map(([x, y]) => `${fix(x * r)} ${fix(y * r)}`).join('L')}Z`;
  switch (kind) {
    case 'person':
      return `M${-r} 0A${r} ${r} 0 1 1 ${r} 0A${r} ${r} 0 1 1 ${-r} 0Z`;
    case 'telephone': {
      const w = r * 0.78, c = r * 0.28;
      return `M${fix(-w + c)} ${-r}H${fix(w - c)}Q${fix(w)} ${-r} ${fix(w)} ${fix(-r + c)}V${fix(r - c)}Q${fix(w)} ${r} ${fix(w - c)} ${r}H${fix(-w + c)}Q${fix(-w)} ${r} ${fix(-w)} ${fix(r - c)}V${fix(-r + c)}Q${fix(-w)} ${-r} ${fix(-w + c)} ${-r}Z`;
    }
    case 'sim':
      return p([[-0.9, -0.8], [0.35, -0.8], [1, 0], [0.35, 0.8], [-0.9, 0.8]]);
    case 'handset':
      return p([[-0.42, -1], [0.42, -1], [1, -0.42], [1, 0.42], [0.42, 1], [-0.42, 1], [-1, 0.42], [-1, -0.42]]);
    case 'account':
      return p([[-1, 0], [-0.5, -0.87], [0.5, -0.87], [1, 0], [0.5, 0.87], [-0.5, 0.87]]);
    case 'organisation':
      return p([[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]]);
    case 'document':
      return p([[-0.8, -0.65], [-0.45, -1], [0.45, -1], [0.8, -0.65], [0.8, 0.65], [0.45, 1], [-0.45, 1], [-0.8, 0.65]]);
    case 'place':
      return p([[0, -1], [1, -0.12], [1, 0.9], [-1, 0.9], [-1, -0.12]]);
    case 'unknown':
      return p([[0, -1], [1, 0], [0, 1], [-1, 0]]);
  }
}

function fix(value: number): string {
  return String(Math.round(value * 100) / 100);
}
