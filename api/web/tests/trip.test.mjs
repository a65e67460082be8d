// The whole trip in a real browser, in both languages: search, card, chart, expansion, interval, path, findings with
// their rows, a judgement and its withdrawal. Every screen is looked at by axe and kept as a picture.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, ask, browser, picture, server, visit, world } from './harness.mjs';

let app, host, found;
before(async () => {
  host = await server();
  app = await browser();
  found = await world(host.url);
});
after(async () => {
  await app?.close();
  await host?.stop();
});

const WORDS = {
  es: { chart: 'Ver en el gráfico', path: 'Camino A→B', why: 'Vista la cédula en físico; es de otra persona.', undo: 'Deshacer', missing: 'Escriba por qué' },
  en: { chart: 'See in the chart', path: 'Path A→B', why: 'Seen the document in hand; it is somebody else.', undo: 'Undo', missing: 'Write why' },
};

const number = async (page, name) => Number(await page.locator('.screen.g').getAttribute(name));

/** Waits for the chart to be drawn and at rest. */
async function settled(page) {
  await page.waitForFunction(() => {
    const screen = document.querySelector('.screen.g');
    const drawn = document.querySelector('.holder[data-loaded="true"]')?.getAttribute('data-drawn');
    return screen?.getAttribute('data-busy') === 'false' && drawn === screen.getAttribute('data-nodes');
  });
}

