// Instants on the clock of the case's country, and the days between which things happened.
import { i18n } from '../i18n/index.svelte';

const ZONES: Record<string, string> = {
  BZ: 'America/Belize', CO: 'America/Bogota', CR: 'America/Costa_Rica', CU: 'America/Havana', DO: 'America/Santo_Domingo',
  GT: 'America/Guatemala', HN: 'America/Tegucigalpa', HT: 'America/Port-au-Prince', JM: 'America/Jamaica',
  MX: 'America/Mexico_City', NI: 'America/Managua', PA: 'America/Panama', SV: 'America/El_Salvador', US: 'America/New_York',
};

let zone = 'UTC';
let formatter = make('UTC');

function make(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    second: '2-digit', weekday: 'short',
  });
}

/** Chooses the clock by its country. */
export function setCountry(country: string | null): void {
  zone = (country && ZONES[country]) || 'UTC';
  formatter = make(zone);
}

export interface Local { year: number; month: number; day: number; hour: number; minute: number; second: number; weekday: number }

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** The parts of an instant on the local clock. */
export function local(instant: string): Local | null {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return null;
  const parts: Record<string, string> = {};
  for (const { type, value } of formatter.formatToParts(at)) parts[type] = value;
  return {
    year: Number(parts.year), month: Number(parts.month), day: Number(parts.day), hour: Number(parts.hour),
    minute: Number(parts.minute), second: Number(parts.second), weekday: Math.max(0, DAYS.indexOf(parts.weekday ?? 'Sun')),
  };
}

/** `14 mar 2026`. */
export function day(instant: string | null): string {
  const l = instant === null ? null : local(instant);
  return l ? `${l.day} ${i18n.t.months[l.month - 1]} ${l.year}` : i18n.t.undated;
}

/** A civil date (`1991-04-07`) as a day, without any clock. */
export function civil(date: string): string {
  const [y, m, d] = date.split('-').map(Number);
  return y && m && d ? `${d} ${i18n.t.months[m - 1]} ${y}` : date;
}

/** `14 mar 2026 23:41:07`. */
export function moment(instant: string | null): string {
  const l = instant === null ? null : local(instant);
  if (!l) return i18n.t.undated;
  const two = (v: number) => String(v).padStart(2, '0');
  return `${day(instant)} ${two(l.hour)}:${two(l.minute)}:${two(l.second)}`;
}

/** The offset of the case's clock as text, `UTC−6`. */
export function zoneText(): string {
  const part = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'shortOffset' })
    .formatToParts(new Date())
    .find((p) => p.type === 'timeZoneName');
  return (part?.value ?? 'UTC').replace('GMT', 'UTC').replace('-', '\u2212');
}

export const WEEK_MS = 7 * 86_400_000;
export const DAY_MS = 86_400_000;

/** Milliseconds of an instant, or null. */
export function ms(instant: string | null): number | null {
  if (instant === null) return null;
  const at = Date.parse(instant);
  return Number.isNaN(at) ? null : at;
}

/** An instant of milliseconds as the wire wants it. */
export function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** `2026-03-01`: the local day of an instant, for an address or a date field. */
export function localDay(at: number): string {
  const l = local(new Date(at).toISOString());
  const two = (v: number) => String(v).padStart(2, '0');
  return l ? `${l.year}-${two(l.month)}-${two(l.day)}` : new Date(at).toISOString().slice(0, 10);
}

/** The instant at which a local day begins; where a clock change skips midnight, the first one after it. */
export function dayStart(date: string): number {
  const wish = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(wish)) return Number.NaN;
  let at = wish;
  for (let turn = 0; turn < 2; turn += 1) {
    const l = local(new Date(at).toISOString());
    if (l) at += wish - Date.UTC(l.year, l.month - 1, l.day, l.hour, l.minute, l.second);
  }
  return at;
}
