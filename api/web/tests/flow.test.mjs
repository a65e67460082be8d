// Money, places and community cards in a real browser: each drawing has its table, the keyboard reaches it, and the rule
// that the reader chooses changes what is drawn and nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, ask, browser, picture, server, visit, world } from './harness.mjs';

let app, host, found, payer, placed;
before(async () => {
  host = await server();
  app = await browser();
  found = await world(host.url);
  const { communities } = await ask(host.url, `${found.root}/communities?limit=10`);
  for (const { id } of communities) {
    const { members } = await ask(host.url, `${found.root}/communities/${id}`);
    for (const { node } of members.filter((m) => m.node.id.startsWith('E-') && !m.node.protected)) {
      const card = await ask(host.url, `${found.root}/node`, { id: node.id });
      if (!payer && card.identifiers.some((i) => i.kind === 'account')) {
        const flow = await ask(host.url, `${found.root}/flow`, { id: node.id, direction: 'forward' }).catch(() => null);
        if (flow?.currencies.some((c) => c.steps.length >= 3)) payer = { node, flow };
      }
      if (!placed) {
        const life = await ask(host.url, `${found.root}/rhythm`, { id: node.id });
        if (life.places.some((p) => p.lat !== null)) placed = { node, life };
      }
      if (payer && placed) return;
    }
  }
});
after(async () => {
  await app?.close();
  await host?.stop();
});

test('what leaves an account is shared out to the cent among its ends', async () => {
  assert.ok(payer, 'somebody in a community pays from an account');
  const cents = (text) => Math.round(Number(text) * 100);
  for (const direction of ['forward', 'backward']) {
    const flow = await ask(host.url, `${found.root}/flow`, { id: payer.node.id, direction });
    for (const c of flow.currencies) {
      for (const rule of ['fifo', 'proportional']) {
        assert.equal(c.ends.reduce((sum, e) => sum + cents(e.traced[rule]), 0), cents(c.total), `${direction} ${c.currency} ${rule}`);
      }
      for (const s of c.steps) assert.ok(s.evidence.length > 0 && s.rows >= s.evidence.length, 'a step without rows is not shown');
    }
  }
});

for (const lang of ['es', 'en']) {
  test(`money, places and community cards (${lang})`, async () => {
    const theme = lang === 'es' ? 'light' : 'dark';
    const { page, close } = await visit(app, host.url, { lang, theme });
    const tag = `${lang}-${theme}`;

    await page.goto(`${host.url}/#/c/${found.name}/entidad/${payer.node.id}`);
    await page.waitForSelector('.screen[data-done="true"] h1.title');
    await page.getByRole('button', { name: lang === 'es' ? 'Seguir el dinero' : 'Follow the money' }).click();
    await page.waitForSelector('[data-flow]:not([data-flow="0"])[data-done="true"]');
    assert.match(page.url(), /dinero\/E-/);
    const lines = Number(await page.locator('svg[data-lines]').first().getAttribute('data-lines'));
    assert.ok(lines >= 1, 'lines are drawn');
    const rows = await page.locator('.tables table').first().locator('tbody tr').count();
    assert.equal(rows, payer.flow.currencies[0].steps.length, 'the table says every step');
    await accessible(page, 'dinero');
    await picture(page, `dinero-${tag}`);
    // The keyboard chooses an account, and its rows are marked.
    await page.locator('g.box').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.tables tr.sel');
    await page.locator('input[name="rule"]').nth(3).check();
    const most = Number(await page.locator('svg[data-lines]').first().getAttribute('data-lines'));
    assert.ok(most >= lines || most === 60, 'at most is never less than in proportion');
    await page.locator('input[name="way"]').nth(1).check();
    await page.waitForSelector('[data-flow][data-done="true"]');
    await picture(page, `dinero-atras-${tag}`);

    assert.ok(placed, 'somebody was under a cell whose place is known');
    await page.goto(`${host.url}/#/c/${found.name}/entidad/${placed.node.id}`);
    await page.waitForSelector('[data-map][data-drawn="true"]');
    const summary = page.locator('[data-map] summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('[data-map] tbody tr').count(), placed.life.places.length, 'the table says every cell');
    await accessible(page, 'entidad con mapa');
    await page.locator('[data-map]').scrollIntoViewIfNeeded();
    await picture(page, `lugar-${tag}`);

    await page.goto(`${host.url}/#/c/${found.name}/comunidades/C1`);
    await page.waitForSelector('.screen[data-done="true"] .facts2');
    await accessible(page, 'comunidades con ficha');
    await page.locator('.facts2').scrollIntoViewIfNeeded();
    await picture(page, `comunidad-ficha-${tag}`);
    await close();
  });
}
