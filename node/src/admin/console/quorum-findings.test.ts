/** What is advised when nobody leads, or nothing gets through; the sentences themselves are tried with all others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  A,
  answers,
  B,
  C,
  D,
  member,
  MEMBERS,
  report,
  SILENT,
  viewWith,
  WELL,
  withAsked,
  world,
} from '../testing/console-world.ts';
import { findingsOf } from './findings.ts';

const LEADERLESS = { ...WELL, leaderlessMs: 30_000 };
const STILL = { ...WELL, stillMs: 30_000 };

test('a cluster of one without a leader is told to look at its disk, and not at its links', () => {
  const here = report(A, { role: 'candidate', leader: undefined, members: [member(A)] });
  const [first] = findingsOf(viewWith(here, new Map(), LEADERLESS));
  assert.equal(first?.sentence, 'Nobody has led for 30 s, though the only voter answers.');
  assert.match(first.advice, /disk stands still/);
  assert.doesNotMatch(first.advice, /each other/);
});

test('several without a leader are told of links and of disks', () => {
  const changes = { role: 'candidate', leader: undefined };
  const asked = answers(report(A, changes), report(C, changes));
  const [first] = findingsOf(viewWith(report(B, changes), asked, LEADERLESS));
  assert.match(first?.advice ?? '', /peer ports, and whether their disks stand still/);
});

test('when writes stand still it says that the others answer only if they do', () => {
  const { here, asked } = world();
  assert.match(findingsOf(viewWith(here, asked, STILL))[0]?.advice ?? '', /^The others answer, so /);
  const one = withAsked([C, SILENT]);
  assert.match(
    findingsOf(viewWith(one.here, one.asked, STILL))[0]?.advice ?? '',
    /^shop-2 does not answer, and of the others the disks stand still, /,
  );
  const [alone] = findingsOf(viewWith(report(A, { members: [member(A)] }), new Map(), STILL));
  assert.match(alone?.sentence ?? '', /shop-0, the only voter, does not accept what it proposes\.$/);
  assert.doesNotMatch(alone?.advice ?? '', /others/);
});

test('nothing is said of a learner while nobody leads', () => {
  const members = [...MEMBERS, member(D, { voter: false })];
  const changes = { role: 'follower', leader: undefined, members };
  const asked = answers(report(A, changes), report(C, changes), report(D, changes));
  const codes = findingsOf(viewWith(report(B, changes), asked, LEADERLESS)).map(({ code }) => code);
  assert.deepEqual(codes, ['no-leader']);
});
