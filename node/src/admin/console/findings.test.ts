import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  A,
  answer,
  answers,
  B,
  C,
  cutFrom,
  D,
  member,
  MEMBERS,
  REFUSED,
  report,
  SILENT,
  viewWith,
  WELL,
  type World,
  world,
  withAsked,
} from '../testing/console-world.ts';
import { type Asked, countedReports, viewOf } from './cluster-view.ts';
import { type Finding, findingsOf } from './findings.ts';
import type { SelfReport } from './self-report.ts';

/** What is so, the finding that stands first, and its sentence. */
const CASES: readonly (readonly [string, World, Finding['level'], string, string])[] = [
  ['all is well', world(), 'healthy', 'healthy', 'Healthy: shop-0 leads, and all 3 voters answer.'],
  [
    'a cluster of one is well',
    world({ here: report(A, { members: [member(A)] }), asked: new Map() }),
    'healthy',
    'healthy',
    'Healthy: shop-0 leads, and the only voter answers.',
  ],
  [
    'a replica belongs to no cluster',
    world({ here: report(B, { role: 'stranger', leader: undefined, members: [] }), asked: new Map() }),
    'critical',
    'stranger',
    'This replica belongs to no cluster: it serves nobody.',
  ],
  [
    'one replica is down',
    withAsked([C, SILENT]),
    'warning',
    'replica-down',
    'shop-2 does not answer. The cluster serves on, but one more loss stops it.',
  ],
  [
    'two of three are down',
    world({
      here: report(B, { role: 'candidate', leader: undefined, members: cutFrom(A, C) }),
      asked: new Map([
        [A, SILENT],
        [C, SILENT],
      ]),
      lapses: { ...WELL, leaderlessMs: 9_000 },
    }),
    'critical',
    'no-quorum',
    'No quorum, as this replica sees it: 1 of 3 voters answers, and 2 must. Here nothing can be written, and only stale reads are answered.',
  ],
  [
    'the others refuse the secret, one of which leads',
    world({
      asked: new Map([
        [A, REFUSED],
        [C, REFUSED],
      ]),
    }),
    'warning',
    'secret-refused',
    'shop-0 does not accept the cluster secret of this replica: it answers 401.',
  ],
  [
    'the others refuse the secret, and this one leads',
    world({
      here: report(A),
      asked: new Map([
        [B, REFUSED],
        [C, REFUSED],
      ]),
    }),
    'warning',
    'secret-refused',
    'shop-1 does not accept the cluster secret of this replica: it answers 401.',
  ],
  [
    'the others are linked, and their admin ports do not answer',
    world({
      asked: new Map([
        [A, SILENT],
        [C, SILENT],
      ]),
    }),
    'warning',
    'admin-port-silent',
    'shop-0 is linked to this replica, but its admin port does not answer: nobody listens at its address.',
  ],
  [
    'the leader is gone and nobody has been elected yet',
    world({
      here: report(B, { leader: undefined, members: cutFrom(A) }),
      asked: new Map([[A, SILENT], ...answers(report(C, { leader: undefined }))]),
      lapses: { ...WELL, leaderlessMs: 700 },
    }),
    'warning',
    'electing',
    'The leader is changing: nobody leads at this moment.',
  ],
  [
    'a quorum answers and elects nobody for long',
    world({
      here: report(B, { role: 'candidate' }),
      asked: answers(report(A, { role: 'candidate' }), report(C)),
      lapses: { ...WELL, leaderlessMs: 12_400 },
    }),
    'critical',
    'no-leader',
    'Nobody has led for 12 s, though a quorum answers.',
  ],
  [
    'the disks of a majority stand still',
    world({ asked: answers(report(A, { durable: 5_001 }), report(C)), lapses: { ...WELL, stillMs: 12_400 } }),
    'critical',
    'writes-stand-still',
    'No write has got through for 12 s: shop-0 leads, and no quorum accepts what it proposes.',
  ],
  [
    'a follower is far behind',
    withAsked(
      answer(C, {
        chosen: 2_000,
        applied: 2_000,
        durable: 2_000,
        ready: false,
        unreadyReasons: ['it is behind'],
      }),
    ),
    'warning',
    'lagging',
    'shop-2 is 3,000 slots behind the leader.',
  ],
  [
    "the leader's disk is full",
    withAsked(answer(A, { data: { bytes: 10, quotaBytes: 0, diskFull: true } })),
    'critical',
    'disk-full',
    'The disk of the leader, shop-0, is full: what makes the data larger is refused. Reads and deletes go on.',
  ],
  [
    'the quota is used up',
    withAsked(answer(A, { data: { bytes: 100, quotaBytes: 100, diskFull: false } })),
    'critical',
    'quota-used-up',
    'The data quota is used up (100 %): what makes the data larger is refused. Reads and deletes go on.',
  ],
  [
    'the quota is nearly used up',
    withAsked(answer(A, { data: { bytes: 93, quotaBytes: 100, diskFull: false } })),
    'warning',
    'quota-nearly-used-up',
    'The data quota is used up to 93 %.',
  ],
  [
    'a disk is lost',
    withAsked([C, { kind: 'answer', report: report(D, { role: 'stranger', members: [] }) }]),
    'warning',
    'disk-lost',
    `The disk of shop-2 is lost: its address answers as ${D}.`,
  ],
  [
    "a member's address answers for another cluster",
    withAsked(answer(C, { cluster: 'feedbeefcafe', chosen: 9_000 })),
    'warning',
    'disk-lost',
    `shop-2 is not where it should be: its address answers for another cluster, feedbeef, as ${C}.`,
  ],
  [
    'two replicas disagree about the data',
    withAsked(
      answer(A, { digest: { slot: 4_990, value: 'aa' } }),
      answer(C, { digest: { slot: 4_990, value: 'bb' } }),
    ),
    'critical',
    'digests-differ',
    'shop-0 and shop-2 disagree about the data at slot 4990.',
  ],
  [
    'a replica wants another secret',
    withAsked([C, REFUSED]),
    'warning',
    'secret-refused',
    'shop-2 does not accept the cluster secret of this replica: it answers 401.',
  ],
  [
    'a replica runs without a link to the leader',
    withAsked(answer(A, { members: [member(A), member(B), member(C, { connected: false })] })),
    'warning',
    'link-down',
    'shop-2 runs and has no link to the leader, shop-0.',
  ],
  [
    'a replica is not ready for a reason of its own',
    withAsked(answer(C, { ready: false, unreadyReasons: ['this replica is shutting down'] })),
    'warning',
    'not-ready',
    'shop-2 is not ready: this replica is shutting down.',
  ],
  [
    'a disk hangs',
    withAsked(answer(C, { writeUnderWayMs: 41_700 })),
    'warning',
    'disk-hangs',
    'The disk of shop-2 hangs: the same write has been under way for 42 s.',
  ],
  [
    'a disk is slow',
    withAsked(
      answer(C, {
        latencies: { round: NOTHING(), command: NOTHING(), fsync: { rate: 2, meanMs: 412.3, p99Ms: 500 } },
      }),
    ),
    'warning',
    'disk-slow',
    'The disk of shop-2 is slow: a batch takes 412 ms to be on it.',
  ],
];

