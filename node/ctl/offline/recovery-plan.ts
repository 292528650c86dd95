/**
 * What can be saved when a quorum is lost for good. It is phase 1 without a quorum: up to the highest chosen mark that a survivor
 * knows, everything is certain; above it, the value of the highest ballot that a survivor has accepted is the best guess there is, for
 * whoever is lost may have known of a higher one. A slot that no survivor holds becomes a no-op.
 */
import {
  type Ballot,
  BALLOT_NONE,
  compareBallots,
  type ReplicaId,
  type Slot,
} from '../../src/paxos/ballot.ts';
import { type Configuration, isQuorum } from '../../src/paxos/configuration.ts';
import { type Entry, NOOP } from '../../src/paxos/entry.ts';

/** What the plan needs to know of a survivor. */
export interface Survivor {
  readonly name: string;
  readonly replica: ReplicaId;
  /** Every slot up to here is known chosen. */
  readonly chosen: Slot;
  /** Those above it, by slot; the one written last for each. */
  readonly accepted: readonly Entry[];
  /** What of its directory can't be read, in words; empty as a rule. */
  readonly damage: readonly string[];
}

export interface RecoveryPlan<Source extends Survivor> {
  /** Who knows most to be chosen: its state is the base. */
  readonly base: Source;
  /** Slots up to here are certain. */
  readonly certain: Slot;
  /** Slots up to here are kept. */
  readonly through: Slot;
  /** Those of the slots above the certain ones, one for each, in order. */
  readonly entries: readonly Entry[];
  /** Those of them that nobody holds. */
  readonly holes: readonly Slot[];
}

/** `survivors`: all that are left, at least one, each once. */
export function planRecovery<Source extends Survivor>(
  survivors: readonly [Source, ...Source[]],
): RecoveryPlan<Source> {
  const base = survivors.reduce((best, each) => (each.chosen > best.chosen ? each : best));
  const certain = base.chosen;
  const best = new Map<Slot, Entry>();
  for (const { accepted } of survivors) {
    for (const entry of accepted) {
      if (entry.slot <= certain) continue;
      const other = best.get(entry.slot);
      if (other === undefined || compareBallots(entry.ballot, other.ballot) > 0) best.set(entry.slot, entry);
    }
  }
  const through = Math.max(certain, ...best.keys());
  const entries: Entry[] = [];
  const holes: Slot[] = [];
  for (let slot = certain + 1; slot <= through; slot += 1) {
    const entry = best.get(slot);
    if (entry === undefined) holes.push(slot);
    entries.push(entry ?? { slot, ballot: BALLOT_NONE, value: NOOP });
  }
  return { base, certain, through, entries, holes };
}

/** What one has to know before one agrees, a paragraph each. */
export function consequencesOf(
  plan: RecoveryPlan<Survivor>,
  survivors: readonly Survivor[],
  configuration: Configuration,
  idText: (id: ReplicaId) => string,
): string[] {
  const { base, certain, through, holes } = plan;
  const here = new Set(survivors.map(({ replica }) => replica));
  // What a damaged one has forgotten, nobody knows: it speaks for no slot but those that it holds.
  const sound = new Set(survivors.filter(({ damage }) => damage.length === 0).map(({ replica }) => replica));
  const voters = configuration.members.filter(({ voter }) => voter);
  const missing = configuration.members.filter(({ id }) => !here.has(id));
  const present = voters.filter(({ id }) => here.has(id));
  const list = (members: readonly { readonly id: ReplicaId }[]) =>
    members.map(({ id }) => idText(id)).join(', ');
  const texts = [
    `The cluster had ${voters.length} voters; the directories of ${present.length} of them are here (${list(present) || 'none'}).` +
      (missing.length === 0
        ? ''
        : ` Not here: ${list(missing)}. If one of these can still be reached, name its directory too.`),
    `Kept for certain: ${slotsText(1, certain)}, which ${base.name} knows to be chosen.`,
  ];
  for (const { name, damage, chosen, accepted } of survivors) {
    if (damage.length === 0) continue;
    const last = accepted.at(-1)?.slot ?? chosen;
    texts.push(
      `${name} is damaged (${damage.join('; ')}). It is read up to slot ${last}, as far as it is intact; what it knew of later slots is ` +
        'not used. Keep this directory: it may hold the last copy of something.',
    );
  }
  if (isQuorum(configuration, sound)) {
    texts.push(
      'These are a quorum: nothing that was acknowledged is lost, and nothing needs to be recovered. Start these replicas instead.',
    );
    return texts;
  }
  if (through > certain) {
    texts.push(
      `Kept on a guess: ${slotsText(certain + 1, through)}, as the survivors accepted them last. A write in them may have been answered ` +
        '"unknown" and is now done; and if a lost replica had a newer value for one of these slots, that value is lost, even if it was acknowledged.',
    );
  }
  if (holes.length > 0) texts.push(`Slots that no survivor holds become no-ops: ${holes.join(', ')}.`);
  texts.push(
    `Lost without a trace: every write that was acknowledged in a slot after ${through}. Nobody who is left knows how many there were.`,
    'The result is a new cluster of one replica, with an id of its own. The old replicas cannot join it, and must not be started again beside it.',
  );
  return texts;
}

function slotsText(first: Slot, last: Slot): string {
  return first === last ? `slot ${first}` : `slots ${first} to ${last}`;
}

/** The highest round that anything here speaks of: the new replica's ballots go above it. */
export function highestRound(ballots: readonly Ballot[]): number {
  return Math.max(0, ...ballots.map(({ round }) => round));
}
