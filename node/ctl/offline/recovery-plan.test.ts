import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Ballot, compareBallots, type ReplicaId, type Slot } from '../../src/paxos/ballot.ts';
import type { Configuration } from '../../src/paxos/configuration.ts';
import type { Entry } from '../../src/paxos/entry.ts';
import { consequencesOf, planRecovery, type RecoveryPlan, type Survivor } from './recovery-plan.ts';

/** An acceptor as the paper has it, with the chosen mark that it has heard of. */
interface Acceptor {
  readonly id: ReplicaId;
  promised: Ballot;
  readonly accepted: Map<Slot, Entry>;
  chosen: Slot;
}

/** One leadership: who promises, and for each slot that it proposes who accepts; then who hears what is chosen. */
interface Leadership {
  readonly leader: number;
  readonly promisers: readonly number[];
  readonly accepters: readonly (readonly number[])[];
  readonly told: readonly number[];
}

const SIZE = 5;
const QUORUM = 3;
const SLOTS = 8;
const places = fc.uniqueArray(fc.nat(SIZE - 1), { maxLength: SIZE });
const leadership: fc.Arbitrary<Leadership> = fc.record({
  leader: fc.nat(SIZE - 1),
  promisers: places,
  accepters: fc.array(places, { maxLength: SLOTS }),
  told: places,
});

/** Plays leaderships one after the other; answers with the acceptors and the value of each slot that was chosen. */
function play(leaderships: readonly Leadership[]): { acceptors: Acceptor[]; chosen: Map<Slot, Uint8Array> } {
  const acceptors = Array.from({ length: SIZE }, (_, place): Acceptor => ({
    id: place + 1,
    promised: { round: 0, replica: 0 },
    accepted: new Map(),
    chosen: 0,
  }));
  const chosen = new Map<Slot, Uint8Array>();
  for (const [round, { leader, promisers, accepters, told }] of leaderships.entries()) {
    const ballot = { round: round + 1, replica: leader + 1 };
    const promised = [...new Set([leader, ...promisers])].map((place) => acceptors[place] as Acceptor);
    for (const acceptor of promised) acceptor.promised = ballot;
    if (promised.length < QUORUM) continue;
    for (const [index, accepting] of accepters.entries()) {
      const slot = index + 1;
      const reported = promised
        .map(({ accepted }) => accepted.get(slot))
        .filter((entry) => entry !== undefined);
      const best = reported.toSorted((a, b) => compareBallots(b.ballot, a.ballot))[0];
      const value = best?.value ?? { kind: 'commands' as const, bytes: Buffer.from(`${round}:${slot}`) };
      // Acceptors take the slots of a ballot in order, so nobody accepts one whose predecessor it lacks.
      const takers = [leader, ...accepting].filter((place) => {
        const acceptor = acceptors[place] as Acceptor;
        const before = acceptor.accepted.get(slot - 1);
        return (
          compareBallots(acceptor.promised, ballot) <= 0 &&
          (slot === 1 || before?.ballot.round === ballot.round)
        );
      });
      const entry: Entry = { slot, ballot, value };
      for (const place of takers) {
        const acceptor = acceptors[place] as Acceptor;
        acceptor.promised = ballot;
        acceptor.accepted.set(slot, entry);
      }
      if (new Set(takers).size >= QUORUM && value.kind === 'commands') chosen.set(slot, value.bytes);
    }
    // A chosen mark is believed up to the own mark in the ballot of whoever tells it.
    let mark = 0;
    while (chosen.has(mark + 1)) mark += 1;
    for (const place of [leader, ...told]) {
      const acceptor = acceptors[place] as Acceptor;
      let own = 0;
      while (acceptor.accepted.get(own + 1)?.ballot.round === ballot.round) own += 1;
      acceptor.chosen = Math.max(acceptor.chosen, Math.min(mark, own));
    }
  }
  return { acceptors, chosen };
}

function survivorOf({ id, accepted, chosen }: Acceptor): Survivor {
  const above = [...accepted.values()]
    .filter(({ slot }) => slot > chosen)
    .toSorted((a, b) => a.slot - b.slot);
  return { name: `directory ${id}`, replica: id, chosen, accepted: above, damage: [] };
}

function bytesOf(entry: Entry | undefined): Uint8Array | undefined {
  return entry?.value.kind === 'commands' ? entry.value.bytes : undefined;
}

/** What the plan says of a slot: in the base's log up to the certain ones, in the plan above. */
function valueIn(
  plan: RecoveryPlan<Survivor>,
  acceptors: readonly Acceptor[],
  slot: Slot,
): Uint8Array | undefined {
  if (slot > plan.certain) return bytesOf(plan.entries[slot - plan.certain - 1]);
  return bytesOf(acceptors[plan.base.replica - 1]?.accepted.get(slot));
}

