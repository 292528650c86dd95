import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { queued } from './commands.arbitrary.ts';
import { growsData, commandByCode } from './commands.ts';
import { INTERNAL } from './internal-codes.ts';
import { encodeOnce } from './once.ts';
import { ErrorReply, OK } from './reply.ts';
import type { Reply } from './reply.ts';
import { SESSION_BYTES, SESSION_LIMITS, type SessionLimits } from './session-limits.ts';
import { Store } from './store.ts';
import { encodeTransaction, type QueuedCommand } from './transaction.ts';
import { encodeTxn } from './txn.ts';

const CONTEXT = { nowMs: 1_800_000_000_000, random: 0.5 };

class Client {
  readonly store: Store;
  constructor(limits?: SessionLimits) {
    this.store = new Store(limits);
  }
  open(id: string): Reply {
    return this.store.execute(INTERNAL.openSession, [id], CONTEXT);
  }
  end(id: string): Reply {
    return this.store.execute(INTERNAL.endSession, [id], CONTEXT);
  }
  once(session: string, sequence: number, line: string, fingerprint = line): Reply {
    const { code, args } = queued(line.split(' '));
    const once = encodeOnce({ session, sequence }, fingerprint, code, args);
    return this.store.execute(INTERNAL.once, once, CONTEXT);
  }
}

function isError(reply: Reply, word: string): void {
  assert.ok(reply instanceof ErrorReply && reply.message.startsWith(`${word} `), JSON.stringify(reply));
}

test('the same sequence is done once and answered alike; a higher one is done, a lower one is refused', () => {
  const client = new Client();
  assert.equal(client.open('s'), OK);
  assert.deepEqual(client.once('s', 1, 'INCR n'), [0, 1]);
  assert.deepEqual(client.once('s', 1, 'INCR n'), [1, 1]);
  assert.deepEqual(client.once('s', 5, 'INCR n'), [0, 2]);
  isError(client.once('s', 1, 'INCR n'), 'OLDSEQUENCE');
  isError(client.once('s', 5, 'INCR m'), 'OTHERREQUEST');
  isError(client.once('t', 1, 'INCR n'), 'NOSESSION');
  assert.deepEqual(client.once('s', 5, 'INCR n'), [1, 2]);
  assert.equal(client.store.revision, 2);
});

test('a session that has ended is gone, and no session opens twice', () => {
  const client = new Client();
  client.open('s');
  isError(client.open('s'), 'ERR');
  assert.equal(client.end('s'), 1);
  assert.equal(client.end('s'), 0);
  isError(client.once('s', 1, 'INCR n'), 'NOSESSION');
  assert.equal(client.store.sessions.bytes, 0);
});

test('an error is a reply like any other, and uses its number', () => {
  const client = new Client();
  client.open('s');
  client.once('s', 1, 'SET a text');
  const error = new ErrorReply('ERR value is not an integer or out of range');
  assert.deepEqual(client.once('s', 2, 'INCR a'), [0, error]);
  client.once('s', 3, 'SET a 1');
  isError(client.once('s', 2, 'INCR a'), 'OLDSEQUENCE');
});

test('over the limit of sessions the one goes that was named least recently, by whatever answer', () => {
  const client = new Client({ ...SESSION_LIMITS, sessionsMax: 3 });
  for (const id of ['a', 'b', 'c']) client.open(id);
  client.once('a', 1, 'INCR n');
  client.once('b', 2, 'INCR n');
  isError(client.once('b', 1, 'INCR n'), 'OLDSEQUENCE');
  client.open('d');
  isError(client.once('c', 1, 'INCR n'), 'NOSESSION');
  assert.deepEqual(client.once('a', 1, 'INCR n'), [1, 1]);
  client.open('e');
  isError(client.once('b', 2, 'INCR n'), 'NOSESSION');
  assert.equal(client.store.sessions.size, 3);
});

test('over the limit of bytes old sessions go, never the one that has just been used', () => {
  const limits = { sessionsMax: 100, bytesMax: 3 * SESSION_BYTES + 100, replyBytesMax: 60 };
  const client = new Client(limits);
  for (const id of ['a', 'b', 'c']) client.open(id);
  client.once('c', 1, `SET k ${'x'.repeat(50)}`);
  client.once('a', 1, 'GET k');
  assert.equal(client.store.sessions.size, 3);
  client.once('c', 2, 'GET k');
  assert.equal(client.store.sessions.size, 2, 'b has gone');
  isError(client.once('b', 1, 'GET k'), 'NOSESSION');
  assert.ok(client.store.sessions.bytes <= limits.bytesMax);
});

