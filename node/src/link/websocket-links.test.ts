/** Frames between replicas that accept each other. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import type { ReplicaId } from '../paxos/ballot.ts';
import { QUEUE_BYTES_MAX } from './connection.ts';
import { QUICK, count, helloOf, introduce, linked, rawPeer, start, until } from './loopback.fixture.ts';
import { FRAME_BYTES_MAX } from './web-socket-options.ts';

test('three replicas link up and exchange frames in the order in which they were sent', async (context) => {
  const replicas = [
    await start(context, { id: 1 }),
    await start(context, { id: 2 }),
    await start(context, { id: 3 }),
  ];
  introduce(...replicas);
  await until('all are linked', () => linked(...replicas));
  const frameCount = 500;
  for (let sequence = 0; sequence < frameCount; sequence += 1) {
    for (const from of replicas) {
      for (const to of replicas) {
        if (from === to) continue;
        const frame = Buffer.alloc(sequence % 7 === 0 ? 70_000 : 4 + (sequence % 300));
        frame.writeUInt32LE(sequence);
        assert.equal(from.links.send(to.peer.id, frame), true);
      }
    }
  }
  await until('all frames are there', () => replicas.every(({ frames }) => frames.length === 2 * frameCount));
  for (const { frames, peer } of replicas) {
    for (const other of replicas) {
      if (other.peer.id === peer.id) continue;
      const sequences = frames.filter((frame) => frame.peer === other.peer.id);
      for (const [index, { bytes }] of sequences.entries()) {
        assert.equal(Buffer.from(bytes).readUInt32LE(0), index);
        assert.equal(bytes.length, index % 7 === 0 ? 70_000 : 4 + (index % 300));
      }
    }
  }
});

test('an empty frame and the largest frame arrive whole', async (context) => {
  const [one, two] = [await start(context, { id: 1 }), await start(context, { id: 2 })];
  introduce(one, two);
  await until('linked', () => linked(one, two));
  const largest = new Uint8Array(FRAME_BYTES_MAX).fill(7);
  assert.equal(one.links.send(2, new Uint8Array(0)), true);
  assert.equal(one.links.send(2, largest), true);
  await until('both are there', () => two.frames.length === 2);
  assert.equal(two.frames[0]?.bytes.length, 0);
  assert.ok(Buffer.from(two.frames[1]?.bytes ?? []).equals(largest));
  assert.throws(() => one.links.send(2, new Uint8Array(FRAME_BYTES_MAX + 1)), /FRAME_BYTES_MAX/);
});

test('links measure the round trip of a peer that is up, and of no other', async (context) => {
  const [one, two] = [await start(context, { id: 1 }), await start(context, { id: 2 })];
  assert.equal(one.links.roundTripMs(2), undefined);
  introduce(one, two);
  await until(
    'measured',
    () => one.links.roundTripMs(2) !== undefined && two.links.roundTripMs(1) !== undefined,
  );
  assert.ok(one.events.some((event) => event.kind === 'peerRoundTrip' && event.peer === 2));
  await two.close();
  await until('down', () => !one.links.isUp(2));
  assert.equal(one.links.roundTripMs(2), undefined);
});

test('send() answers false to a peer without a link', async (context) => {
  const one = await start(context, { id: 1 });
  assert.equal(one.links.send(2, new Uint8Array(1)), false);
  assert.equal(one.links.sendBulk(2, new Uint8Array(1)), false);
});

test('a peer that comes back on the same port is linked again, whichever end it is', async (context) => {
  for (const [stays, restarts] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const one = await start(context, { id: stays });
    let two = await start(context, { id: restarts });
    introduce(one, two);
    await until('linked', () => linked(one, two));
    for (let round = 1; round <= 3; round += 1) {
      await two.close();
      await until('told', () => count(one.story, `down ${restarts}`) === count(one.story, `up ${restarts}`));
      assert.equal(one.links.send(restarts, new Uint8Array(1)), false);
      two = await start(context, { id: restarts, port: two.port });
      two.links.setPeers([one.peer]);
      await until('linked again', () => linked(one, two));
      one.links.send(restarts, Buffer.from(`round ${round}`));
      await until('frames flow', () => two.frames.length === 1);
      assert.equal(Buffer.from(two.frames[0]?.bytes ?? []).toString(), `round ${round}`);
    }
    assertAlternates(one.story, restarts);
    await two.close();
  }
});

/** Every `up` has exactly one `down`, or none yet. */
function assertAlternates(story: readonly string[], peer: ReplicaId): void {
  const told = story.filter((line) => line === `up ${peer}` || line === `down ${peer}`);
  for (const [index, line] of told.entries())
    assert.equal(line, `${index % 2 === 0 ? 'up' : 'down'} ${peer}`);
}