test('planRecovery() keeps every slot that a survivor knows to be chosen, with its value', () => {
  fc.assert(
    fc.property(fc.array(leadership, { maxLength: 8 }), places, fc.nat(SIZE - 1), (story, left, first) => {
      const { acceptors, chosen } = play(story);
      const survivors = [...new Set([first, ...left])].map((place) =>
        survivorOf(acceptors[place] as Acceptor),
      );
      const plan = planRecovery(survivors as [Survivor, ...Survivor[]]);
      assert.equal(plan.certain, Math.max(...survivors.map((each) => each.chosen)));
      for (let slot = 1; slot <= plan.certain; slot += 1) {
        assert.deepEqual(valueIn(plan, acceptors, slot), chosen.get(slot), `slot ${slot}`);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('planRecovery() with a quorum left keeps every chosen value, whoever knows of it', () => {
  let kept = 0;
  fc.assert(
    fc.property(
      fc.array(leadership, { maxLength: 8 }),
      fc.uniqueArray(fc.nat(SIZE - 1), { minLength: QUORUM, maxLength: SIZE }),
      (story, left) => {
        const { acceptors, chosen } = play(story);
        const survivors = left.map((place) => survivorOf(acceptors[place] as Acceptor));
        const plan = planRecovery(survivors as [Survivor, ...Survivor[]]);
        for (const [slot, bytes] of chosen) {
          assert.deepEqual(valueIn(plan, acceptors, slot), bytes, `slot ${slot}`);
          kept += 1;
        }
      },
    ),
    { numRuns: 2_000 },
  );
  assert.ok(kept > 1_000, `only ${kept} chosen slots were looked at`);
});

test('planRecovery() takes the highest ballot for each slot, no-ops for the rest, in whatever order it is told', () => {
  fc.assert(
    fc.property(fc.array(leadership, { maxLength: 8 }), places, fc.nat(SIZE - 1), (story, left, first) => {
      const { acceptors } = play(story);
      const survivors = [...new Set([first, ...left])].map((place) =>
        survivorOf(acceptors[place] as Acceptor),
      );
      const plan = planRecovery(survivors as [Survivor, ...Survivor[]]);
      assert.deepEqual(
        plan.entries.map(({ slot }) => slot),
        Array.from({ length: plan.through - plan.certain }, (_, index) => plan.certain + 1 + index),
      );
      for (const entry of plan.entries) {
        const held = survivors.flatMap(({ accepted }) => accepted.filter(({ slot }) => slot === entry.slot));
        if (held.length === 0) assert.ok(plan.holes.includes(entry.slot) && entry.value.kind === 'noop');
        for (const other of held) assert.ok(compareBallots(entry.ballot, other.ballot) >= 0);
      }
      const reversed = planRecovery(survivors.toReversed() as [Survivor, ...Survivor[]]);
      assert.deepEqual(reversed.entries, plan.entries);
      assert.equal(reversed.certain, plan.certain);
    }),
    { numRuns: 500 },
  );
});

function noop(slot: Slot): Entry {
  return { slot, ballot: { round: 2, replica: 1 }, value: { kind: 'noop' } };
}

test('consequencesOf() names who is missing, what is certain, what is a guess, and what nobody knows', () => {
  const addresses = { host: 'h', peerPort: 1, redisPort: 2, clusterPort: 3, httpPort: 4, adminPort: 5 };
  const configuration = {
    version: 2,
    alpha: 8,
    removed: [],
    members: [1, 2, 3].map((id) => ({ id, voter: true, addresses })),
  } as Configuration;
  const survivor: Survivor = {
    name: 'data/a',
    replica: 1,
    chosen: 7,
    accepted: [noop(8), noop(10)],
    damage: [],
  };
  const plan = planRecovery([survivor]);
  const text = consequencesOf(plan, [survivor], configuration, String).join('\n');
  assert.match(text, /had 3 voters; the directories of 1 of them are here \(1\)\. Not here: 2, 3\./);
  assert.match(text, /certain: slots 1 to 7, which data\/a/);
  assert.match(text, /on a guess: slots 8 to 10/);
  assert.match(text, /become no-ops: 9\./);
  assert.match(text, /acknowledged in a slot after 10/);
  const other: Survivor = { name: 'data/b', replica: 2, chosen: 7, accepted: [], damage: [] };
  const quorum = consequencesOf(plan, [survivor, other], configuration, String).join('\n');
  assert.match(quorum, /These are a quorum/);
  const damaged: Survivor = { ...other, damage: ['log-1 at byte 9: a damaged record'] };
  const less = consequencesOf(plan, [survivor, damaged], configuration, String).join('\n');
  assert.match(less, /data\/b is damaged \(log-1 at byte 9: a damaged record\)\. It is read up to slot 7,/);
  assert.doesNotMatch(less, /These are a quorum/, 'what it has forgotten nobody knows');
});
