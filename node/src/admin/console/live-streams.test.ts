import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { Secret } from '../../auth/secret.ts';
import { LiveStreams, STREAMS_MAX } from './live-streams.ts';

/** An answer that takes what it is told to, and closes when the test says so. */
class Answer extends EventEmitter {
  writableLength = 0;
  writableEnded = false;
  destroyed = false;
  writes = 0;

  writeHead(): this {
    return this;
  }

  flushHeaders(): void {}

  write(): void {
    if (this.writableEnded) this.emit('error', new Error('write after end'));
    this.writes += 1;
  }

  end(): void {
    this.writableEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function setUp() {
  const world = { nowMs: 0, empties: 0 };
  const streams = new LiveStreams({ onEmpty: () => (world.empties += 1), nowMs: () => world.nowMs });
  const come = (secret?: Secret): Answer => {
    const answer = new Answer();
    streams.add(answer as unknown as ServerResponse, secret);
    return answer;
  };
  return { world, streams, come };
}

test('who is ended gets no frame behind the end, and is cut when it does not go', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { world, streams, come } = setUp();
  const [kept, gone] = [new Secret('kept'), new Secret('gone')];
  const [stays, ends] = [come(kept), come(gone)];
  streams.endAllBut([kept]);
  streams.send('frame');
  assert.deepEqual([stays.writes, ends.writes, ends.writableEnded], [1, 0, true]);
  t.mock.timers.tick(60_000);
  assert.deepEqual([stays.destroyed, ends.destroyed], [false, true]);
  streams.close();
  assert.equal(world.empties, 1, 'the clock rests once all of them end');
  stays.destroy();
  assert.equal(world.empties, 1);
});

test('an error of one connection ends that one alone', () => {
  const { streams, come } = setUp();
  const [broken, stays] = [come(), come()];
  broken.emit('error', new Error('reset'));
  assert.deepEqual([broken.destroyed, streams.count], [true, 1]);
  streams.send('frame');
  assert.equal(stays.writes, 1);
});

test('when all places are taken, who does not read goes for a newcomer, else who came first, but not at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { world, streams, come } = setUp();
  const answers = Array.from({ length: STREAMS_MAX }, () => come());
  assert.equal(streams.makeRoom(), false, 'all of them are new, and read');
  const [first, , third] = answers;
  assert(first !== undefined && third !== undefined);
  third.writableLength = 1_000;
  assert.equal(streams.makeRoom(), true);
  assert.deepEqual([first.writableEnded, third.writableEnded], [false, true]);
  come();
  world.nowMs = 3_600_000;
  assert.equal(streams.makeRoom(), true);
  assert.equal(first.writableEnded, true);
  assert.equal(streams.count, STREAMS_MAX - 1);
});
