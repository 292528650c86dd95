/** Who is taken in as a peer, who is not, and whose link is cut. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';

import { WebSocket, WebSocketServer } from 'ws';

import type { Hello } from './hello.ts';
import {
  QUICK,
  count,
  helloOf,
  introduce,
  linked,
  rawPeer,
  refusals,
  start,
  until,
} from './loopback.fixture.ts';
import { FRAME_BYTES_MAX } from './web-socket-options.ts';

test('a replica of another cluster is refused, and both ends say why, once', async (context) => {
  const one = await start(context, { id: 1, cluster: 'c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1' });
  const two = await start(context, { id: 2, cluster: 'c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2' });
  introduce(one, two);
  await until('both said why', () => /cluster/.test(refusals(one)) && /cluster/.test(refusals(two)));
  assert.match(
    refusals(two),
    /replica 000000000001: you belong to cluster c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1, this replica to cluster c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2/,
  );
  assert.match(
    refusals(one),
    /refuses this replica: you belong to cluster c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1, this replica to cluster c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2/,
  );
  // The one end tries every 50 ms at most: let it be refused some times more.
  const attempts = await new Promise<number>((resolve) => {
    let seen = 0;
    const server = createServer((socket) => {
      socket.destroy();
      seen += 1;
      if (seen === 5) server.close(() => resolve(seen));
    });
    server.listen(0, '127.0.0.1', () => {
      one.links.setPeers([
        two.peer,
        { id: 9, host: '127.0.0.1', peerPort: (server.address() as AddressInfo).port },
      ]);
    });
  });
  assert.equal(attempts, 5);
  assert.equal(refusals(two).match(/you belong to cluster c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1/g)?.length, 1);
  assert.deepEqual(one.story, []);
  assert.deepEqual(two.story, []);
});

test('a replica that took the place of the wanted one is refused: its volume was lost', async (context) => {
  const one = await start(context, { id: 1 });
  const stranger = await start(context, { id: 5, cluster: undefined });
  one.links.setPeers([{ ...stranger.peer, id: 2 }]);
  await until('both said why', () => refusals(one) !== '' && refusals(stranger) !== '');
  assert.match(refusals(one), /refuses this replica: you want replica 000000000002, this is 000000000005/);
  assert.match(refusals(stranger), /you want replica 000000000002, this is 000000000005/);
  assert.deepEqual(stranger.story, []);
});

test('a peer that answers as somebody else is refused by the end that dialled', async (context) => {
  const impostor = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  context.after(() => impostor.close());
  await once(impostor, 'listening');
  const heard: string[] = [];
  impostor.on('connection', (webSocket) => {
    webSocket.on('message', (data) => heard.push((data as Buffer).toString()));
    webSocket.send(helloOf(3, 1));
  });
  const one = await start(context, { id: 1 });
  one.links.setPeers([{ id: 2, host: '127.0.0.1', peerPort: (impostor.address() as AddressInfo).port }]);
  await until('refused', () => heard.some((text) => text.includes('you are replica 000000000003')));
  assert.match(refusals(one), /replica 000000000002 at .*: you are replica 000000000003/);
  assert.deepEqual(one.story, []);
  for (const client of impostor.clients) client.terminate();
});

test('a fresh replica hears of its cluster before the link is up, from a peer that it does not know', async (context) => {
  for (const [member, fresh] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const old = await start(context, {
      id: member,
      cluster: 'c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1',
      timing: { ...QUICK, yieldMs: 20 },
    });
    const young = await start(context, { id: fresh, cluster: undefined });
    old.links.setPeers([young.peer]);
    await until('linked', () => old.links.isUp(fresh) && young.links.isUp(member));
    assert.deepEqual(young.story, [`hello ${member} c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1`, `up ${member}`]);
    assert.deepEqual(old.story, [`hello ${fresh} none`, `up ${fresh}`]);
    assert.equal(young.links.send(member, Buffer.from('thanks')), true);
    await until('the frame is there', () => old.frames.length === 1);
  }
});

test('probe() tells who is there, whatever its cluster, and leaves no link', async (context) => {
  const one = await start(context, { id: 1, cluster: undefined, process: '0123456789abcdef' });
  const two = await start(context, { id: 2, cluster: 'c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2' });
  const probe = (host: string, port: number) =>
    new Promise<Hello>((resolve, reject) => {
      one.links.probe(host, port, (error, hello) => (hello === undefined ? reject(error) : resolve(hello)));
    });
  const other = await probe('localhost', two.port);
  assert.deepEqual(
    [other.sender, other.cluster, other.bootstrapped],
    [2, 'c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2', true],
  );
  const itself = await probe('127.0.0.1', one.port);
  assert.deepEqual([itself.sender, itself.process, itself.bootstrapped], [1, '0123456789abcdef', false]);
  await two.close();
  await assert.rejects(probe('127.0.0.1', two.port), /nobody answers at 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  assert.deepEqual(one.story, []);
  assert.deepEqual(two.story, []);
});

test('a newer connection of the same peer replaces the older one', async (context) => {
  const two = await start(context, { id: 2 });
  const first = await rawPeer(two.port, helloOf(1, 2));
  await once(first, 'message');
  const second = await rawPeer(two.port, helloOf(1, 2));
  await once(second, 'message');
  await until('the older is closed', () => first.readyState === WebSocket.CLOSED);
  second.send(Buffer.from('newer'));
  await until('the frame is there', () => two.frames.length === 1);
  assert.deepEqual(two.story, [
    'hello 1 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1',
    'up 1',
    'down 1',
    'hello 1 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1',
    'up 1',
  ]);
  second.terminate();
});

test('a silent link is cut, accepted or dialled', async (context) => {
  const timing = { ...QUICK, silenceMsMax: 100 };
  const two = await start(context, { id: 2, timing });
  const silent = await rawPeer(two.port, helloOf(1, 2), false);
  await once(silent, 'close');
  assert.deepEqual(two.story, ['hello 1 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1', 'up 1', 'down 1']);
  assert.ok(two.events.some((event) => event.kind === 'linkDown' && event.reason === 'silent for 100 ms'));

  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
  context.after(() => server.close());
  await once(server, 'listening');
  server.on('connection', (webSocket) => {
    webSocket.once('message', () => webSocket.send(helloOf(3, 2)));
  });
  two.links.setPeers([{ id: 3, host: '127.0.0.1', peerPort: (server.address() as AddressInfo).port }]);
  await until('cut', () => two.story.includes('down 3'));
  two.links.setPeers([]);
  for (const client of server.clients) client.terminate();
});

test('a peer that accepts connections and never speaks is given up and tried again', async (context) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
  });
  context.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const one = await start(context, { id: 1, timing: { ...QUICK, handshakeMsMax: 50 } });
  one.links.setPeers([{ id: 2, host: '127.0.0.1', peerPort: (server.address() as AddressInfo).port }]);
  await until('three attempts', () => sockets.length >= 3);
  assert.ok(one.events.some((event) => event.kind === 'notice' && /no hello within 50 ms/.test(event.text)));
  await one.close();
  for (const socket of sockets) socket.destroy();
});

test('a text frame after the hello ends the link', async (context) => {
  const two = await start(context, { id: 2 });
  const raw = await rawPeer(two.port, helloOf(1, 2));
  await once(raw, 'message');
  raw.send('more text');
  const [code, reason] = (await once(raw, 'close')) as [number, Buffer];
  assert.deepEqual([code, reason.toString()], [1003, 'a text frame after the hello']);
  assert.deepEqual(two.story, ['hello 1 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1', 'up 1', 'down 1']);
});

test('a frame over the limit ends the link', async (context) => {
  const two = await start(context, { id: 2 });
  const raw = await rawPeer(two.port, helloOf(1, 2));
  raw.on('error', () => raw.terminate());
  await once(raw, 'message');
  raw.send(new Uint8Array(FRAME_BYTES_MAX + 1));
  await until('down', () => two.story.includes('down 1'));
  assert.equal(two.frames.length, 0);
});

test('a peer that leaves the configuration keeps its link for a while, and hears when it returns that it must end', async (context) => {
  let removed = false;
  const judge = () => (removed ? { reason: 'you were removed', ends: 'removed' as const } : undefined);
  const [one, two] = [await start(context, { id: 1 }), await start(context, { id: 2, judge })];
  introduce(one, two);
  await until('linked', () => linked(one, two));
  removed = true;
  two.links.setPeers([]);
  assert.equal(count(two.story, 'down 1'), 0);
  await until('cut', () => count(two.story, 'down 1') === 1);
  await until('told', () => one.story.includes('must end, removed: you were removed'));
  removed = false;
  two.links.setPeers([one.peer]);
  await until('linked again', () => linked(one, two));
});

/** What is found against every peer. */
function objection() {
  return { reason: 'your disk went back in time', ends: 'forgot' as const };
}

test('a peer that is objected to hears of it whichever end has dialled', async (context) => {
  for (const [judging, judged] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const strict = await start(context, { id: judging, judge: objection });
    const other = await start(context, { id: judged });
    introduce(strict, other);
    await until('told', () => other.story.includes('must end, forgot: your disk went back in time'));
    assert.equal(strict.links.isUp(judged), false);
    assert.equal(count(strict.story, `up ${judged}`), 0);
  }
});
