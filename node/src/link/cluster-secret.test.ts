/** Links between replicas that share a secret, and strangers who want one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { WebSocket, WebSocketServer } from 'ws';

import type { SecretFile } from '../auth/secret-file.ts';
import { Secret } from '../auth/secret.ts';
import { OTHER_SECRET, SECRET, secretsOf } from '../auth/testing/secret-files.ts';
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
import type { Replica } from './loopback.fixture.ts';
import { encodeProofs } from './proof.ts';
import type { Hello } from './hello.ts';

const NO_CHANNEL = new Uint8Array(0);
const NONCE = '5e'.repeat(32);

function secretFile(context: TestContext, ...lines: string[]): SecretFile {
  return secretsOf(context, lines).file;
}

/** Every text frame that comes, and a way to wait for them. */
class Talk {
  readonly frames: string[] = [];
  readonly webSocket: WebSocket;

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on('message', (data) => this.frames.push((data as Buffer).toString()));
    webSocket.on('error', () => undefined);
  }

  async frame(index: number): Promise<string> {
    await until(`frame ${index} comes`, () => this.frames.length > index);
    return this.frames[index] ?? '';
  }

  async closed(): Promise<void> {
    if (this.webSocket.readyState !== WebSocket.CLOSED) await once(this.webSocket, 'close');
  }
}

async function dialRaw(replica: Replica, text: string): Promise<Talk> {
  const webSocket = await rawPeer(replica.port, text);
  return new Talk(webSocket);
}

/** Who is there, or why nobody is. */
async function probe(from: Replica, to: Replica): Promise<string> {
  return await new Promise((resolve) => {
    from.links.probe('127.0.0.1', to.port, (error, answer) =>
      resolve(error === undefined ? `replica ${answer?.sender}` : error.message),
    );
  });
}

/** The raw peer of id 2 calls replica 1. */
function hello(fields: Partial<Hello> = {}): string {
  return helloOf(2, 1, { nonce: NONCE, ...fields });
}

test('replicas that share a secret link up, and pass frames in both directions', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const two = await start(context, { id: 2, secrets: secretFile(context, SECRET) });
  const three = await start(context, { id: 3, secrets: secretFile(context, OTHER_SECRET, SECRET) });
  introduce(one, two, three);
  await until('linked', () => linked(one, two, three));
  for (const [from, to] of [
    [one, two],
    [two, one],
    [three, one],
  ] as const) {
    // A large first frame: it may come in one chunk with the proof.
    const bytes = Buffer.alloc(1024 * 1024, from.peer.id);
    assert.ok(from.links.send(to.peer.id, bytes));
    await until('the frame is there', () => to.frames.some((frame) => bytes.equals(frame.bytes)));
    await until('bulk is up', () => from.links.sendBulk(to.peer.id, Buffer.of(1)));
  }
  assert.equal([one, two, three].map(refusals).join('').trim(), '');
});

test('replicas with different secrets refuse each other, and both say why', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const two = await start(context, { id: 2, secrets: secretFile(context, OTHER_SECRET) });
  introduce(one, two);
  const reason = /you and this replica have different cluster secrets/;
  await until('both said why', () => reason.test(refusals(one)) && reason.test(refusals(two)));
  assert.match(refusals(two), /it refuses this replica: you and this replica have different/);
  assert.deepEqual([one.story, two.story], [[], []]);
});

test('a replica with a secret and one without refuse each other, whoever dials, and say which is which', async (context) => {
  for (const [low, high] of [
    [SECRET, undefined],
    [undefined, SECRET],
  ]) {
    const files = [low, high].map((secret) =>
      secret === undefined ? {} : { secrets: secretFile(context, secret) },
    );
    const one = await start(context, { id: 1, ...files[0] });
    const two = await start(context, { id: 2, ...files[1] });
    introduce(one, two);
    await until('both said why', () => refusals(one) !== '' && refusals(two) !== '');
    const [withSecret, without] = low === undefined ? [two, one] : [one, two];
    // Each end repeats what it says to the other, or what it hears: the end that is dialled decides.
    const texts = [refusals(withSecret), refusals(without)].join('\n');
    assert.match(
      texts,
      low === undefined
        ? /replica 000000000001: this replica has a cluster secret, you have none \(--cluster-secret-file\)/
        : /replica 000000000001: you have a cluster secret, this replica has none \(--cluster-secret-file\)/,
    );
    assert.deepEqual([one.story, two.story], [[], []]);
    await one.close();
    await two.close();
  }
});

