/** What a transaction may cost everybody, however little its commands say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queued } from './commands.arbitrary.ts';
import { INTERNAL } from './internal-codes.ts';
import { ErrorReply, OK } from './reply.ts';
import type { Reply } from './reply.ts';
import { Store } from './store.ts';
import { encodeTransaction } from './transaction.ts';

const CONTEXT = { nowMs: 1_000, random: 0.5 };
const LONG = 'x'.repeat(4 * 1024 * 1024);

function run(store: Store, ...words: string[]): Reply {
  const { code, args } = queued(words);
  return store.execute(code, args, CONTEXT);
}

function execute(store: Store, commands: string[][]): Reply[] {
  const args = encodeTransaction([], 0, commands.map(queued));
  return store.execute(INTERNAL.exec, args, CONTEXT) as Reply[];
}

/** How many of a transaction's commands were executed before it had taken too long. */
function executed(store: Store, commands: string[][]): number {
  const replies = execute(store, commands);
  const cut = replies.findIndex(
    (reply) => reply instanceof ErrorReply && /takes too long/.test(reply.message),
  );
  return cut < 0 ? replies.length : cut;
}

function repeated(times: number, words: (index: number) => string[]): string[][] {
  return Array.from({ length: times }, (_, index) => words(index));
}

test('a transaction that changes long values by a little is cut short', () => {
  for (const [name, words] of [
    ['APPEND', () => ['APPEND', 'long', 'x']],
    ['COPY', (index: number) => ['COPY', 'long', `copy${index}`]],
    [
      'RENAME',
      (index: number) => ['RENAME', index % 2 === 0 ? 'long' : 'other', index % 2 === 0 ? 'other' : 'long'],
    ],
    ['SETRANGE', () => ['SETRANGE', 'long', '0', 'x']],
    ['GET', () => ['GET', 'long']],
    ['GETRANGE', () => ['GETRANGE', 'long', '0', '-1']],
  ] as const) {
    const store = new Store();
    run(store, 'SET', 'long', LONG);
    const bytesBefore = store.bytes;
    assert.ok(executed(store, repeated(300, words)) < 50, name);
    assert.ok(store.bytes - bytesBefore < 160 * 1024 * 1024, name);
  }
});

/** A pattern that goes back at each character of such a key. */
const SLOW_PATTERN = `*${'a'.repeat(3_990)}b`;

test('a command that matches keys with a pattern for too long is refused', () => {
  const store = new Store();
  run(store, 'SET', 'a'.repeat(64 * 1024), '1');
  for (const words of [
    ['SCAN', '0', 'MATCH', SLOW_PATTERN],
    ['KEYS', SLOW_PATTERN],
  ]) {
    const [reply] = execute(store, [words]);
    assert.ok(reply instanceof ErrorReply, words[0]);
    assert.match(reply.message, /more than 4194304 steps/);
    assert.ok(
      executed(
        store,
        repeated(100, () => words),
      ) < 10,
      words[0],
    );
  }
  const walk = store.walk(queued(['KEYS', '*']).code, [SLOW_PATTERN]);
  assert.ok(walk.step() instanceof ErrorReply);
});

/** Goes back at each `a` but finds its end: half a million steps for each of these keys. */
const PATIENT_PATTERN = `*${'a'.repeat(500)}[0-9]*b`;
const PATIENT_KEYS = Array.from({ length: 20 }, (_, index) => `${'a'.repeat(2_000)}${index}b`).toSorted();

test('KEYS lets others run after some steps, and finds all the same', () => {
  const store = new Store();
  for (const name of PATIENT_KEYS) run(store, 'SET', name, '1');
  const walk = store.walk(queued(['KEYS', '*']).code, [PATIENT_PATTERN]);
  let reply = walk.step();
  let turns = 1;
  for (; reply === undefined; turns += 1) reply = walk.step();
  assert.deepEqual(reply, PATIENT_KEYS);
  assert.ok(turns > 10, `${turns} turns`);
});

