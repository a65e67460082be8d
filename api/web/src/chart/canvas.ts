// The drawing of the link chart on a canvas. It holds no state of its own: what stands, what is chosen and what is
// outside the interval come from the chart store, and every act of the mouse goes back to it.
import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from 'cytoscape';
import type { NodeView } from '../api/types';
import { short } from '../format/identifier';
import { money, share } from '../format/number';
import type { Messages } from '../i18n/es';
import { outline } from '../parts/shape';
import type { Bundle } from '../state/chart.svelte';
import type { Spot } from './place';

export interface Scene {
  nodes: NodeView[]; bundles: Bundle[]; spots: Map<string, Spot>; pinned: Set<string>; selected: string[];
  link: string | null; focus: string | null; country: string | null; t: Messages; theme: string;
}
export interface Hands {
  node(id: string, add: boolean): void; link(id: string): void; paper(): void; expand(id: string): void;
  moved(id: string, spot: Spot): void; boxed(ids: string[]): void; zoomed(level: number): void;
}

/** What floats over the edges of the paper, in pixels. */
export interface Inset { left: number; top: number; right: number; bottom: number }

const R = 17;
const PICTURE = 84;
/** Lines beyond which the chart seen from afar shows them as hairs, or it would show nothing but lines. */
const MANY = 600;
/** Zoom below which a chart is seen from afar. */
const AFAR = 0.5;

interface Ink { [token: string]: string }