test('a stranger without the secret gets a challenge and no link, whatever it answers', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const wrong = encodeProofs([new Secret(OTHER_SECRET)], 'dialler', {
    dialler: hello(),
    acceptor: '',
    channel: NO_CHANNEL,
  });
  const answers: [string | Buffer, RegExp][] = [
    [wrong, /different cluster secrets/],
    [hello(), /proofs must be a list of 1 to 2/],
    ['{"proofs":["xyz"]}', /proofs must be texts of 64 hexadecimal digits/],
    [`{"proofs":["${'0'.repeat(64)}","${'0'.repeat(64)}","${'0'.repeat(64)}"]}`, /a list of 1 to 2/],
    ['proofs!', /must be JSON/],
    [Buffer.from('binary'), /proofs must be a text frame/],
    [`{"padding":"${'x'.repeat(4_096)}"}`, /proofs length must be at most 4096 bytes/],
  ];
  for (const [answer, rule] of answers) {
    const talk = await dialRaw(one, hello());
    await talk.frame(1);
    talk.webSocket.send(answer);
    const { refused } = JSON.parse(await talk.frame(2)) as { refused: string };
    assert.match(refused, rule);
    await talk.closed();
  }
  assert.deepEqual(one.story, []);
  assert.ok(!refusals(one).includes(SECRET));
});

test('a hello without the promised proof, and one that asks for none, open nothing', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const downgraded = await dialRaw(one, helloOf(2, 1));
  assert.match(await downgraded.frame(0), /this replica has a cluster secret, you have none/);
  await downgraded.closed();
  const garbled = await dialRaw(one, hello().replace(NONCE, 'short'));
  assert.match(await garbled.frame(0), /hello\.nonce must be 64 hexadecimal digits/);
  await garbled.closed();
  assert.deepEqual(one.story, []);
});

test('a recorded handshake does not open a second link', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const secrets = [new Secret(SECRET)];
  const first = await dialRaw(one, hello());
  const answer = await first.frame(0);
  await first.frame(1);
  const proofs = encodeProofs(secrets, 'dialler', {
    dialler: hello(),
    acceptor: answer,
    channel: NO_CHANNEL,
  });
  first.webSocket.send(proofs);
  await until('it is up', () => count(one.story, 'up 2') === 1);
  first.webSocket.terminate();
  await until('it is down', () => count(one.story, 'down 2') === 1);

  const replayed = await dialRaw(one, hello());
  assert.notEqual(await replayed.frame(0), answer, 'each answer has a nonce of its own');
  replayed.webSocket.send(proofs);
  assert.match(await replayed.frame(2), /different cluster secrets/);
  await replayed.closed();
  assert.equal(count(one.story, 'up 2'), 1);
});

test('what a replica proves as the one that was called is no proof of the one that calls', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const talk = await dialRaw(one, hello());
  const proofs = await talk.frame(1);
  talk.webSocket.send(proofs);
  assert.match(await talk.frame(2), /different cluster secrets/);
  await talk.closed();
  assert.deepEqual(one.story, []);
});

test('a stranger that is called gets no proof, and can not use the caller to make its own', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const impostor = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  context.after(() => impostor.close());
  await once(impostor, 'listening');
  const called = once(impostor, 'connection');
  one.links.setPeers([{ id: 2, host: '127.0.0.1', peerPort: (impostor.address() as AddressInfo).port }]);
  const [webSocket] = (await called) as [WebSocket];
  const caller = new Talk(webSocket);

  // The caller's own hello goes back to the caller's peer port, in the hope of a proof for it.
  const oracle = await dialRaw(one, await caller.frame(0));
  assert.match(await oracle.frame(0), /you say that you are replica 000000000001/);
  await oracle.closed();
  assert.equal(oracle.frames.length, 1);

  // Another hello gets a proof, but of another conversation.
  const other = await dialRaw(one, hello());
  webSocket.send(helloOf(2, 1, { nonce: NONCE }));
  webSocket.send(await other.frame(1));
  assert.match(await caller.frame(1), /"refused":"you and this replica have different cluster secrets/);
  assert.deepEqual(one.story, []);
});