test('SCAN ends early where its pattern takes long, and finds everything over several calls', () => {
  const store = new Store();
  for (const name of PATIENT_KEYS) run(store, 'SET', name, '1');
  const found: string[] = [];
  let cursor = '0';
  let calls = 0;
  do {
    const reply = run(store, 'SCAN', cursor, 'COUNT', '10000', 'MATCH', PATIENT_PATTERN);
    const [next, keys] = reply as [string, string[]];
    found.push(...keys);
    cursor = next;
    calls += 1;
  } while (cursor !== '0');
  assert.deepEqual(found.toSorted(), PATIENT_KEYS);
  assert.ok(calls > 10, `${calls} calls`);
});

test('a transaction with patterns that are costly to read is cut short', () => {
  const store = new Store();
  const words = ['SCAN', '0', 'MATCH', '[a]'.repeat(1_365)];
  assert.ok(
    executed(
      store,
      repeated(1_000, () => words),
    ) < 300,
  );
});

test('an older release matches for as long as it takes, and so do we where it is a part of the state', () => {
  const store = new Store();
  store.agreedVersion = 1;
  run(store, 'SET', 'a'.repeat(10_000), '1');
  assert.deepEqual(
    execute(store, [
      ['KEYS', SLOW_PATTERN],
      ['SCAN', '0', 'MATCH', SLOW_PATTERN],
    ]),
    [[], ['0', []]],
  );
});

test('a transaction that counts with extreme numbers is cut short', () => {
  const store = new Store();
  for (const [value, amount] of [
    ['1e4900', '1e-4900'],
    ['0', '9e4932'],
    ['0', '1'.repeat(4_900)],
    ['0', `0.${'1'.repeat(5_000)}`],
    ['0', '0x1p-16445'],
  ] as const) {
    const words = (index: number): string[] =>
      index % 2 === 0 ? ['SET', 'f', value] : ['INCRBYFLOAT', 'f', amount];
    assert.ok(executed(store, repeated(2_000, words)) < 600, `${value} ${amount.slice(0, 10)}`);
  }
  assert.equal(
    executed(
      store,
      repeated(3_000, () => ['INCRBYFLOAT', 'n', '1.5']),
    ),
    3_000,
  );
});

test('a transaction passes the quota by one command at most, and what makes the data smaller goes on', () => {
  const store = new Store();
  run(store, 'SET', 'long', 'x'.repeat(100_000));
  store.setGrowth({ quotaBytes: 1_000_000, diskFull: false });
  const copies = repeated(50, (index) => ['COPY', 'long', `copy${index}`]);
  const replies = execute(store, [...copies, ['DEL', 'copy0'], ['DEL', 'copy1'], ['SET', 'small', '1']]);
  assert.ok(store.bytes <= 1_100_000, `${store.bytes} bytes`);
  assert.ok(replies[49] instanceof ErrorReply && replies[49].message.startsWith('OOM '));
  assert.deepEqual(replies.slice(50), [1, 1, OK]);
  store.agreedVersion = 1;
  execute(store, copies);
  assert.ok(store.bytes > 5_000_000, 'an older release looks at the quota before the transaction alone');
});

test('a transaction is cut at the same command whatever a replica did before', () => {
  const stores = [new Store(), new Store()] as const;
  for (const store of stores) run(store, 'SET', 'long', LONG);
  for (let index = 0; index < 1_000; index += 1) stores[1].spend(0.1);
  const commands = repeated(300, (index) => ['APPEND', 'long', 'x'.repeat(index)]);
  const counts = stores.map((store) => executed(store, commands));
  assert.equal(counts[0], counts[1]);
  assert.equal(stores[0].digest, stores[1].digest);
});

test('an older release cuts no transaction, and neither do we while the cluster has agreed on its version', () => {
  const store = new Store();
  store.agreedVersion = 1;
  run(store, 'SET', 'long', LONG);
  assert.equal(
    executed(
      store,
      repeated(300, () => ['APPEND', 'long', 'x']),
    ),
    300,
  );
});