function NOTHING() {
  return { rate: 0, meanMs: undefined, p99Ms: undefined };
}

for (const [name, { here, asked, lapses }, level, code, sentence] of CASES) {
  test(`the sentence on top when ${name}`, () => {
    const [first] = findingsOf(viewWith(here, asked, lapses));
    assert.deepEqual(
      { level: first?.level, code: first?.code, sentence: first?.sentence },
      { level, code, sentence },
    );
    assert.match(first?.advice ?? '', /\.$/);
  });
}

test('what needs nothing to be done stands below the word that all is well', () => {
  const learner = report(A, {
    release: '0.2.0',
    changeUnderWay: true,
    members: [...MEMBERS, member(D, { voter: false })],
  });
  const { here } = world();
  const asked = answers(learner, report(C), report(D, { chosen: 100, applied: 100, durable: 100 }));
  // Its leader knows the newest members, since it is furthest on.
  learnerIsAhead(asked, learner);
  const codes = findingsOf(viewWith(here, asked)).map((finding) => finding.code);
  assert.deepEqual(codes, ['healthy', 'learner-behind', 'members-changing', 'releases-differ']);
  assert.match(
    findingsOf(viewWith(here, asked))[1]?.sentence ?? '',
    /^shop-3 is a learner and catches up: 4,901 slots to go\.$/,
  );
});

