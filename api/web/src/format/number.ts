// Numbers as the region can read without doubt: thousands by a narrow space, decimals by the country of the case.

const NARROW = '\u202f';
const COMMA = new Set(['CR', 'CO']);

/** A whole number with narrow spaces between thousands. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, NARROW);
}

function decimalMark(country: string | null): string {
  return country && COMMA.has(country) ? ',' : '.';
}

/** A number with so many decimals. */
export function decimal(value: number, digits: number, country: string | null): string {
  const [head = '0', tail] = Math.abs(value).toFixed(digits).split('.');
  const sign = value < 0 ? '\u2212' : '';
  return sign + head.replace(/\B(?=(\d{3})+(?!\d))/g, NARROW) + (tail ? decimalMark(country) + tail : '');
}

/** A share 0..1 as per cent, at most three figures. */
export function share(value: number, country: string | null): string {
  const percent = value * 100;
  const digits = percent >= 100 || (percent >= 10 && percent < 99.5) ? 0 : 1;
  // What is short of certain is never rounded up to it.
  return `${decimal(percent < 100 ? Math.min(percent, 99.9) : percent, digits, country)}\u00a0%`;
}

const SYMBOLS: Record<string, string> = {
  USD: 'US$', HNL: 'L', GTQ: 'Q', NIO: 'C$', CRC: '₡', PAB: 'B/.', DOP: 'RD$', MXN: 'MX$', BZD: 'BZ$', COP: 'COL$',
};

/** Money of one currency; never a bare dollar sign. `text` is the decimal text of the wire. */
export function money(text: string | number | null, currency: string | null, country: string | null): string {
  if (text === null || text === '') return '';
  const value = String(text).trim();
  const negative = value.startsWith('-');
  const [head = '0', tail] = value.replace(/^-/, '').split('.');
  const grouped = head.replace(/\B(?=(\d{3})+(?!\d))/g, NARROW);
  const symbol = currency && currency !== 'XXX' ? (SYMBOLS[currency] ?? currency) : '¤';
  return `${symbol}\u00a0${negative ? '\u2212' : ''}${grouped}${tail ? decimalMark(country) + tail : ''}`;
}

/** Seconds as `2:14`, or `1 h 52 min` from an hour on. */
export function duration(seconds: number): string {
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
  return `${whole(Math.floor(seconds / 3600))}\u00a0h ${Math.floor((seconds % 3600) / 60)}\u00a0min`;
}
