import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { INTERNAL } from '../kv/internal-codes.ts';
import { WATCHES_PER_CONNECTION_MAX } from '../watch/limits.ts';
import { eventuallyOf } from './testing/patience.ts';
import { type RunningDoor, runDoor } from './testing/running-door.ts';

type Message = Record<string, unknown>;

class Client {
  readonly messages: Message[] = [];
  readonly webSocket: WebSocket;

  constructor(t: TestContext, door: RunningDoor, options: { origin?: string } = {}) {
    this.webSocket = new WebSocket(`ws://127.0.0.1:${door.port}/v1/watch`, options);
    this.webSocket.on('message', (data: Buffer) =>
      this.messages.push(JSON.parse(data.toString('utf8')) as Message),
    );
    t.after(() => this.webSocket.terminate());
  }

  async open(): Promise<this> {
    await once(this.webSocket, 'open');
    return this;
  }

  say(message: unknown): void {
    this.webSocket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async first(count: number): Promise<Message[]> {
    await eventuallyOf(() => this.messages.length >= count);
    return this.messages.slice(0, count);
  }

  async next(): Promise<Message> {
    await eventuallyOf(() => this.messages.length > 0);
    return this.messages.shift() ?? {};
  }
}

function put(door: RunningDoor, key: string, value: string): void {
  door.replica.store.execute(INTERNAL.put, [key, value, '', '', ''], { nowMs: 1_000, random: 0 });
}

test('one connection has several watches, each with its own number, and bookmarks on request', async (t) => {
  const door = await runDoor(t);
  put(door, 'a', '1');
  const client = await new Client(t, door).open();
  client.say({ type: 'create', watch: 1, key: 'a', from: 1 });
  client.say({ type: 'create', watch: 2, prefix: '', prev: true, from: 2 });
  assert.deepEqual(await client.next(), { type: 'created', watch: 1, from: 1, revision: 1 });
  assert.deepEqual(await client.next(), { type: 'created', watch: 2, from: 2, revision: 1 });
  const put1 = { type: 'put', key: 'a', value: '1', createRevision: 1, version: 1 };
  assert.deepEqual(await client.next(), {
    type: 'changes',
    changes: [{ watch: 1, revision: 1, events: [put1] }],
  });
  put(door, 'a', '2');
  const put2 = { ...put1, value: '2', version: 2 };
  assert.deepEqual(await client.next(), {
    type: 'changes',
    changes: [
      { watch: 1, revision: 2, events: [put2] },
      { watch: 2, revision: 2, events: [{ ...put2, previous: '1' }] },
    ],
  });
  client.say({ type: 'progress' });
  assert.deepEqual(await client.next(), { type: 'bookmark', revision: 2, watches: [1, 2] });
  client.say({ type: 'cancel', watch: 1 });
  assert.deepEqual(await client.next(), { type: 'cancelled', watch: 1 });
  put(door, 'a', '3');
  const { changes } = await client.next();
  assert.deepEqual(
    (changes as Message[]).map(({ watch }) => watch),
    [2],
  );
  client.webSocket.close();
  await eventuallyOf(() => door.hub.counts.watches === 0);
});

test('a watch without a revision begins now, and its key may be base64', async (t) => {
  const door = await runDoor(t);
  put(door, '\xff', '1');
  const client = await new Client(t, door).open();
  client.say({ type: 'create', watch: 7, key: '/w==', keyEncoding: 'base64' });
  assert.deepEqual(await client.next(), { type: 'created', watch: 7, from: 2, revision: 1 });
  put(door, '\xff', '2');
  assert.equal((await client.next())['type'], 'changes');
});

test('bad messages are refused by member, value and rule, and the connection goes on', async (t) => {
  const door = await runDoor(t, undefined, { historyEventsMax: 2 });
  for (let index = 1; index <= 5; index += 1) put(door, 'k', String(index));
  const client = await new Client(t, door).open();
  for (const [message, detail] of [
    ['nonsense', 'the message must be JSON: it is "nonsense"'],
    ['[1]', 'the message must be an object: it is "[1]"'],
    [{ type: 'make' }, 'type must be create, cancel or progress: it is "make"'],
    [{ type: 'create', watch: 1 }, 'key or prefix must be given, and not both: it is null'],
    [{ type: 'create', watch: 1, key: 'a', from: 1.5 }, 'from must be an integer of at least 1: it is 1.5'],
    [
      { type: 'create', watch: 1, key: 'a', form: 1 },
      'member must be one of type, watch, key, keyEncoding, prefix, prefixEncoding, from, prev: it is "form"',
    ],
    [{ type: 'cancel', watch: 1 }, 'watch must be the number of a watch of this connection: it is 1'],
  ] as const) {
    client.say(message);
    const refused = await client.next();
    assert.deepEqual(
      [refused['type'], refused['code'], refused['detail']],
      ['refused', 'invalid-input', detail],
    );
    if (typeof message === 'object' && 'watch' in message) assert.equal(refused['watch'], 1);
  }
  client.say({ type: 'create', watch: 1, key: 'k', from: 2 });
  const compacted = await client.next();
  assert.deepEqual(
    [compacted['type'], compacted['code'], compacted['resumeFrom']],
    ['refused', 'compacted', 4],
  );
  client.say({ type: 'create', watch: 1, key: 'k', from: 4 });
  assert.equal((await client.next())['type'], 'created');
  client.say({ type: 'create', watch: 1, key: 'k', from: 4 });
  await eventuallyOf(() => client.messages.some(({ type }) => type === 'refused'));
});

test('a connection has a limit of watches', async (t) => {
  const door = await runDoor(t);
  const client = await new Client(t, door).open();
  for (let watch = 0; watch <= WATCHES_PER_CONNECTION_MAX; watch += 1) {
    client.say({ type: 'create', watch, key: `k${watch}`, from: 1 });
  }
  const last = (await client.first(WATCHES_PER_CONNECTION_MAX + 1)).at(-1);
  assert.deepEqual([last?.['type'], last?.['code']], ['refused', 'too-many']);
  assert.equal(door.hub.counts.watches, WATCHES_PER_CONNECTION_MAX);
});

test('a slow watch is ended with the revision to resume from, and misses nothing when it does', async (t) => {
  const door = await runDoor(t, undefined, { queueEventsMax: 10 });
  const client = await new Client(t, door).open();
  client.say({ type: 'create', watch: 1, prefix: '', from: 1 });
  await client.next();
  client.webSocket.pause();
  const value = 'x'.repeat(100_000);
  let written = 0;
  while (door.hub.counts.ended.slow === 0) {
    put(door, 'k', value);
    written += 1;
    assert.ok(written < 5_000, 'sockets do not hold that much');
    await new Promise(setImmediate);
  }
  client.webSocket.resume();
  await eventuallyOf(() => client.messages.some(({ type }) => type === 'ended'));
  const ended = client.messages.pop();
  assert.equal(ended?.['code'], 'slow');
  client.say({ type: 'create', watch: 2, prefix: '', from: ended?.['resumeFrom'] });
  const revisions = () =>
    client.messages.flatMap(({ changes }) => ((changes ?? []) as Message[]).map(({ revision }) => revision));
  await eventuallyOf(() => revisions().length >= written);
  assert.deepEqual(
    revisions(),
    Array.from({ length: written }, (_, index) => index + 1),
  );
});

test('a page of another site, a query and another path are refused over plain HTTP', async (t) => {
  const door = await runDoor(t);
  const upgrade = (path: string, more = ''): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(door.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      socket.on('close', () => resolve(text));
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`,
      );
      if (path !== '/v1/watch') socket.end();
    });
  assert.match(
    await upgrade('/v1/watch', 'Origin: http://evil.example\r\n'),
    /^HTTP\/1.1 403 [^]*problem\+json/,
  );
  assert.match(await upgrade('/v1/watch?key=a'), /^HTTP\/1.1 400 [^]*must be one of \(none\)/);
  assert.match(await upgrade('/v1/nothing'), /^HTTP\/1.1 404 /);
  const client = await new Client(t, door, { origin: `http://127.0.0.1:${door.port}` }).open();
  client.say({ type: 'progress' });
  client.webSocket.close();
});

test('who asks for bookmarks again and again gets some, and keeps nobody waiting', async (t) => {
  const door = await runDoor(t);
  const client = await new Client(t, door).open();
  for (let watch = 1; watch <= 100; watch += 1) client.say({ type: 'create', watch, key: 'a', from: 1 });
  await client.first(100);
  let asked = 0;
  const sentThrough = door.hub.sentThrough.bind(door.hub);
  door.hub.sentThrough = (watch) => {
    asked += 1;
    return sentThrough(watch);
  };
  for (let index = 0; index < 20_000; index += 1) client.say({ type: 'progress' });
  client.say({ type: 'cancel', watch: 1 });
  await eventuallyOf(() => client.messages.some(({ type }) => type === 'cancelled'));
  // 100 messages make one question about each watch; each question about all of them would be 2,000,000.
  assert.ok(asked <= 200_000, `${asked} questions`);
  await eventuallyOf(() => client.messages.at(-1)?.['type'] === 'bookmark');
});

test('the end of a replica is told to each watch, then the connection is closed', async (t) => {
  const door = await runDoor(t);
  const client = await new Client(t, door).open();
  client.say({ type: 'create', watch: 1, key: 'a', from: 1 });
  await client.next();
  const closed = once(client.webSocket, 'close');
  door.door.close(() => {});
  const [code] = (await closed) as [number];
  assert.equal(code, 1001);
  const ended = await client.next();
  assert.deepEqual([ended['type'], ended['code'], ended['resumeFrom']], ['ended', 'closing', 1]);
});
