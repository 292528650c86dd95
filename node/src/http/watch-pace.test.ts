import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyOf } from './testing/patience.ts';
import { PIECES_AT_ONCE_MAX } from './watch-limits.ts';
import { type Paced, WatchPace } from './watch-pace.ts';

class Connection implements Paced {
  writes = 0;
  write(): void {
    this.writes += 1;
  }
}

test('few connections write at once; when many have something, each writes once after a moment', async () => {
  const pace = new WatchPace();
  const few = new Connection();
  pace.take(few);
  pace.take(few);
  assert.equal(few.writes, 2);
  const connections = Array.from({ length: 2 * PIECES_AT_ONCE_MAX }, () => new Connection());
  for (const connection of connections) pace.take(connection);
  const written = () => connections.reduce((sum, { writes }) => sum + writes, 0);
  const atOnce = written();
  assert.ok(atOnce <= PIECES_AT_ONCE_MAX + 1 && atOnce > 0, `${atOnce} wrote at once`);
  for (const connection of connections.slice(atOnce)) pace.take(connection);
  assert.equal(written(), atOnce);
  await eventuallyOf(() => written() === connections.length);
  await eventuallyOf(() => {
    // Once few have something again, they write at once again.
    const before = few.writes;
    pace.take(few);
    return few.writes === before + 1;
  });
});
