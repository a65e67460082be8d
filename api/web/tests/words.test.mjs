// What the page says, how it writes numbers, what may stand in an address, and how large it is: no browser needed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, createServer } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
let vite;
const load = (file) => vite.ssrLoadModule(`/src/${file}`);
before(async () => {
  vite = await createServer({ root, logLevel: 'error', server: { middlewareMode: true, ws: false, hmr: false, watch: null }, appType: 'custom', optimizeDeps: { noDiscovery: true } });
});
after(() => vite?.close());

/** Every text of a message file by its key; texts that take arguments are made with plain ones. */
function texts(messages, path = '', out = new Map()) {
  for (const [key, value] of Object.entries(messages)) {
    const here = path ? `${path}.${key}` : key;
    if (typeof value === 'string') out.set(here, value);
    else if (typeof value === 'function') out.set(here, String(value(...Array.from({ length: value.length }, (_, i) => i + 1).map((v, i) => sample(value, v, i)))));
    else if (value && typeof value === 'object') texts(value, here, out);
  }
  return out;
}
/** An argument of the kind that a text asks for: a word where it reads it as one. */
function sample(make, value, at) {
  const name = /^\(?([^)=]*)\)?\s*=>/.exec(make.toString())?.[1]?.split(',')[at]?.trim() ?? '';
  return /^(id|text|name|label|reason|when|from|to|a|b|w|c)$/.test(name) && /replace|\$\{/.test(make.toString()) ? (/replace/.test(make.toString()) ? 'C7' : value) : value;
}

test('both languages hold the same keys and every text says something', async () => {
  const { es } = await load('i18n/es.ts'), { en } = await load('i18n/en.ts');
  const spanish = texts(es), english = texts(en);
  assert.deepEqual([...english.keys()].sort(), [...spanish.keys()].sort());
  const same = [];
  for (const [key, value] of spanish) {
    assert.ok(value.trim() !== '' || key === 'pseudonymLetters.open', `${key} is empty`);
    if (value.length > 12 && value === english.get(key) && /[a-záéíóú]{5}/i.test(value)) same.push(key);
  }
  assert.deepEqual(same, [], 'untranslated');
});

const FORBIDDEN = {
  es: ['estaba en', 'se ubicó', 'culpable', 'tratante', 'red criminal', 'su teléfono', 'es la misma persona', 'banda', 'célula', 'organización criminal',
    'lavó', 'lavado', 'cobró la deuda', 'delincuente', 'prostitut', 'ilegal', 'rescatad', 'mojado', 'no hubo llamadas', 'criminal', 'tráfico de personas', 'sospechos'],
  en: ['was at', 'guilty', 'trafficker', 'criminal', 'their phone', 'is the same person', 'gang', 'launder', 'collected the debt', 'offender', 'prostitut',
    'illegal', 'rescued', 'there were no calls', 'suspect'],
};
/** Where an analyst's own answer is worded, or the share of pairs that the model was fitted to. */
const DECIDED = new Set(['review.same', 'review.words.same', 'review.prior']);

test('no text says more than the data does', async () => {
  for (const lang of ['es', 'en']) {
    const said = texts((await load(`i18n/${lang}.ts`))[lang]);
    for (const [key, value] of said) {
      for (const word of FORBIDDEN[lang]) {
        if (DECIDED.has(key) && /persona|person/.test(word)) continue;
        assert.ok(!value.toLowerCase().includes(word), `${lang} ${key} says "${word}": ${value}`);
      }
    }
  }
});

test('numbers, money and durations read the same across borders', async () => {
  const { whole, decimal, money, share, duration } = await load('format/number.ts');
  assert.equal(whole(1204318), '1\u202f204\u202f318');
  assert.equal(decimal(-0.94, 1, 'SV'), '\u22120.9');
  assert.equal(decimal(1234.5, 2, 'CR'), '1\u202f234,50');
  assert.equal(money('1450.00', 'USD', 'SV'), 'US$\u00a01\u202f450.00');
  assert.equal(money('182300.00', 'HNL', 'HN'), 'L\u00a0182\u202f300.00');
  assert.equal(money('-12.50', 'CRC', 'CR'), '₡\u00a0\u221212,50');
  assert.ok(!/^\$/.test(money('1.00', 'XXX', 'SV')), 'never a bare dollar sign');
  assert.equal(share(0.929, 'SV'), '93\u00a0%');
  assert.equal(share(0.9999, 'SV'), '99.9\u00a0%', 'what is short of certain is never rounded up to it');
  assert.equal(share(1, 'SV'), '100\u00a0%');
  assert.equal(duration(134), '2:14');
  assert.equal(duration(6720), '1\u00a0h 52\u00a0min');
});

