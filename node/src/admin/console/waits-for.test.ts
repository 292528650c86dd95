import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSelf } from './self-report.ts';
import { waitsFor } from './waits-for.ts';

type Facts = Parameters<typeof waitsFor>[0];

function facts(changes: Partial<Facts>, said: Record<string, unknown> = {}): Facts {
  const marks = { chosen: 900, applied: 900, durable: 900 };
  const report = parseSelf({
    id: 'a',
    role: 'follower',
    ballot: '1.a',
    leader: 'b',
    ready: true,
    members: [],
    ...marks,
    ...said,
  });
  return {
    id: 'a',
    name: 'shop-0',
    address: 'shop-0:9379',
    voter: true,
    isHere: false,
    state: 'answers',
    isElsewhere: false,
    alive: true,
    why: '',
    lagSlots: 0,
    linked: true,
    report,
    ...changes,
  };
}

const CASES: readonly (readonly [string, Facts, readonly string[]])[] = [
  ['is level', facts({}), []],
  [
    'does not answer',
    facts({ state: 'silent', alive: false, why: 'nobody listens at its address', report: undefined }),
    ['a sign of life: nobody listens at its address'],
  ],
  [
    'is linked and does not answer',
    facts({ state: 'silent', why: 'nothing came', report: undefined }),
    ['an answer at its admin port: nothing came'],
  ],
  ['is a learner of which no lag is known', facts({ voter: false, lagSlots: undefined }), []],
  [
    'has lost its disk',
    facts({ state: 'lost', why: 'its address answers as c', report: undefined }),
    ['a replacement: its address answers as c'],
  ],
  ['campaigns', facts({}, { role: 'candidate', leader: null }), ['the votes of a quorum']],
  ['knows no leader', facts({}, { leader: null }), ['a leader']],
  ['is behind', facts({ lagSlots: 1_234 }), ['1,234 slots from the leader']],
  [
    'has much to apply',
    facts({}, { applied: 100 }),
    ['its own processor: 800 slots are chosen and not applied'],
  ],
  [
    'leads without enough others',
    facts({ linked: undefined }, { role: 'leader', durable: 1_200 }),
    ['a quorum to accept 300 slots'],
  ],
  ['has no link', facts({ linked: false }), ['a link to the leader']],
  ['is a learner that is level', facts({ voter: false }), ['a vote: it has caught up']],
  ['is not ready', facts({}, { ready: false, unreadyReasons: ['it shuts down'] }), ['it shuts down']],
];

for (const [name, given, expected] of CASES) {
  test(`what a member waits for that ${name}`, () => assert.deepEqual(waitsFor(given), expected));
}