test('a stranger that sends no proof, or sends it byte by byte, is cut off by the time limit', async (context) => {
  const one = await start(context, {
    id: 1,
    secrets: secretFile(context, SECRET),
    timing: { ...QUICK, handshakeMsMax: 200 },
  });
  const silent = await dialRaw(one, hello());
  await silent.frame(1);
  const slow = connect(one.port, '127.0.0.1');
  const drip = setInterval(() => slow.write('G'), 20);
  slow.on('error', () => undefined);
  await Promise.all([silent.closed(), once(slow, 'close')]);
  clearInterval(drip);
  assert.deepEqual(one.story, []);
});

test('frames before a proof are counted: a flood of them is cut off', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const talk = await dialRaw(one, hello());
  await talk.frame(1);
  // The announcement of 16 MiB, and some of it.
  const { _socket: socket } = talk.webSocket as unknown as { _socket: import('node:net').Socket };
  socket.write(Buffer.concat([Buffer.from('82ff000000000100000000000000', 'hex'), Buffer.alloc(200_000)]));
  await talk.closed();
  assert.deepEqual(one.story, []);
});

test('a probe learns who is there only from a replica that knows the secret', async (context) => {
  const one = await start(context, { id: 1, secrets: secretFile(context, SECRET) });
  const friend = await start(context, { id: 2, cluster: undefined, secrets: secretFile(context, SECRET) });
  const stranger = await start(context, { id: 3, secrets: secretFile(context, OTHER_SECRET) });
  const open = await start(context, { id: 4 });
  assert.equal(await probe(friend, one), 'replica 1');
  assert.match(await probe(stranger, one), /is no peer: you and this replica have different cluster secrets/);
  assert.match(await probe(one, open), /is no peer: .*cluster secret/);
  assert.match(await probe(open, one), /is no peer: this replica has a cluster secret, you have none/);
});

test('a secret is replaced without a moment apart: both in the file, then the new one alone', async (context) => {
  const files = [1, 2, 3].map(() => secretsOf(context, [SECRET]));
  const replicas = await Promise.all(
    files.map(({ file }, index) => start(context, { id: index + 1, secrets: file })),
  );
  introduce(...replicas);
  await until('linked', () => linked(...replicas));

  for (const file of files) await file.replace(SECRET, OTHER_SECRET);
  assert.ok(linked(...replicas), 'a second secret cuts no link');
  assert.equal(replicas.flatMap(({ story }) => story.filter((line) => line.startsWith('down'))).length, 0);

  for (const file of files) await file.replace(OTHER_SECRET);
  await until('linked by the new secret', () => linked(...replicas));
  const fourth = await start(context, { id: 4, secrets: secretFile(context, OTHER_SECRET) });
  introduce(...replicas, fourth);
  await until('all linked', () => linked(...replicas, fourth));
  assert.equal(replicas.map(refusals).join('').trim(), '');
});

test('a link that was proven by a secret that is gone is cut', async (context) => {
  const secrets = secretsOf(context, [SECRET]);
  const one = await start(context, { id: 1, secrets: secrets.file });
  const two = await start(context, { id: 2, secrets: secretFile(context, SECRET) });
  introduce(one, two);
  await until('linked', () => linked(one, two));
  await secrets.replace(OTHER_SECRET);
  await until('cut', () => !one.links.isUp(2) && !two.links.isUp(1));
  await until('and refused', () => /different cluster secrets/.test(refusals(one) + refusals(two)));
  const reasons = one.events.map((event) => (event.kind === 'linkDown' ? event.reason : ''));
  assert.ok(reasons.includes('its cluster secret is not in force any more'));
});
