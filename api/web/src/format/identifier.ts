// How a label is shown. The engine's label is kept but for the grouping of a bare telephone number.

const EIGHT = /^\+(50[1-8])(\d{4})(\d{4})$/;

/** A label for reading: `+50394127731` becomes `+503 9412-7731`; anything else stays as it came. */
export function label(text: string): string {
  const found = EIGHT.exec(text);
  return found ? `+${found[1]}\u00a0${found[2]}-${found[3]}` : text;
}

/** A label cut for the chart; the whole text stays in the title and in the twin table. */
export function short(text: string, most = 26): string {
  const whole = label(text);
  return whole.length > most ? `${whole.slice(0, most - 1)}…` : whole;
}

/** A digest as its first and last characters. */
export function digest(hex: string): string {
  return hex.length > 12 ? `${hex.slice(0, 4)}…${hex.slice(-4)}` : hex;
}