test('two replicas that dial each other at once settle on one connection', async (context) => {
  const eager = { ...QUICK, yieldMs: 0, backoffMsMin: 1 };
  for (let round = 0; round < 20; round += 1) {
    const one = await start(context, { id: 1, timing: eager });
    const two = await start(context, { id: 2, timing: eager });
    introduce(one, two);
    await until('linked', () => linked(one, two));
    let sequence = 0;
    // Either end may give up its first connection; after that frames flow both ways and nothing changes.
    await until('frames flow both ways', () => {
      sequence += 1;
      one.links.send(2, Buffer.from(`${sequence}`));
      two.links.send(1, Buffer.from(`${sequence}`));
      return one.frames.length > 20 && two.frames.length > 20 && linked(one, two);
    });
    assertAlternates(one.story, 2);
    assertAlternates(two.story, 1);
    await Promise.all([one.close(), two.close()]);
    assert.equal(count(one.story, 'up 2'), count(one.story, 'down 2'));
    assert.equal(count(two.story, 'up 1'), count(two.story, 'down 1'));
  }
});

test('bulk transfer does not hold up consensus frames', async (context) => {
  const [one, two] = [await start(context, { id: 1 }), await start(context, { id: 2 })];
  introduce(one, two);
  await until('linked', () => linked(one, two));
  const chunk = new Uint8Array(1024 * 1024);
  await until('the bulk link is up', () => one.links.sendBulk(2, chunk));
  for (let sent = 1; sent < 100;) {
    if (one.links.sendBulk(2, chunk)) sent += 1;
    else await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(one.links.send(2, Buffer.from('heartbeat')), true);
  await until('all is there', () => two.frames.length === 101);
  const heartbeat = two.frames.findIndex(({ bytes }) => bytes.length < 100);
  assert.ok(heartbeat < 100, 'the heartbeat came after all of the bulk');
  await until('the other direction too', () => two.links.sendBulk(1, chunk));
  await until('it is there', () => one.frames.length === 1);
});

test('the queue to a peer that does not read is bounded', async (context) => {
  const two = await start(context, { id: 2 });
  const raw = await rawPeer(two.port, helloOf(1, 2));
  await once(raw, 'message');
  raw.pause();
  const frame = new Uint8Array(1024 * 1024);
  let queued = 0;
  while (two.links.send(1, frame)) queued += frame.length;
  assert.ok(queued > QUEUE_BYTES_MAX / 2 && queued <= QUEUE_BYTES_MAX + 16 * frame.length, `${queued} bytes`);
  assert.equal(two.links.send(1, new Uint8Array(1)), false);
  raw.resume();
  await until('there is room again', () => two.links.send(1, new Uint8Array(1)));
  raw.terminate();
});

test('a removed peer that is named again at once keeps its link', async (context) => {
  const [one, two] = [await start(context, { id: 1 }), await start(context, { id: 2 })];
  introduce(one, two);
  await until('linked', () => linked(one, two));
  one.links.setPeers([]);
  one.links.setPeers([two.peer]);
  one.links.send(2, Buffer.from('still here'));
  await until('the frame is there', () => two.frames.length === 1);
  assert.equal(count(one.story, 'down 2'), 0);
});

test('a peer that moves is found at its new address', async (context) => {
  const one = await start(context, { id: 1 });
  const before = await start(context, { id: 2 });
  introduce(one, before);
  await until('linked', () => linked(one, before));
  const after = await start(context, { id: 2 });
  await before.close();
  one.links.setPeers([after.peer]);
  await until('linked', () => linked(one, after));
});

test('listen() reports a port that is taken', async (context) => {
  const one = await start(context, { id: 1 });
  await assert.rejects(start(context, { id: 2, port: one.port }), /EADDRINUSE/);
});

test('close() tells every link down before it is done, and frees the port', async (context) => {
  const [one, two] = [await start(context, { id: 1 }), await start(context, { id: 2 })];
  introduce(one, two);
  await until('linked', () => linked(one, two));
  await one.close();
  assert.deepEqual(one.story.at(-1), 'down 2');
  const server = createServer();
  server.listen(one.port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
});