for (const lang of ['es', 'en']) {
  const words = WORDS[lang];
  test(`the trip from a name to its evidence (${lang})`, async () => {
    const { page, close } = await visit(app, host.url, { lang, theme: lang === 'es' ? 'light' : 'dark' });
    const tag = `${lang}-${lang === 'es' ? 'light' : 'dark'}`;
    assert.equal(await page.getAttribute('html', 'lang'), lang);

    await page.waitForSelector('.screen[data-done="true"]');
    assert.match(await page.locator('.tiles').innerText(), /\d/);
    assert.match(await page.locator('main').innerText(), /UTC\u22126/, 'times on the clock of the sources');
    await accessible(page, 'caso');
    await picture(page, `caso-${tag}`);

    // Search: the text goes in a body and never into the address.
    await page.keyboard.press('/');
    await page.keyboard.type(found.person.label);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.hit');
    assert.ok(!decodeURIComponent(page.url()).includes(found.person.label.split(' ')[0]), 'no name in the address');
    await accessible(page, 'buscar');
    await picture(page, `buscar-${tag}`);

    const hit = page.locator('.hit .name a', { hasText: found.person.label }).first();
    await hit.click();
    await page.waitForSelector('.screen[data-done="true"] h1.title');
    const card = await page.locator('h1.title').innerText();
    assert.ok(card.length > 0);
    await accessible(page, 'entidad');
    await picture(page, `entidad-${tag}`);

    // Chart: the engine's positions, then an expansion that moves nothing.
    await page.goto(`${host.url}/#/c/${found.name}/grafico/${found.person.id}`);
    await page.waitForFunction(() => Number(document.querySelector('.screen.g')?.getAttribute('data-nodes')) > 1 || document.querySelector('[data-panel="choice"]'));
    const choice = page.locator('[data-panel="choice"] .btn.pri');
    if (await choice.count()) await choice.click();
    await settled(page);
    const first = await number(page, 'data-nodes');
    assert.ok(first >= 3, `${first} entities around ${found.person.id}`);
    await accessible(page, 'grafico');

    await page.focus('[role="application"]');
    let grown = first;
    for (let i = 0; i < first && grown === first; i += 1) {
      await page.keyboard.press('PageDown');
      await page.keyboard.press('e');
      await page.waitForTimeout(60);
      await settled(page);
      if (await choice.count()) {
        await choice.click();
        await settled(page);
        await page.focus('[role="application"]');
      }
      grown = await number(page, 'data-nodes');
    }
    assert.ok(grown > first, 'expanding brings newcomers');
    await page.keyboard.press('Control+z');
    await page.waitForFunction((n) => Number(document.querySelector('.screen.g')?.getAttribute('data-nodes')) === n, first);
    await page.keyboard.press('Control+y');
    await page.waitForFunction((n) => Number(document.querySelector('.screen.g')?.getAttribute('data-nodes')) === n, grown);

    // Interval: what is outside fades and stays; nothing leaves the chart.
    // A line is drawn for both directions of a pair in a layer, so it is outside only when both have ended.
    const ended = new Map();
    for (const e of found.ego.edges.filter((e) => e.first && e.layer !== 'shared')) {
      const line = [...[e.source, e.target].sort(), e.layer].join(' ');
      if (!(ended.get(line) > e.last)) ended.set(line, e.last);
    }
    const dated = [...ended.values()].sort();
    const before = dated[Math.floor(dated.length / 2)].slice(0, 10);
    await page.locator('input[type="date"]').first().fill(new Date(Date.parse(before) + 2 * 86_400_000).toISOString().slice(0, 10));
    await page.locator('input[type="date"]').first().dispatchEvent('change');
    await page.waitForSelector('[data-interval="true"]');
    await page.waitForFunction(() => Number(document.querySelector('.screen.g')?.getAttribute('data-outside')) > 0);
    assert.equal(await number(page, 'data-nodes'), grown, 'nothing vanishes');
    assert.match(page.url(), /[?&]de=\d{4}-\d{2}-\d{2}/, 'the interval is in the address');
    await picture(page, `grafico-intervalo-${tag}`);
    await page.locator('.ph .btn.low').last().click();
    await page.waitForSelector('[data-interval="false"]');

    // Path between two who stand on the chart, chosen in the twin table.
    await page.keyboard.press('Alt+t');
    await page.waitForSelector('[data-twin]');
    await accessible(page, 'twin table');
    const ticks = page.locator('[data-twin] input[type="checkbox"]');
    for (const box of await ticks.all()) if (await box.isChecked()) await box.uncheck();
    await ticks.nth(0).check();
    await ticks.nth(1).check();
    await picture(page, `tabla-${tag}`);
    await page.getByRole('button', { name: new RegExp(words.path) }).click();
    await page.waitForSelector('[data-panel="path"][data-done="true"]');
    const inOrder = page.locator('[data-panel="path"] input[type="checkbox"]');
    if ((await page.locator('.paths > li').count()) === 0) {
      await inOrder.uncheck();
      await page.waitForTimeout(100);
      await page.waitForSelector('[data-panel="path"][data-done="true"]');
    }
    await page.waitForSelector('.paths > li');
    await picture(page, `camino-${tag}`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Alt+t');

    // Evidence: the link's rows, and the row as it stands in the file.
    await page.focus('[role="application"]');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => Number(document.querySelector('aside.draw')?.getAttribute('data-rows')) > 0);
    assert.match(await page.locator('aside.draw').innerText(), /sha256 [0-9a-f]{4}…[0-9a-f]{4}/);
    await page.mouse.move(5, 5);
    await picture(page, `grafico-${tag}`);
    await accessible(page, 'evidence drawer');

    // Findings: every lead has rows, what was measured and why it may be innocent.
    await page.focus('[role="application"]');
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.waitForSelector('.split[data-done="true"] .main .rows tbody tr');
    const { findings } = await ask(host.url, `${found.root}/findings`);
    assert.equal(await page.locator('.side .pick').count(), findings.length);
    assert.ok((await page.locator('.look li').count()) > 0, 'look-alikes are named');
    await page.locator('.main .rows .link').last().click();
    assert.match(await page.locator('.detail').innerText(), /sha256/);
    await accessible(page, 'hallazgos');
    await picture(page, `hallazgos-${tag}`);

    for (const [key, name] of [['m', 'comunidades'], ['f', 'fuentes']]) {
      await page.focus('#main');
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.waitForSelector('.split[data-done="true"] .main h2');
      if (name === 'comunidades') await page.waitForFunction(() => Number(document.querySelector('.holder')?.getAttribute('data-drawn')) > 0);
      await page.waitForTimeout(150);
      await accessible(page, name);
      await picture(page, `${name}-${tag}`);
    }

    // Review: no decision without a reason; a decision is kept, and can be withdrawn.
    await page.focus('#main');
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.waitForSelector('.frame[data-done="true"]');
    const { pairs } = await ask(host.url, `${found.root}/review?limit=100`);
    assert.equal(await page.locator('.queue .pick').count(), pairs.length);
    await accessible(page, 'revision');
    await picture(page, `revision-${tag}`);
    if (pairs.length > 0) {
      assert.ok((await page.locator('.wf tbody tr').count()) >= 3, 'prior, comparisons, result');
      await page.locator('.dec').nth(2).click();
      assert.match(await page.locator('#why-missing').innerText(), new RegExp(words.missing));
      assert.equal((await ask(host.url, `${found.root}/review?limit=100`)).pairs.length, pairs.length, 'nothing was recorded');
      await page.locator('.why textarea').fill(words.why);
      await page.locator('.dec').nth(2).click();
      await page.waitForSelector('.done li', { timeout: 120_000 });
      await page.locator('.undo-start').first().click();
      await page.locator('.undo input').fill(words.why);
      await page.locator('.undo button').click();
      await page.waitForSelector('.done li.undone', { timeout: 120_000 });
    }
    await close();
  });
}

