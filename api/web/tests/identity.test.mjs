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
  const parted = await ask(host.url, `${found.root}/as-of`, { id, as_of: new Date(Date.now() + 60_000).toISOString() });
  assert.ok(!parted.mentions.some((m) => m.id === mention && m.node.id === id), 'the mention stands elsewhere');
  await ask(host.url, `${found.root}/judge/undo`, { numbers, why });
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
