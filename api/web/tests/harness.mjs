// What the browser tests share: the real server on a world of its own, a browser that may speak to nobody else,
// and questions to the API by which a test finds what the world holds.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** The server under test: MADEJA_URL if one runs already, or the binary MADEJA_BIN with the training case. */
export async function server() {
  if (process.env.MADEJA_URL) return { url: process.env.MADEJA_URL.replace(/\/$/, ''), stop: async () => {} };
  const binary = process.env.MADEJA_BIN;
  assert.ok(binary, 'set MADEJA_BIN to the madeja binary, or MADEJA_URL to a server that runs');
  assert.ok(existsSync(binary), `${binary} is not there: cargo build -p api`);
  const folder = mkdtempSync(path.join(tmpdir(), 'madeja-page-'));
  const child = spawn(binary, ['demo', '--dir', path.join(folder, 'demo'), '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  const url = await new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no address within 10 minutes:\n${told.slice(-2000)}`)), 600_000);
    child.stderr.on('data', (chunk) => {
      told += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(told);
      if (found) {
        clearTimeout(limit);
        resolve(found[0]);
      }
    });
    child.on('exit', (code) => {
      clearTimeout(limit);
      reject(new Error(`madeja demo ended with ${code}:\n${told.slice(-2000)}`));
    });
  });
  const stop = async () => {
    child.removeAllListeners('exit');
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, stop };
}

/** A browser that Debian ships, or the one CHROMIUM names. */
export function browser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** A page in a language and theme that fails the test on any error of its console and any request off loopback. */
export async function visit(app, base, { lang = 'es', theme = 'light', width = 1366, height = 768 } = {}) {
  const context = await app.newContext({ viewport: { width, height }, colorScheme: theme, locale: lang });
  const page = await context.newPage();
  const faults = [];
  const allowed = new Set();
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const status = /status of (\d{3})/.exec(message.text());
    if (status && allowed.has(Number(status[1]))) return;
    faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, hostname, search, pathname } = new URL(request.url());
    if (protocol !== 'data:' && hostname !== '127.0.0.1') faults.push(`request leaves loopback: ${request.url()}`);
    if (/[?&](q|text|id)=/.test(search) || /tel:|acct:|doc:|%2B50/i.test(pathname + search)) faults.push(`an identifier stands in an address: ${request.url()}`);
  });
  await page.addInitScript((l) => localStorage.setItem('madeja.lang', l), lang);
  await page.goto(base);
  await page.waitForSelector('main[data-ready="true"]');
  await page.evaluate(() => document.fonts.ready);
  return {
    page,
    /** Lets one kind of refusal pass, which the browser itself reports as an error. */
    expectStatus: (status) => allowed.add(status),
    async close() {
      await context.close();
      assert.deepEqual(faults, []);
    },
  };
}

/** Nothing that axe calls serious or critical. */
export async function accessible(page, name) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return result.violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${v.id}: ${v.help} — ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} (${n.failureSummary?.split('\n')[1]?.trim() ?? ''})`).join('; ')}`);
  });
  assert.deepEqual(found, [], `axe on ${name}`);
}

/** Keeps a picture where MADEJA_SHOTS says. */
export async function picture(page, name) {
  const folder = process.env.MADEJA_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

/** Asks the API as the page does. */
export async function ask(base, route, body) {
  const answer = await fetch(`${base}${route}`, body === undefined ? { headers: { 'accept-language': 'es' } } : {
    method: 'POST', headers: { 'content-type': 'application/json', 'accept-language': 'es' }, body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${route}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** What a test looks for: a named person with contacts, whatever the world. */
export async function world(base) {
  const listed = await ask(base, '/api/cases');
  const name = (Array.isArray(listed) ? listed : listed.cases)[0].case;
  const root = `/api/cases/${encodeURIComponent(name)}`;
  const view = await ask(base, root);
  const { communities } = await ask(base, `${root}/communities?limit=10`);
  for (const { id } of communities) {
    const { members } = await ask(base, `${root}/communities/${id}`);
    const people = members.map((m) => m.node).filter((n) => n.kind === 'person' && !n.protected && n.degree >= 2 && n.label.split(' ').length >= 2);
    for (const person of people) {
      const ego = await ask(base, `${root}/ego`, { id: person.id, hops: 1, limit: 300 });
      if (ego.nodes.length >= 3 && ego.edges.some((e) => e.layer === 'calls' && e.first)) return { name, root, view, person, ego };
    }
  }
  throw new Error('the world holds no named person with contacts in a community');
}
