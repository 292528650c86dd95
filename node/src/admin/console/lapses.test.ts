import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LapseClock } from './lapses.ts';
import { parseSelf, type SelfReport } from './self-report.ts';

function report(role: string, chosen: number, durable: number): SelfReport {
  const id = '00000000000a';
  const said = parseSelf({
    id,
    role,
    ballot: `4.${id}`,
    leader: id,
    release: '0.1.0',
    ready: true,
    members: [],
  });
  assert(said !== undefined);
  return { ...said, chosen, durable };
}

test('LapseClock counts from when somebody led last', () => {
  const clock = new LapseClock(1_000);
  assert.equal(clock.note([report('leader', 5, 5)], true, 2_000).leaderlessMs, 0);
  assert.equal(clock.note([report('candidate', 5, 5)], false, 4_500).leaderlessMs, 2_500);
  assert.equal(clock.note([report('leader', 5, 5)], true, 5_000).leaderlessMs, 0);
});

test('LapseClock does not count while one leads that cannot be asked', () => {
  const clock = new LapseClock(0);
  assert.deepEqual(clock.note([report('follower', 5, 5)], true, 9_000), { leaderlessMs: 0, stillMs: 0 });
});

test('LapseClock counts for as long as the leader has accepted what no quorum does', () => {
  const clock = new LapseClock(0);
  assert.equal(clock.note([report('leader', 5, 6)], true, 1_000).stillMs, 0);
  assert.equal(clock.note([report('leader', 5, 7)], true, 4_000).stillMs, 3_000);
  assert.equal(clock.note([report('leader', 6, 7)], true, 5_000).stillMs, 0, 'something was chosen');
  assert.equal(clock.note([report('leader', 6, 6)], true, 9_000).stillMs, 0, 'nothing waits');
  assert.equal(clock.note([report('candidate', 6, 7)], false, 10_000).stillMs, 0, 'nobody leads');
});
