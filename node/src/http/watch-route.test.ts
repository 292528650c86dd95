import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { INTERNAL } from '../kv/internal-codes.ts';
import { encodeTransaction } from '../kv/transaction.ts';
import { EventStream } from './testing/event-stream.ts';
import { eventuallyOf } from './testing/patience.ts';
import { type RunningDoor, runDoor } from './testing/running-door.ts';

function put(door: RunningDoor, key: string, value: string): void {
  door.replica.store.execute(INTERNAL.put, [key, value, '', '', ''], { nowMs: 1_000, random: 0 });
}

async function problem(
  door: RunningDoor,
  query: string,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(door.url(`/v1/watch${query}`), { headers });
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
}

test('a stream says from where it reports, then sends each change with its revision as id', async (t) => {
  const door = await runDoor(t);
  put(door, 'users/0', 'before');
  const stream = await EventStream.open(door.url('/v1/watch?prefix=users/&prev=true'));
  await stream.first(1);
  put(door, 'users/1', 'Ann "Ü"\n');
  put(door, 'else', 'x');
  put(door, 'users/1', Buffer.from('Jürgen').toString('latin1'));
  door.replica.store.execute(30, ['users/1'], { nowMs: 1, random: 0 });
  put(door, 'users/\xff', '\xfe');
  door.replica.store.execute(42, [], { nowMs: 1, random: 0 });
  assert.deepEqual(await stream.first(6), [
    { id: '1', event: 'created', data: { from: 2, revision: 1 } },
    {
      id: '2',
      event: 'change',
      data: {
        revision: 2,
        events: [
          {
            type: 'put',
            key: 'users/1',
            value: 'QW5uICLcIgo=',
            valueEncoding: 'base64',
            createRevision: 2,
            version: 1,
            previous: null,
          },
        ],
      },
    },
    {
      id: '4',
      event: 'change',
      data: {
        revision: 4,
        events: [
          {
            type: 'put',
            key: 'users/1',
            value: 'Jürgen',
            createRevision: 2,
            version: 2,
            previous: 'QW5uICLcIgo=',
            previousEncoding: 'base64',
          },
        ],
      },
    },
    {
      id: '5',
      event: 'change',
      data: { revision: 5, events: [{ type: 'delete', key: 'users/1', previous: 'Jürgen' }] },
    },
    {
      id: '6',
      event: 'change',
      data: {
        revision: 6,
        events: [
          {
            type: 'put',
            key: 'dXNlcnMv/w==',
            keyEncoding: 'base64',
            value: '/g==',
            valueEncoding: 'base64',
            createRevision: 6,
            version: 1,
            previous: null,
          },
        ],
      },
    },
    { id: '7', event: 'change', data: { revision: 7, events: [{ type: 'clear' }] } },
  ]);
  stream.close();
});

test('a transaction is one change', async (t) => {
  const door = await runDoor(t);
  const stream = await EventStream.open(door.url('/v1/watch?prefix='));
  await stream.first(1);
  const commands = ['a', 'b', 'c'].map((key) => ({ code: 2, args: [key, '1', 'PX', '500'] }));
  door.replica.store.execute(INTERNAL.exec, encodeTransaction([], 0, commands), { nowMs: 1_000, random: 0 });
  const [, change] = await stream.first(2);
  const events = change?.data['events'] as Record<string, unknown>[];
  assert.deepEqual(
    events.map(({ key }) => key),
    ['a', 'b', 'c'],
  );
  assert.equal(events[0]?.['expiresAt'], 1_500);
  stream.close();
});

test('a stream resumes behind the last event that its client saw, whatever the address says', async (t) => {
  const door = await runDoor(t);
  for (let index = 1; index <= 5; index += 1) put(door, 'k', String(index));
  const stream = await EventStream.open(door.url('/v1/watch?key=k&from=1'), { 'Last-Event-ID': '3' });
  const ids = (await stream.first(3)).map(({ id }) => id);
  assert.deepEqual(ids, ['3', '4', '5']);
  stream.close();
});

