import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OK } from '../kv/reply.ts';
import { queuedCommandBytes, queueingMsMax } from './limits.ts';
import { QueueingTurn } from './queueing-turn.ts';
import { RawClient } from './testing/raw-client.ts';
import { runServer } from './testing/running-server.ts';
import { StoreDoor } from './testing/store-door.ts';

test('the time for queueing is used up in one turn, and there again in the next', async () => {
  const turn = new QueueingTurn();
  assert.equal(turn.isOver(), false);
  const endMs = performance.now() + queueingMsMax;
  while (performance.now() <= endMs);
  assert.equal(turn.isOver(), true);
  await new Promise(setImmediate);
  assert.equal(turn.isOver(), false);
});

test('a client whose queue has to wait for its turn is answered all the same', async (context) => {
  const server = await runServer(context, new StoreDoor());
  // Nobody has time in any turn.
  server.memory.queueing.isOver = () => true;
  const client = await RawClient.open(server.port);
  client.send(`multi\r\n${'set a 1\r\n'.repeat(500)}exec\r\n`);
  await client.expect(`+${OK.text}\r\n${'+QUEUED\r\n'.repeat(500)}*500\r\n${'+OK\r\n'.repeat(500)}`);
});

test('queued commands count with what they hold beside their bytes', async (context) => {
  const server = await runServer(context, new StoreDoor());
  const client = await RawClient.open(server.port);
  client.send(`multi\r\n${'get a\r\n'.repeat(100)}`);
  await client.expect(`+OK\r\n${'+QUEUED\r\n'.repeat(100)}`);
  assert.ok(server.memory.bytes >= 100 * queuedCommandBytes, `${server.memory.bytes} bytes`);
});
