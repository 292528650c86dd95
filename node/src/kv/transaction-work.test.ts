/** What a transaction may cost everybody, however little its commands say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queued } from './commands.arbitrary.ts';
import { INTERNAL } from './internal-codes.ts';
import { ErrorReply } from './reply.ts';
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
