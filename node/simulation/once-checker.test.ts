/** The checker of sessions sees a request that was done twice, and one that was answered in two ways. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { INTERNAL } from '../src/kv/internal-codes.ts';
import { commandByName } from '../src/kv/commands.ts';
import { encodeOnce } from '../src/kv/once.ts';
import { ErrorReply, type Reply } from '../src/kv/reply.ts';
import { SESSION_BYTES } from '../src/kv/session-limits.ts';
import { Store } from '../src/kv/store.ts';
import type { Outcome } from '../src/replica/door.ts';
import { History } from './history.ts';
import { NaiveStore } from './naive-store.ts';
import { checkOnce } from './once-checker.ts';

const NOW_MS = 1_800_000_000_000;

function codeOf(name: string): number {
  return commandByName(name)?.code ?? assert.fail(name);
}

function once(session: string, sequence: number, name: string, args: readonly string[]): string[] {
  return encodeOnce({ session, sequence }, `${name} ${args.join(' ')}`, codeOf(name), args);
}

function answered(...outcomes: readonly Outcome[]): History {
  const history = new History();
  const args = once('s', 1, 'INCRBY', ['n', '1']);
  const call = { client: 1, path: 'log', code: INTERNAL.once, args, process: 1 } as const;
  for (const [request, outcome] of outcomes.entries()) {
    history.call({ ...call, request, calledAtMs: 0 }).outcome = outcome;
  }
  return history;
}

test('one execution and the same answer again are right, errors beside them too', () => {
  checkOnce(answered([0, 5], [1, 5], new ErrorReply('NOSESSION'), [1, 5], undefined as unknown as Outcome));
  checkOnce(answered([1, 5], [0, 5]));
});

test('two executions, or two answers, are a violation (OnceInSession)', () => {
  assert.throws(() => checkOnce(answered([0, 5], [0, 5])), /OnceInSession: request s\/1 .* was done twice/);
  assert.throws(() => checkOnce(answered([0, 5], [1, 6])), /OnceInSession: .* answered 5, then 6/);
});

test('the naive sessions and the real ones answer alike, whatever is evicted', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd');
  const step = fc.oneof(
    fc.tuple(fc.constant('open' as const), id),
    fc.tuple(fc.constant('end' as const), id),
    fc.tuple(
      fc.constantFrom('INCRBY', 'APPEND', 'GET', 'MGET', 'SET'),
      id,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('1', 'x'.repeat(30)),
    ),
  );
  const limits = { sessionsMax: 3, bytesMax: 2 * SESSION_BYTES + 60, replyBytesMax: 50 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const real = new Store(limits);
      const naive = new NaiveStore(limits);
      const open = new Set<string>();
      const both = (code: number, args: readonly string[]): Reply => {
        const reply = naive.execute(code, args, NOW_MS);
        assert.deepEqual(real.execute(code, args, { nowMs: NOW_MS, random: 0 }), reply);
        return reply;
      };
      for (const [kind, session, sequence = 1, value = ''] of steps) {
        if (kind === 'open') {
          // Ids are unique in a run.
          if (!open.has(session)) both(INTERNAL.openSession, [session]);
          open.add(session);
        } else if (kind === 'end') both(INTERNAL.endSession, [session]);
        else both(INTERNAL.once, once(session, sequence, kind, kind.endsWith('GET') ? ['k'] : ['k', value]));
      }
    }),
  );
});
