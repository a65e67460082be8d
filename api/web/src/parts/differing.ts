// Which characters of two values differ, by their longest common subsequence; case and accents are not a difference.

export interface Part { text: string; differs: boolean }

const bare = (c: string) => c.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Both values cut into stretches that agree and stretches that do not; nothing is marked where one is missing. */
export function differing(a: string, b: string): { a: Part[]; b: Part[] } {
  const plain = { a: [{ text: a, differs: false }], b: [{ text: b, differs: false }] };
  if (a === '' || b === '' || a.length > 80 || b.length > 80) return plain;
  const p = [...a], q = [...b];
  const n = p.length, m = q.length;
  const table = new Uint16Array((n + 1) * (m + 1));
  const at = (i: number, j: number) => table[i * (m + 1) + j] ?? 0;
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let j = m - 1; j >= 0; j -= 1) {
      table[i * (m + 1) + j] = bare(p[i] ?? '') === bare(q[j] ?? '') ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  // Two values with little in common are two values; marking every letter would say nothing.
  if (at(0, 0) * 2 < Math.max(n, m)) return plain;
  const sameA = new Array<boolean>(n).fill(false), sameB = new Array<boolean>(m).fill(false);
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (bare(p[i] ?? '') === bare(q[j] ?? '')) {
      sameA[i] = true;
      sameB[j] = true;
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return { a: stretches(p, sameA), b: stretches(q, sameB) };
}

function stretches(text: string[], same: boolean[]): Part[] {
  const out: Part[] = [];
  text.forEach((c, i) => {
    const differs = !same[i];
    const last = out.at(-1);
    if (last && last.differs === differs) last.text += c;
    else out.push({ text: c, differs });
  });
  return out;
}