function inks(): Ink {
  const style = getComputedStyle(document.documentElement);
  const names = ['canvas', 'surface', 'ink', 'ink2', 'accent', 'mark', 'mark-op', 'protect', 'protect-soft', 'calls', 'money',
    'shared', 'kin', 'presence'];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

const masked = (node: NodeView) => node.protected !== null && node.protected !== 'open';
const unsure = (node: NodeView) => node.inferred_identity !== null && node.inferred_identity < 0.99;

const pictures = new Map<string, string>();

/** The picture of a node; nodes that look alike share one. */
function picture(node: NodeView, pinned: boolean, ink: Ink, t: Messages, theme: string): string {
  const hidden = masked(node);
  const found = /^([A-Z])-\d/.exec(node.label);
  const letter = hidden ? (found?.[1] ?? (node.protected ? t.pseudonymLetters[node.protected] : '')) : t.letters[node.kind];
  const key = [theme, node.kind, letter, hidden, unsure(node), node.hub, pinned].join();
  const known = pictures.get(key);
  if (known !== undefined) return known;
  const made = paint(node, pinned, ink, letter ?? '');
  pictures.set(key, made);
  return made;
}

/** A node as a picture: outline (dashed if inferred), letter, hatch and lock, pin, ring of ticks of a hub. */
function paint(node: NodeView, pinned: boolean, ink: Ink, letter: string): string {
  const hidden = masked(node);
  const line = hidden ? ink.protect : ink.ink;
  const shape = outline(node.kind, R);
  let svg = '';
  if (node.hub) {
    let ticks = '';
    for (let i = 0; i < 28; i += 1) {
      const a = (i / 28) * 2 * Math.PI;
      ticks += `M${(Math.cos(a) * (R + 6)).toFixed(1)} ${(Math.sin(a) * (R + 6)).toFixed(1)}L${(Math.cos(a) * (R + 11)).toFixed(1)} ${(Math.sin(a) * (R + 11)).toFixed(1)}`;
    }
    svg += `<path d="${ticks}" stroke="${ink.ink2}" stroke-width="1.5"/>`;
  }
  svg += `<path d="${shape}" fill="${hidden ? 'url(#h)' : ink.surface}" stroke="${line}" stroke-width="1.9"${unsure(node) ? ' stroke-dasharray="5 3"' : ''}/>`;
  if (hidden) svg += `<circle r="9" fill="${ink.surface}"/>`;
  svg += `<text y="${node.kind === 'place' ? 7 : 4.8}" font-size="13" font-weight="700" text-anchor="middle" font-family="IBM Plex Sans,Segoe UI,Noto Sans,Liberation Sans,sans-serif" fill="${line}">${letter}</text>`;
  if (hidden) {
    svg += `<g transform="translate(${R - 4} ${-R - 1})"><circle r="7" fill="${ink.protect}"/><rect x="-3" y="-.8" width="6" height="4" rx=".6" fill="${ink.surface}"/><path d="M-1.8-.8v-1.3a1.8 1.8 0 0 1 3.6 0v1.3" fill="none" stroke="${ink.surface}" stroke-width="1.3"/></g>`;
  }
  if (pinned) svg += `<g transform="translate(${-R + 2} ${-R + 1})"><circle r="5.5" fill="${ink.surface}" stroke="${ink.ink}" stroke-width="1.3"/><circle r="1.9" fill="${ink.ink}"/></g>`;
  const h = PICTURE / 2;
  return `data:image/svg+xml;utf8,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${PICTURE}" height="${PICTURE}" viewBox="${-h} ${-h} ${PICTURE} ${PICTURE}"><defs><pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="${ink['protect-soft']}"/><path d="M1 0V6" stroke="${ink.protect}" stroke-width="1.5"/></pattern></defs>${svg}</svg>`)}`;
}

/** What a line says of itself: a sum of money per currency, or how many when they are many or it is chosen. */
function lineLabel(bundle: Bundle, chosen: boolean, scene: Scene): string {
  if (bundle.layer === 'money') {
    const sums = new Map<string, { minor: bigint; digits: number }>();
    for (const edge of bundle.edges) {
      const [head = '0', tail = ''] = String(edge.total ?? '0').split('.');
      const digits = tail.length;
      const value = BigInt(`${head}${tail}` || '0');
      const key = edge.currency ?? 'XXX';
      const held = sums.get(key) ?? { minor: 0n, digits };
      sums.set(key, { minor: held.minor + value, digits: Math.max(held.digits, digits) });
    }
    return [...sums].map(([currency, { minor, digits }]) => {
      const text = minor.toString().padStart(digits + 1, '0');
      const decimalText = digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
      return money(decimalText.replace(/\.00$/, ''), currency, scene.country);
    }).join(' · ');
  }
  if (bundle.layer === 'kin') return '⚭';
  if (bundle.layer === 'calls' && (bundle.count > 20 || chosen)) return String(bundle.count);
  return '';
}

const polygon = (kind: NodeView['kind']) => (
  { person: 'ellipse', telephone: 'round-rectangle', sim: 'tag', handset: 'octagon', account: 'hexagon',
    organisation: 'rectangle', document: 'cut-rectangle', place: 'pentagon', unknown: 'diamond' } as const)[kind];

function sheet(ink: Ink): cytoscape.StylesheetJson {
  const font = '"IBM Plex Sans","Segoe UI","Noto Sans",sans-serif';
  const layer = (name: string) => ink[name] ?? '#000';
  return [
    { selector: 'node', style: {
      width: 2 * R, height: 2 * R, shape: 'data(shape)' as 'ellipse', 'background-opacity': 0, 'border-width': 0,
      'background-image': 'data(picture)', 'background-width': `${PICTURE}px`, 'background-height': `${PICTURE}px`,
      'background-clip': 'none', 'background-image-containment': 'over', 'background-image-crossorigin': 'null' as 'anonymous',
      'bounds-expansion': '14px' as unknown as number,
      label: 'data(label)', 'font-family': font, 'font-size': 12, 'font-weight': 500, color: ink.ink, 'text-valign': 'bottom',
      'text-margin-y': 5, 'text-outline-color': ink.canvas, 'text-outline-width': 3, 'min-zoomed-font-size': 8,
      'text-wrap': 'wrap', 'text-max-width': '124px', 'line-height': 1.15,
    } as cytoscape.Css.Node },
    { selector: 'node[kind="telephone"]', style: { width: 1.56 * R } },
    { selector: 'node[?masked]', style: { color: ink.protect } },
    { selector: 'node[?hub]', style: { 'text-margin-y': 16 } },
    { selector: 'node.chosen', style: {
      'underlay-color': ink.mark, 'underlay-opacity': Number(ink['mark-op']), 'underlay-padding': 8, 'underlay-shape': 'ellipse',
      'font-weight': 600,
    } as cytoscape.Css.Node },
    { selector: 'node.focus', style: {
      'outline-width': 2, 'outline-color': ink.accent, 'outline-offset': 7, 'outline-opacity': 1,
    } as unknown as cytoscape.Css.Node },
    { selector: 'edge', style: {
      'curve-style': 'straight', width: 'data(width)', 'line-color': ink.presence, 'font-family': font, 'font-size': 11,
      'font-weight': 600, 'min-zoomed-font-size': 8, label: 'data(label)', 'text-background-color': ink.surface,
      'text-background-opacity': 1, 'text-background-shape': 'roundrectangle', 'text-background-padding': '3px',
      'text-border-width': 1, 'text-border-opacity': 1, 'arrow-scale': 0.95, 'target-distance-from-node': 3,
      'source-distance-from-node': 3,
    } as cytoscape.Css.Edge },
    { selector: 'edge[!label]', style: { 'text-background-opacity': 0, 'text-border-opacity': 0 } },
    { selector: 'edge.parallel', style: { 'curve-style': 'bezier', 'control-point-step-size': 44 } },
    { selector: 'edge[layer="calls"]', style: {
      'line-color': layer('calls'), color: layer('calls'), 'text-border-color': layer('calls'),
      'target-arrow-color': layer('calls'), 'source-arrow-color': layer('calls') } },
    { selector: 'edge[layer="calls"][?forward]', style: { 'target-arrow-shape': 'triangle' } },
    { selector: 'edge[layer="calls"][?backward]', style: { 'source-arrow-shape': 'triangle' } },
    { selector: 'edge[layer="money"]', style: {
      width: 2.2, 'line-color': ink.canvas, 'line-outline-width': 1.5, 'line-outline-color': layer('money'), color: layer('money'),
      'text-border-color': layer('money'), 'target-arrow-color': layer('money'), 'source-arrow-color': layer('money'),
      'arrow-scale': 1.5 } as cytoscape.Css.Edge },
    { selector: 'edge[layer="money"][?forward]', style: { 'target-arrow-shape': 'chevron' } },
    { selector: 'edge[layer="money"][?backward]', style: { 'source-arrow-shape': 'chevron' } },
    { selector: 'edge[layer="shared"]', style: {
      width: 1.8, 'line-color': layer('shared'), 'mid-target-arrow-shape': 'diamond', 'mid-target-arrow-fill': 'hollow',
      'mid-target-arrow-color': layer('shared'), 'arrow-scale': 1.3 } as cytoscape.Css.Edge },
    { selector: 'edge[layer="kin"]', style: {
      width: 2.4, 'line-color': layer('kin'), color: layer('kin'), 'text-background-color': ink.canvas, 'text-border-opacity': 0,
      'font-size': 22, 'font-weight': 700, 'text-background-padding': '0px', 'text-background-opacity': 0.9,
      'font-family': '"Segoe UI Symbol","DejaVu Sans","Noto Sans Symbols",sans-serif' } },
    { selector: 'edge[layer="presence"]', style: { width: 1.6, 'line-color': layer('presence') } },
    { selector: 'edge[?inferred]', style: { 'line-style': 'dashed', 'line-dash-pattern': [6, 4] } },
    { selector: 'edge.hair', style: {
      width: 'data(hair)', label: '', 'source-arrow-shape': 'none', 'target-arrow-shape': 'none',
      'mid-target-arrow-shape': 'none', 'line-outline-width': 0, 'text-background-opacity': 0, 'text-border-opacity': 0,
    } as cytoscape.Css.Edge },
    { selector: 'edge.hair[layer="money"]', style: { 'line-color': layer('money') } },
    { selector: 'edge.chosen', style: {
      'underlay-color': ink.mark, 'underlay-opacity': Number(ink['mark-op']), 'underlay-padding': 7, 'z-index': 9 } },
    { selector: '.outside', style: { opacity: 0.22 } },
  ] as cytoscape.StylesheetJson;
}

export class Canvas {
  private readonly cy: Core;
  private theme = '';
  private ink: Ink = inks();
  private drawn = false;
  private many = false;
  private thinned: boolean | null = null;

  constructor(container: HTMLElement, hands: Hands, private readonly inset: Inset) {
    this.cy = cytoscape({
      container, elements: [], style: sheet(this.ink), layout: { name: 'preset' }, minZoom: 0.02, maxZoom: 3,
      boxSelectionEnabled: true, autounselectify: false, selectionType: 'additive',
      hideEdgesOnViewport: false, textureOnViewport: false,
    } as cytoscape.CytoscapeOptions);
    const cy = this.cy;
    const added = (event: cytoscape.EventObject) => {
      const mouse = event.originalEvent as MouseEvent | undefined;
      return Boolean(mouse?.shiftKey || mouse?.ctrlKey);
    };
    cy.on('tap', 'node', (event) => hands.node((event.target as NodeSingular).id(), added(event)));
    cy.on('tap', 'edge', (event) => hands.link(event.target.data('bundle') as string));
    cy.on('tap', (event) => { if (event.target === cy) hands.paper(); });
    cy.on('dbltap', 'node', (event) => hands.expand((event.target as NodeSingular).id()));
    cy.on('dragfree', 'node', (event) => {
      const node = event.target as NodeSingular;
      hands.moved(node.id(), node.position());
    });
    cy.on('boxend', () => setTimeout(() => {
      const ids = cy.nodes(':selected').map((n) => n.id());
      cy.elements().unselect();
      if (ids.length > 0) hands.boxed(ids);
    }));
    cy.on('select', () => { if (!cy.scratch('boxing')) cy.elements().unselect(); });
    cy.on('boxstart', () => cy.scratch('boxing', true));
    cy.on('boxend', () => setTimeout(() => cy.scratch('boxing', false)));
    cy.on('zoom', () => {
      hands.zoomed(cy.zoom());
      this.thin();
    });
  }

  /** Brings the drawing in step with the scene; only what changed is touched. */
  sync(scene: Scene): void {
    const cy = this.cy;
    if (scene.theme !== this.theme) {
      this.theme = scene.theme;
      this.ink = inks();
      cy.style(sheet(this.ink));
    }
    this.many = scene.bundles.length > MANY;
    const pairs = new Map<string, number>();
    for (const b of scene.bundles) pairs.set(`${b.a}\u0001${b.b}`, (pairs.get(`${b.a}\u0001${b.b}`) ?? 0) + 1);
    const lit = new Set<string>();
    const tied = new Set<string>();
    for (const b of scene.bundles) {
      tied.add(b.a).add(b.b);
      if (!b.outside) lit.add(b.a).add(b.b);
    }
    const chosen = new Set(scene.selected);
    cy.batch(() => {
      const wanted = new Set<string>([...scene.nodes.map((n) => n.id), ...scene.bundles.map((b) => `l:${b.id}`)]);
      cy.elements().filter((e) => !wanted.has(e.id())).remove();
      const fresh: ElementDefinition[] = [];
      for (const node of scene.nodes) {
        const spot = scene.spots.get(node.id) ?? { x: 0, y: 0 };
        const name = short(node.label) + (unsure(node) ? ` · ${share(node.inferred_identity ?? 0, scene.country)}` : '');
        const data = {
          id: node.id, kind: node.kind, shape: polygon(node.kind), masked: masked(node), hub: node.hub,
          picture: picture(node, scene.pinned.has(node.id), this.ink, scene.t, scene.theme),
          label: node.hub ? `${name}\n${scene.t.chart.contacts(node.degree)}` : name,
        };
        const held = cy.getElementById(node.id);
        if (held.empty()) fresh.push({ group: 'nodes', data, position: { ...spot } });
        else {
          held.data(data);
          const at = held.position();
          if (Math.abs(at.x - spot.x) > 0.5 || Math.abs(at.y - spot.y) > 0.5) held.position({ ...spot });
        }
      }
      for (const bundle of scene.bundles) {
        const data = {
          id: `l:${bundle.id}`, bundle: bundle.id, source: bundle.a, target: bundle.b, layer: bundle.layer,
          width: Math.min(5, 1.2 + Math.log2(Math.max(1, bundle.count)) * 0.62), forward: bundle.forward,
          hair: Math.min(2.4, 0.5 + Math.log2(Math.max(1, bundle.count)) * 0.3),
          backward: bundle.backward, inferred: bundle.inferred || bundle.layer === 'presence' || bundle.layer === 'kin',
          label: lineLabel(bundle, bundle.id === scene.link, scene),
        };
        const held = cy.getElementById(data.id);
        if (held.empty()) fresh.push({ group: 'edges', data });
        else held.data(data);
      }
      if (fresh.length > 0) cy.add(fresh);
      for (const node of cy.nodes()) {
        node.toggleClass('chosen', chosen.has(node.id()));
        node.toggleClass('focus', scene.focus === node.id());
        node.toggleClass('outside', tied.has(node.id()) && !lit.has(node.id()));
      }
      for (const bundle of scene.bundles) {
        const edge = cy.getElementById(`l:${bundle.id}`);
        edge.toggleClass('chosen', bundle.id === scene.link);
        edge.toggleClass('outside', bundle.outside);
        edge.toggleClass('near', chosen.has(bundle.a) || chosen.has(bundle.b));
        edge.toggleClass('parallel', !this.many && (pairs.get(`${bundle.a}\u0001${bundle.b}`) ?? 0) > 1);
      }
    });
    this.thinned = null;
    this.thin();
    if (!this.drawn && scene.nodes.length > 0) {
      this.drawn = true;
      this.fit();
    } else if (scene.nodes.length === 0) this.drawn = false;
  }

  /** Draws the lines of a large chart seen from afar as hairs, but for those of what is chosen. */
  private thin(): void {
    const thin = this.many && this.cy.zoom() < AFAR;
    if (thin === this.thinned) return;
    this.thinned = thin;
    this.cy.batch(() => {
      const edges = this.cy.edges();
      if (thin) {
        edges.filter('.near, .chosen').removeClass('hair');
        edges.not('.near, .chosen').addClass('hair');
      } else edges.removeClass('hair');
    });
  }

  /** Brings everything into view beside what floats over the paper, never larger than life. */
  fit(): void {
    const cy = this.cy;
    cy.resize();
    if (cy.nodes().empty()) return;
    const { left, top, right, bottom } = this.inset;
    const box = cy.elements().boundingBox({});
    const wide = Math.max(80, cy.width() - left - right), tall = Math.max(80, cy.height() - top - bottom);
    const zoom = Math.min(1.1, wide / Math.max(1, box.w), tall / Math.max(1, box.h));
    cy.zoom(zoom);
    cy.pan({
      x: left + wide / 2 - ((box.x1 + box.x2) / 2) * zoom,
      y: top + tall / 2 - ((box.y1 + box.y2) / 2) * zoom,
    });
  }

  /** Moves the view by the least that shows these nodes. */
  reveal(ids: string[]): void {
    const wanted = new Set(ids);
    const nodes = this.cy.nodes().filter((n) => wanted.has(n.id()));
    if (nodes.empty()) return;
    const seen = this.cy.extent(), box = nodes.boundingBox({});
    if (box.x1 < seen.x1 || box.x2 > seen.x2 || box.y1 < seen.y1 || box.y2 > seen.y2) this.fit();
  }

  zoom(factor: number): void {
    const { width, height } = { width: this.cy.width(), height: this.cy.height() };
    this.cy.zoom({ level: this.cy.zoom() * factor, renderedPosition: { x: width / 2, y: height / 2 } });
  }

  /** The drawing as a PNG for the printed page. */
  image(): string {
    return this.cy.png({ full: true, scale: 2, bg: '#ffffff' });
  }

  resize(): void {
    this.cy.resize();
  }

  /** Where a node stands on the screen, for tests and for the ring around it. */
  at(id: string): Spot | null {
    const node = this.cy.getElementById(id);
    return node.empty() ? null : node.renderedPosition();
  }

  destroy(): void {
    this.cy.destroy();
  }
}