function learnerIsAhead(asked: Map<string, Asked>, leader: SelfReport): void {
  asked.set(A, { kind: 'answer', report: { ...leader, chosen: 5_001 } });
}

test('a disk hangs when one write takes longer than any busy disk does, and each is told of', () => {
  for (const [writeUnderWayMs, told] of [
    [5_000, ['healthy undefined']],
    [5_001, [`disk-hangs ${A}`, `disk-hangs ${C}`]],
  ] as const) {
    const { here, asked } = withAsked(answer(A, { writeUnderWayMs }), answer(C, { writeUnderWayMs }));
    assert.deepEqual(
      findingsOf(viewWith(here, asked)).map(({ code, subject }) => `${code} ${subject}`),
      told,
    );
  }
});

test('the worst stands first, and nothing is said twice of one replica', () => {
  const { here, asked } = withAsked(
    [C, SILENT],
    answer(A, { data: { bytes: 10, quotaBytes: 0, diskFull: true } }),
  );
  assert.deepEqual(
    findingsOf(viewWith(here, asked)).map((finding) => finding.code),
    ['disk-full', 'replica-down'],
  );
});

test('a leader that was deposed and does not know it is not the one that leads', () => {
  const deposed = report(C, { role: 'leader', leader: C, ballot: `3.${C}` });
  const view = viewOf(report(B), answers(report(A), deposed));
  assert.equal(view.leader?.id, A);
});

test('neither another cluster nor another replica at the address of a member is believed', () => {
  const theirs = { chosen: 9_000, ballot: `9.${D}`, role: 'leader', members: [member(D)] };
  for (const stranger of [report(C, { ...theirs, cluster: 'another' }), report(D, theirs)]) {
    const asked = new Map<string, Asked>([...world().asked, [C, { kind: 'answer', report: stranger }]]);
    const view = viewOf(report(B), asked);
    assert.deepEqual(
      view.replicas.map(({ id, state }) => [id, state]),
      [
        [A, 'answers'],
        [B, 'answers'],
        [C, 'lost'],
      ],
    );
    assert.equal(view.leader?.id, A);
    assert.deepEqual(
      countedReports(report(B), asked).map(({ id }) => id),
      [B, A],
    );
  }
});

test('without a quorum the advice leads to the consoles of the others before anything else', () => {
  const asked = new Map([
    [A, SILENT],
    [C, SILENT],
  ]);
  const [first] = findingsOf(viewWith(report(B, { leader: undefined, members: cutFrom(A, C) }), asked));
  assert.match(
    first?.advice ?? '',
    /^Look at another replica's console first \(shop-0\.peers\.shop\.svc:9379, shop-2\.peers\.shop\.svc:9379\): if it says otherwise, only this one is cut off\. /,
  );
});

test('docs/console.md tells every finding that the sources name', () => {
  const source = ['findings.ts', 'quorum-findings.ts']
    .map((name) => readFileSync(path.join(import.meta.dirname, name), 'utf8'))
    .join('\n');
  const codes = [...source.matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)].map(([, code = '']) => code);
  const told = readFileSync(path.join(import.meta.dirname, '../../../../docs/console.md'), 'utf8');
  const named = new Set([...CASES.map(([, , , code]) => code), ...codes]);
  assert.ok(named.has('learner-level'));
  assert.deepEqual(
    [...named].filter((code) => !told.includes(`\`${code}\``)),
    [],
  );
});

test('each finding points to a part of the documents that is there', () => {
  const docs = path.join(import.meta.dirname, '../../../../docs');
  const worlds = CASES.map(([, { here, asked, lapses }]) => viewWith(here, asked, lapses));
  const documents = new Set(worlds.flatMap(findingsOf).flatMap(({ document }) => document ?? []));
  assert.ok(documents.size > 4);
  for (const document of documents) {
    const [file = '', anchor] = document.split('#');
    assert.ok(existsSync(path.join(docs, file)), document);
    if (anchor === undefined) continue;
    const headings = [...readFileSync(path.join(docs, file), 'utf8').matchAll(/^#+ (.*)$/gm)].map(
      ([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
    );
    assert.ok(headings.includes(anchor), document);
  }
});