test('an address holds no number, name or account', async () => {
  const { isPublic } = await load('state/address.ts');
  for (const id of ['E-0ABC12345678', 'V-01', 'M-12/tel1', 'C7', 'F-001', '7c1e90d2a04f', '7c1e90d2a04f#Hoja 1']) assert.ok(isPublic(id), id);
  for (const id of ['tel:+50394127731', '+50394127731', '50394127731', 'acct:SV990093', 'doc:SV-DUI:991829933', 'SV-991829933', 'imei:35300000004471', 'Ovidio Conacaste', 'addr:CALLE 1', '']) {
    assert.ok(!isPublic(id), id);
  }
});

test('differing letters are marked, case and accents are not', async () => {
  const { differing } = await load('parts/differing.ts');
  const marked = (parts) => parts.filter((p) => p.differs).map((p) => p.text).join('|');
  assert.equal(marked(differing('Wilber', 'WILVER').a), 'b');
  assert.equal(marked(differing('Wilber', 'WILVER').b), 'V');
  assert.equal(marked(differing('José', 'JOSE').a), '');
  assert.equal(marked(differing('99182993-3', '99187993-3').b), '7');
  assert.equal(marked(differing('San Miguel', 'Tegucigalpa').a), '', 'two values with little in common are left alone');
  for (const [a, b] of [['Izote', 'YZOTE'], ['a', ''], ['ana maria', 'maria ana']]) {
    const d = differing(a, b);
    assert.equal(d.a.map((p) => p.text).join(''), a);
    assert.equal(d.b.map((p) => p.text).join(''), b);
  }
});

test('newcomers keep apart, move nobody, and stand the same every time', async () => {
  const { place } = await load('chart/place.ts');
  const nodes = Array.from({ length: 40 }, (_, i) => ({ id: `n${i}`, x: Math.cos(i) * (1 + (i % 3)), y: Math.sin(i * 2) }));
  const edges = nodes.slice(1).map((n, i) => ({ source: 'n0', target: n.id, layer: 'calls', id: `e${i}` }));
  const graph = { nodes, edges };
  const standing = new Map([['n0', { x: 10, y: 20 }], ['old', { x: 80, y: 20 }]]);
  const spots = place(graph, nodes.slice(1), standing, 'n0');
  assert.equal(spots.size, 39);
  assert.deepEqual([...standing], [['n0', { x: 10, y: 20 }], ['old', { x: 80, y: 20 }]]);
  assert.deepEqual([...place(graph, nodes.slice(1), standing, 'n0')], [...spots]);
  const all = [...standing.values(), ...spots.values()];
  for (let i = 0; i < all.length; i += 1) {
    for (let j = i + 1; j < all.length; j += 1) {
      if (i < 2 && j < 2) continue;
      assert.ok(Math.hypot((all[i].x - all[j].x) / 1.75, all[i].y - all[j].y) > 64, `${i} and ${j} lie on each other`);
    }
  }
});

test('the shell weighs at most 90 kB and the chart 200 kB, zipped, and nothing is inline', async () => {
  // The server above has set the mode of the process to development; what ships is built for production.
  process.env.NODE_ENV = 'production';
  const { output } = await build({ root, logLevel: 'error', build: { write: false } });
  const weight = (pick) => output.filter(pick).reduce((sum, f) => sum + gzipSync(f.type === 'chunk' ? f.code : f.source).length, 0);
  const shell = weight((f) => (f.type === 'chunk' && f.isEntry) || f.fileName.endsWith('.css') || f.fileName.endsWith('.html'));
  const lazy = weight((f) => f.type === 'chunk' && !f.isEntry);
  assert.ok(shell <= 90_000, `shell ${shell} bytes`);
  assert.ok(lazy <= 200_000, `chart ${lazy} bytes`);
  const total = output.reduce((sum, f) => sum + (f.type === 'chunk' ? f.code.length : f.source.length), 0);
  assert.ok(total <= 1_600_000, `all ${total} bytes`);
  const html = String(output.find((f) => f.fileName === 'index.html').source);
  assert.ok(!/<style|style=|<script(?![^>]*src=)/.test(html), 'the content policy forbids inline code and style');
  assert.ok(!output.some((f) => f.fileName.endsWith('.map')), 'no source maps in the binary');
});