test('a search for what is not there says the same as a search for what is hidden', async () => {
  const { page, close } = await visit(app, host.url, {});
  await page.keyboard.press('/');
  await page.keyboard.type('zzqx no existe 00000');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.nothing');
  assert.equal(await page.locator('.nothing').innerText(), 'No se encontró nada que usted pueda consultar.');
  await close();
});

test('keyboard alone: name, card, chart, evidence, finding', async () => {
  const { page, close } = await visit(app, host.url, { height: 625 });
  const tabTo = async (selector, most = 60) => {
    for (let i = 0; i < most; i += 1) {
      if (await page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`Tab does not reach ${selector}`);
  };
  await page.keyboard.press('/');
  await page.keyboard.type(found.person.label);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.hit');
  await tabTo('.hit .name a');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.screen[data-done="true"] h1.title');
  await page.keyboard.press('v');
  await page.waitForSelector('[role="application"]');
  await page.waitForFunction(() => document.querySelector('[data-panel="choice"]') || Number(document.querySelector('.screen.g')?.getAttribute('data-nodes')) > 1);
  if (await page.locator('[data-panel="choice"]').count()) {
    await tabTo('[data-panel="choice"] .btn.pri');
    await page.keyboard.press('Enter');
  }
  await settled(page);
  await tabTo('[role="application"]');
  await page.keyboard.press('Home');
  await page.keyboard.press('PageDown');
  const spoken = await page.locator('.spoken[role="status"]').innerText();
  assert.match(spoken, /\d+ de \d+/, 'the chart speaks');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => Number(document.querySelector('aside.draw')?.getAttribute('data-rows')) > 0);
  await tabTo('aside.draw .rows .link');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Alt+t');
  await page.waitForSelector('#twin:focus');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.waitForSelector('[data-twin]', { state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.waitForSelector('.split[data-done="true"] .main .rows tbody tr');
  await tabTo('.side .pick');
  await page.keyboard.press('j');
  await page.waitForSelector('.split[data-done="true"] .main .detail');
  await picture(page, 'teclado-625');
  await close();
});

test('every screen fits 1366 by 625 without scrolling sideways', async () => {
  const { page, close } = await visit(app, host.url, { height: 625 });
  for (const screen of ['caso', 'buscar', `entidad/${found.person.id}`, `grafico/${found.person.id}`, 'comunidades', 'hallazgos', 'revision', 'fuentes']) {
    await page.goto(`${host.url}/#/c/${found.name}/${screen}`);
    await page.waitForTimeout(700);
    const over = await page.evaluate(() => {
      const root = document.documentElement;
      const main = document.querySelector('main');
      return [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight, main ? main.scrollWidth - main.clientWidth : 0];
    });
    assert.deepEqual(over, [0, 0, 0], screen);
    await picture(page, `${screen.split('/')[0]}-625`);
  }
  await close();
});