test('of a reply over its limit only that it was done is remembered', () => {
  const client = new Client({ ...SESSION_LIMITS, replyBytesMax: 20 });
  client.open('s');
  client.once('s', 1, `APPEND k ${'x'.repeat(30)}`);
  assert.deepEqual(client.once('s', 2, 'GET k'), [0, 'x'.repeat(30)]);
  isError(client.once('s', 2, 'GET k'), 'REPLYNOTKEPT');
  isError(client.once('s', 2, 'GET other'), 'OTHERREQUEST');
  assert.deepEqual(client.once('s', 3, 'APPEND k x'), [0, 31]);
});

test('limits that have no room for one session are refused (newest-session-stays)', () => {
  for (const limits of [
    { ...SESSION_LIMITS, sessionsMax: 0 },
    { sessionsMax: 1, bytesMax: SESSION_BYTES, replyBytesMax: 1 },
  ]) {
    assert.throws(() => new Store(limits), /newest-session-stays/);
  }
});

test('two stores that evict differently have different digests at once', () => {
  const small = new Client({ ...SESSION_LIMITS, sessionsMax: 1 });
  const large = new Client();
  for (const client of [small, large]) for (const id of ['a', 'b']) client.open(id);
  assert.notEqual(small.store.digest, large.store.digest);
});

test('a store that takes over an image goes on like the one that gave it, evictions and all', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('open' as const), id }),
    fc.record({ kind: fc.constant('end' as const), id }),
    fc.record({
      kind: fc.constant('once' as const),
      id,
      sequence: fc.integer({ min: 1, max: 4 }),
      line: fc.constantFrom('INCR n', 'APPEND k xxxxxxxxxx', 'GET k'),
    }),
  );
  const limits = { sessionsMax: 3, bytesMax: 3 * SESSION_BYTES + 60, replyBytesMax: 40 };
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const perform = (client: Client, each: Step): Reply => {
    if (each.kind === 'open') return client.open(each.id);
    if (each.kind === 'end') return client.end(each.id);
    return client.once(each.id, each.sequence, each.line);
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 30 }), (before, after) => {
      const original = new Client(limits);
      for (const each of before) perform(original, each);
      const copy = new Client(limits);
      const view = original.store.openView();
      copy.store.beginRestore(view.header);
      for (let image = view.next(); image !== undefined; image = view.next()) copy.store.restoreRecord(image);
      copy.store.sessions.restore(view.sessions);
      copy.store.endRestore(view.header.keys);
      view.close();
      for (const each of after) {
        assert.deepEqual(perform(copy, each), perform(original, each));
        assert.equal(copy.store.digest, original.store.digest);
        assert.equal(copy.store.sessions.bytes, original.store.sessions.bytes);
        assert.ok(copy.store.sessions.size <= limits.sessionsMax);
      }
      assert.deepEqual(copy.store.sessions.image(), original.store.sessions.image());
    }),
  );
});

function grows(code: number, args: readonly string[]): boolean {
  const command = commandByCode(code);
  assert(command !== undefined);
  return growsData(command, args);
}

function onceArgs(line: string): readonly string[] {
  const { code, args } = queued(line.split(' '));
  return encodeOnce({ session: 's', sequence: 1 }, '', code, args);
}

test('growsData looks into sessions and into transactions with conditions', () => {
  assert.equal(grows(INTERNAL.once, onceArgs('INCR n')), true);
  assert.equal(grows(INTERNAL.once, onceArgs('DEL n')), false);
  const exec = encodeTransaction([], 0, [queued(['SET', 'a', '1'])]);
  assert.equal(
    grows(INTERNAL.once, encodeOnce({ session: 's', sequence: 1 }, '', INTERNAL.exec, exec)),
    true,
  );
  const put = { code: INTERNAL.put, args: ['a', '1', '', '', ''] };
  const remove = { code: INTERNAL.delete, args: ['a', '', ''] };
  const txn = (success: QueuedCommand, failure: QueuedCommand) =>
    grows(INTERNAL.txn, encodeTxn({ comparisons: [], success: [success], failure: [failure] }));
  assert.equal(txn(remove, remove), false);
  assert.equal(txn(remove, put), true);
  assert.equal(grows(INTERNAL.openSession, ['s']), false);
});
