// The total of an edge in its own unit: seconds of calls as a duration, money with its currency.
import type { Layer } from '../api/types';
import { duration, money } from './number';

/** The total as text, or nothing where a layer has none. */
export function total(layer: Layer, value: number | string | null, currency: string | null, country: string | null): string {
  if (value === null || value === '') return '';
  if (layer === 'money') return money(value, currency, country);
  if (layer === 'calls') return Number(value) > 0 ? duration(Number(value)) : '';
  return '';
}
