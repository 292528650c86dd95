/** The order of a replica's end, with parts that complete when the test says so. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { IN_FLIGHT_MS_MAX, Shutdown } from './shutdown.ts';

interface Running {
  readonly shutdown: Shutdown;
  /** What has happened so far. */
  readonly events: string[];
  /** Completes a part. */
  readonly complete: (part: 'leave' | 'closeDoors' | 'closeRest') => void;
}

function run(t: TestContext, drainMs: number): Running {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const events: string[] = [];
  const waiting = new Map<string, () => void>();
  const part = (name: string) => (done: () => void) => {
    events.push(name);
    waiting.set(name, done);
  };
  const shutdown = new Shutdown({
    drainMs,
    leave: part('leave'),
    refuseRequests: () => events.push('refuseRequests'),
    closeDoors: part('closeDoors'),
    stop: () => events.push('stop'),
    closeRest: part('closeRest'),
    notice: () => undefined,
    exit: (code) => events.push(`exit ${code}`),
  });
  return { shutdown, events, complete: (name) => waiting.get(name)?.() };
}

const CLOSED = ['refuseRequests', 'closeDoors', 'stop', 'closeRest', 'exit 0'];

test('the lead first, then the drain time, then the doors, then the replica, then the rest', (t) => {
  const { shutdown, events, complete } = run(t, 5_000);
  shutdown.ask();
  assert.deepEqual(events, ['leave']);
  complete('leave');
  t.mock.timers.tick(4_000);
  assert.deepEqual(events, ['leave']);
  t.mock.timers.tick(1_000);
  assert.deepEqual(events, ['leave', 'refuseRequests', 'closeDoors']);
  complete('closeDoors');
  assert.deepEqual(events, ['leave', ...CLOSED.slice(0, 4)]);
  complete('closeRest');
  assert.deepEqual(events, ['leave', ...CLOSED]);
  t.mock.timers.tick(IN_FLIGHT_MS_MAX);
  assert.deepEqual(events, ['leave', ...CLOSED]);
});

test('without a drain time it closes as soon as the lead is handed over', (t) => {
  const { shutdown, events, complete } = run(t, 0);
  shutdown.ask();
  complete('leave');
  assert.deepEqual(events, ['leave', 'refuseRequests', 'closeDoors']);
});

test('what is in flight for too long is answered with what is known', (t) => {
  const { shutdown, events, complete } = run(t, 0);
  shutdown.ask();
  complete('leave');
  t.mock.timers.tick(IN_FLIGHT_MS_MAX);
  assert.equal(events.at(-1), 'stop');
  complete('closeDoors');
  complete('closeRest');
  assert.deepEqual(events, ['leave', ...CLOSED.slice(0, 2), 'stop', 'closeRest', 'exit 0']);
});

test('asked again it waits for nobody, and once only', (t) => {
  const { shutdown, events, complete } = run(t, 5_000);
  shutdown.ask();
  shutdown.ask();
  assert.deepEqual(events, ['leave', 'refuseRequests', 'closeDoors', 'stop']);
  shutdown.ask();
  // What comes late changes nothing.
  complete('leave');
  t.mock.timers.tick(10_000);
  complete('closeDoors');
  complete('closeRest');
  assert.deepEqual(events, ['leave', ...CLOSED]);
});

test('asked again during the drain time it ends that', (t) => {
  const { shutdown, events, complete } = run(t, 5_000);
  shutdown.ask();
  complete('leave');
  shutdown.ask();
  assert.deepEqual(events, ['leave', 'refuseRequests', 'closeDoors', 'stop']);
});

test('asked again while requests are in flight it answers them with what is known', (t) => {
  const { shutdown, events, complete } = run(t, 0);
  shutdown.ask();
  complete('leave');
  shutdown.ask();
  assert.deepEqual(events, ['leave', 'refuseRequests', 'closeDoors', 'stop']);
});

test('a replica that stopped by itself hands nothing over, and ends with its own code', (t) => {
  const { shutdown, events, complete } = run(t, 5_000);
  shutdown.end(4);
  complete('closeDoors');
  complete('closeRest');
  assert.deepEqual(events, [...CLOSED.slice(0, 4), 'exit 4']);
});
