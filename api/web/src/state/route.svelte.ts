// Where the reader is. The address carries case, screen, interval and an id that says nothing by itself
// (an entity's public id, a pseudonym, a community, a finding, a source). Numbers, names and search text
// never enter an address: what is chosen by such an id is held in the history entry instead.

import { dayStart } from '../format/time';
import { isPublic } from './address';

export const SCREENS = [
  'caso', 'buscar', 'grafico', 'comunidades', 'hallazgos', 'revision', 'fuentes', 'entidad', 'dinero',
] as const;
export type Screen = (typeof SCREENS)[number];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

interface Held { id?: string | null }

class Route {
  case = $state<string | null>(null);
  screen = $state<Screen>('caso');
  id = $state<string | null>(null);
  /** First local day of the interval, and the first one after it. */
  fromDay = $state<string | null>(null);
  toDay = $state<string | null>(null);

  constructor() {
    this.read();
    const again = () => this.read();
    window.addEventListener('popstate', again);
    window.addEventListener('hashchange', again);
  }

  /** The interval as instants, on the clock of the case. */
  get from(): number | null {
    return this.fromDay === null ? null : dayStart(this.fromDay);
  }

  get to(): number | null {
    return this.toDay === null ? null : dayStart(this.toDay);
  }

  read(): void {
    const [path = '', query = ''] = window.location.hash.replace(/^#/, '').split('?');
    const [, caseId, name, ...rest] = path.split('/').slice(1).map(decoded);
    this.case = caseId || null;
    this.screen = (SCREENS as readonly string[]).includes(name ?? '') ? (name as Screen) : 'caso';
    const held = (window.history.state ?? {}) as Held;
    this.id = rest.length > 0 && rest[0] ? rest.join('/') : (held.id ?? null);
    const params = new URLSearchParams(query);
    const date = (key: string) => {
      const value = params.get(key);
      return value && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : null;
    };
    this.fromDay = date('de');
    this.toDay = date('a');
  }

  /** The address of a screen of the present case. */
  href(screen: Screen, id: string | null = null): string {
    const tail = id !== null && isPublic(id) ? `/${id.split('/').map(encodeURIComponent).join('/')}` : '';
    return `#/c/${encodeURIComponent(this.case ?? '')}/${screen}${tail}${this.query()}`;
  }

  private query(): string {
    const params = new URLSearchParams();
    if (this.fromDay !== null) params.set('de', this.fromDay);
    if (this.toDay !== null) params.set('a', this.toDay);
    const text = params.toString();
    return text ? `?${text}` : '';
  }

  go(screen: Screen, id: string | null = null): void {
    window.history.pushState({ id } satisfies Held, '', this.href(screen, id));
    this.screen = screen;
    this.id = id;
  }

  enter(caseId: string): void {
    this.case = caseId;
    this.fromDay = null;
    this.toDay = null;
    window.history.replaceState({ id: this.id }, '', this.href(this.screen, this.id));
  }

  /** Replaces the interval without a new entry in the history. */
  interval(from: string | null, to: string | null): void {
    this.fromDay = from;
    this.toDay = to;
    window.history.replaceState({ id: this.id } satisfies Held, '', this.href(this.screen, this.id));
  }
}

export const route = new Route();