test('bad requests get a problem before the stream begins', async (t) => {
  const door = await runDoor(t, undefined, { historyEventsMax: 2, watchesMax: 1 });
  for (const [query, detail] of [
    ['', 'query must have either key or prefix: it is ""'],
    ['?key=a&prefix=b', 'query must have either key or prefix: it is "key=a&prefix=b"'],
    ['?key=a&from=0', 'from must be an integer from 1 to 999999999999999: it is "0"'],
    ['?key=a&prev=1', 'prev must be true or false: it is "1"'],
    ['?kye=a', 'query parameter must be one of key, prefix, from, prev: it is "kye"'],
  ] as const) {
    const got = await problem(door, query);
    assert.deepEqual([got['status'], got['detail']], [400, detail]);
  }
  assert.equal((await problem(door, '?key=a', { 'Last-Event-ID': 'x' }))['status'], 400);
  assert.equal((await fetch(door.url('/v1/watch?key=a'), { method: 'POST' })).status, 405);
  assert.equal((await fetch(door.url('/v1/watch?key=a'), { method: 'HEAD' })).status, 405);
  for (let index = 1; index <= 5; index += 1) put(door, 'k', String(index));
  const compacted = await problem(door, '?key=k&from=2');
  assert.deepEqual([compacted['status'], compacted['code'], compacted['resumeFrom']], [410, 'compacted', 4]);
  const stream = await EventStream.open(door.url('/v1/watch?key=k'));
  const tooMany = await problem(door, '?key=k');
  assert.deepEqual([tooMany['status'], tooMany['code']], [503, 'too-many']);
  stream.close();
});

test('a watch of a revision that the cluster never came near is refused, and told where to go on', async (t) => {
  const door = await runDoor(t);
  put(door, 'a', '1');
  const { detail, ...rest } = await problem(door, '?key=a&from=500');
  assert.equal(rest['status'], 410);
  assert.equal(rest['code'], 'compacted');
  assert.equal(rest['resumeFrom'], 2);
  assert.match(String(detail), /at revision 1, and 500 is beyond the next/);
  assert.equal((await problem(door, '?key=a', { 'Last-Event-ID': '499' }))['status'], 410);
  const stream = await EventStream.open(door.url('/v1/watch?key=a&from=2'));
  assert.deepEqual((await stream.first(1))[0]?.data, { from: 2, revision: 1 });
  stream.close();
});

test('a watch that begins now is refused while nobody can say what now is', async (t) => {
  const door = await runDoor(t);
  const { Failure } = await import('../replica/door.ts');
  door.replica.failure = new Failure('notDone', 'no leader is known');
  assert.deepEqual((await problem(door, '?key=a'))['status'], 503);
  const stream = await EventStream.open(door.url('/v1/watch?key=a&from=1'));
  assert.equal((await stream.first(1))[0]?.event, 'created');
  stream.close();
});

test('a client that goes away takes its watch with it', async (t) => {
  const door = await runDoor(t);
  const stream = await EventStream.open(door.url('/v1/watch?prefix='));
  await stream.first(1);
  assert.equal(door.hub.counts.watches, 1);
  stream.close();
  await eventuallyOf(() => door.hub.counts.watches === 0);
});

test('watchers are told when the replica shuts down, and from where to go on', async (t) => {
  const door = await runDoor(t);
  put(door, 'k', '1');
  const stream = await EventStream.open(door.url('/v1/watch?key=k'));
  await stream.first(1);
  door.door.close(() => {});
  await stream.over();
  const last = stream.events.at(-1);
  assert.deepEqual(
    [last?.event, last?.data['code'], last?.data['resumeFrom'], last?.id],
    ['ended', 'closing', 2, undefined],
  );
});

/** Asks for a stream and reads nothing until told to. */
async function silentClient(door: RunningDoor): Promise<Socket> {
  const socket = connect(door.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /v1/watch?prefix= HTTP/1.1\r\nHost: x\r\n\r\n');
  await eventuallyOf(() => door.hub.counts.watches === 1);
  return socket;
}

test('a client that does not read is cut with the revision to resume from, and gets all up to it', async (t) => {
  const door = await runDoor(t, undefined, { queueEventsMax: 20 });
  const socket = await silentClient(door);
  socket.pause();
  const value = 'x'.repeat(100_000);
  let written = 0;
  while (door.hub.counts.ended.slow === 0) {
    put(door, 'k', value);
    written += 1;
    assert.ok(written < 5_000, 'sockets do not hold that much');
    await new Promise(setImmediate);
  }
  const chunks: string[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString('latin1')));
  socket.resume();
  await once(socket, 'close');
  const text = chunks.join('');
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  const resumeFrom = Number(/"resumeFrom":(\d+)/.exec(text)?.[1]);
  assert.match(text, /event: ended\ndata: \{"code":"slow"/);
  assert.deepEqual(
    ids,
    Array.from({ length: resumeFrom }, (_, id) => id),
  );
  assert.ok(resumeFrom <= written);
});
