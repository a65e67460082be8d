// Who is who over the API: an entity's lineage, its past, and a mention taken out of it and put back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, server, world } from './harness.mjs';

let host, found;
before(async () => {
  host = await server();
  found = await world(host.url);
});
after(async () => host?.stop());

/** Results come beside the answers where they take longer. */
async function settled() {
  while ((await ask(host.url, `${found.root}/state`)).updating) await new Promise((resolve) => setTimeout(resolve, 100));
}

const of = (id) => ask(host.url, `${found.root}/lineage`, { id });

test('a mention is taken out of an entity, its past stays, and undoing puts it back', async () => {
  const { id } = found.person;
  const before = await of(id);
  assert.equal(before.node.id, id);
  assert.ok(before.joins.length > 0, 'several rows became one');
  const today = new Date().toISOString();
  const then = await ask(host.url, `${found.root}/as-of`, { id, as_of: today });
  assert.ok(then.mentions.length > 1);
  const mention = then.mentions.at(-1).id;
  const why = 'prueba: la fila es de otra persona';
  const { numbers } = await ask(host.url, `${found.root}/split`, { id, mentions: [mention], why });
  assert.ok(numbers.length > 0);
  await settled();
  const parted = await ask(host.url, `${found.root}/as-of`, { id, as_of: new Date(Date.now() + 60_000).toISOString() });
  assert.ok(!parted.mentions.some((m) => m.id === mention && m.node.id === id), 'the mention stands elsewhere');
  await ask(host.url, `${found.root}/judge/undo`, { numbers, why });
  await settled();
  const again = await of(id);
  assert.deepEqual(again.joins, before.joins);
});

test('a moment that is none and an undo of nothing are refused with what to write', async () => {
  for (const [route, body, says] of [['as-of', { id: found.person.id, as_of: 'ayer' }, /2026-03-14/], ['judge/undo', { numbers: [], why: 'x' }, /numbers/]]) {
    const answer = await fetch(`${host.url}${found.root}/${route}`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'accept-language': 'es' }, body: JSON.stringify(body),
    });
    assert.equal(answer.status, 422);
    assert.match(JSON.stringify(await answer.json()), says);
  }
});

test('questions are answered while judgements that come at once are worked in', async () => {
  const { pairs } = await ask(host.url, `${found.root}/review?limit=4`);
  const { id } = found.person;
  const ids = pairs.length > 0 ? pairs.map((p) => [p.a_mention, p.b_mention]) : [];
  const { mentions } = await ask(host.url, `${found.root}/as-of`, { id, as_of: new Date().toISOString() });
  ids.push([mentions[0].id, mentions[1].id]);
  const why = 'prueba: a la vez';
  let deciding = true;
  const decided = Promise.all(ids.map(([a, b]) => ask(host.url, `${found.root}/judge`, { a, b, judgement: 'unsure', why })))
    .finally(() => { deciding = false; });
  let answered = 0;
  while (deciding) {
    assert.equal((await ask(host.url, `${found.root}/node`, { id })).node.id, id);
    await ask(host.url, `${found.root}/rhythm`, { id });
    answered += 1;
  }
  assert.ok(answered > 0);
  const numbers = (await decided).map((d) => d.number);
  assert.equal(new Set(numbers).size, ids.length, 'each judgement has a number of its own');
  await settled();
  const told = await ask(host.url, `${found.root}/explain`, { a: ids[0][0], b: ids[0][1] });
  assert.equal(told.decision, 'unsure');
  const undone = await ask(host.url, `${found.root}/judge/undo`, { numbers, why });
  assert.deepEqual(undone.numbers, numbers);
  await settled();
  assert.equal((await ask(host.url, `${found.root}/explain`, { a: ids[0][0], b: ids[0][1] })).decision ?? null, null);
});

test('a judgement that contradicts earlier ones is refused at once and leaves nothing behind', async () => {
  const { id } = found.person;
  const { mentions } = await ask(host.url, `${found.root}/as-of`, { id, as_of: new Date().toISOString() });
  const [a, b, c] = mentions.map((m) => m.id);
  const why = 'prueba: contradicción';
  const same = (a, b) => ask(host.url, `${found.root}/judge`, { a, b, judgement: 'same', why });
  const numbers = [(await same(a, b)).number, (await same(b, c)).number];
  const answer = await fetch(`${host.url}${found.root}/judge`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'accept-language': 'es' },
    body: JSON.stringify({ a, b: c, judgement: 'different', why }),
  });
  const told = await answer.text();
  assert.ok(!answer.ok && numbers.every((n) => told.includes(String(n))), `${answer.status} ${told}`);
  await settled();
  assert.equal((await ask(host.url, `${found.root}/explain`, { a, b: c })).decision ?? null, null);
  await ask(host.url, `${found.root}/judge/undo`, { numbers, why });
  await settled();
});
