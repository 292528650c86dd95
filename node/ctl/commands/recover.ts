/**
 * `paxosctl recover`: a cluster whose quorum is lost for good goes on as a new one, with what the survivors' directories
 * hold. It may lose acknowledged writes: that is told first, and done only when the old cluster's id is typed.
 */
import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { InvalidInput } from '../../src/errors.ts';
import { type ReplicaId, replicaText } from '../../src/paxos/ballot.ts';
import type { Addresses } from '../../src/paxos/configuration.ts';
import { DiskFiles } from '../../src/storage/disk-files.ts';
import { DirectoryNotLocked, type DirectoryLock, lockForReading } from '../../src/storage/lock.ts';
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure, refused } from '../failure.ts';
import { ADDRESS_HELP, ADDRESS_VALUE, localAddress, parseMemberAddress } from '../member-address.ts';
import { makeDirectory, requireEmptyDirectory } from '../offline/empty-directory.ts';
import { requireDirectory } from '../offline/read-only-files.ts';
import { consequencesOf, highestRound, planRecovery, type RecoveryPlan } from '../offline/recovery-plan.ts';
import { revisionBehind } from '../offline/new-revisions.ts';
import type { ReplicaDirectory } from '../offline/replica-directory.ts';
import { ReplicaState } from '../offline/replica-state.ts';
import { salvage } from '../offline/salvage.ts';
import { type Seed, writeSeed } from '../offline/seed.ts';
import { bytesText } from '../output.ts';
import { Progress } from '../progress.ts';
import { foundingConfiguration, newReplicaId } from './restore.ts';

const CLUSTER_ID_BYTES = 16;

export const RECOVER: Command = {
  name: 'recover',
  operands: [],
  summary: 'makes a new cluster of one replica from the directories of all survivors of a lost quorum',
  notes:
    'Name the directories of ALL replicas that can still be reached: each may hold what the others lack. They are only read, and no replica may run in them.\n' +
    'A damaged one is read as far as it is intact.\n' +
    "Without --force it only says what would be kept and what may be lost. With a quorum left, don't: start those replicas instead.",
  options: [
    { name: 'dir', value: 'DIR', help: 'the directory of a survivor; repeat it for each', repeatable: true },
    { name: 'into', value: 'DIR', help: 'the directory of the new replica: empty, or not there yet' },
    {
      name: 'address',
      value: ADDRESS_VALUE,
      help: `where the new replica will be reached: ${ADDRESS_HELP} (default 127.0.0.1)`,
    },
    { name: 'force', value: 'CLUSTER', help: 'do it: the id of the old cluster, typed out' },
  ],
  async run({ line, output }: Invocation): Promise<ExitCode> {
    const names = line.texts('dir');
    const into = line.text('into');
    const force = line.text('force');
    if (names.length === 0)
      throw new InvalidInput('--dir', undefined, 'must name the directory of each survivor');
    if (force !== undefined && into === undefined)
      throw new InvalidInput('--into', undefined, 'must be given with --force');
    const addressText = line.text('address');
    const addresses =
      addressText === undefined ? localAddress(0) : parseMemberAddress('--address', addressText);
    for (const name of names) requireDirectory(name);
    if (new Set(names.map((name) => realpathSync(name))).size < names.length) {
      throw new InvalidInput('--dir', names, 'must name each directory once');
    }
    if (into !== undefined && names.some((name) => path.resolve(name) === path.resolve(into))) {
      throw new InvalidInput('--into', into, 'must be no directory of a survivor: those are never changed');
    }
    const locks = names.map(lockOrRefuse);
    const progress = new Progress(output.streams, 'recover');
    try {
      const found = await examine(names, progress);
      progress.end();
      if (into === undefined || force !== found.cluster)
        return tellOnly(found, { names, into, force, output });
      requireEmptyDirectory(into);
      const made = await make(found, into, addresses, progress);
      progress.end();
      const { plan, state, consequences } = found;
      output.result(
        {
          ...rowOf(found),
          done: true,
          newCluster: made.cluster,
          newReplica: replicaText(made.replica),
          into,
          revision: made.revisions.next,
        },
        `${consequences.join('\n')}\n\n${into}: replica ${replicaText(made.replica)} of the new cluster ${made.cluster}, ` +
          `${state.applier.store.size} keys at slot ${plan.through}. Its revisions go on from ${made.revisions.next}: none that clients remember comes again.\n` +
          'Start it, look at the data, take a backup, then add replicas with fresh directories.',
      );
      return EXIT.ok;
    } finally {
      progress.end();
      for (const lock of locks) lock.release();
    }
  },
};

/** What the survivors hold together. */
export interface Found {
  readonly survivors: readonly ReplicaDirectory[];
  readonly cluster: string;
  readonly plan: RecoveryPlan<ReplicaDirectory>;
  /** With everything in it that is kept. */
  readonly state: ReplicaState;
  /** Of what is certain. */
  readonly certainRevision: number;
  readonly consequences: readonly string[];
}

export async function examine(names: readonly string[], progress: Progress): Promise<Found> {
  const { survivors, unusable } = await openAll(names);
  const cluster = oneCluster(survivors);
  const plan = planRecovery(survivors);
  const { chosen } = plan.base;
  const state = await ReplicaState.of(plan.base, (slot) =>
    progress.show(slot / Math.max(1, chosen), `slot ${slot}`),
  );
  const { ruling } = state;
  if (ruling === undefined) throw refused(`no survivor knows who the members of cluster ${cluster} are`);
  const certainRevision = state.applier.store.revision;
  for (const entry of plan.entries) state.apply(entry);
  const consequences = [
    ...consequencesOf(plan, survivors, ruling.configuration, replicaText),
    ...unusable.map(
      ({ name, damage }) =>
        `${name} is not used at all, because it is damaged: ${damage.join('; ')}. Keep this directory: it may hold the last copy of something.`,
    ),
  ];
  return { survivors, cluster, plan, state, certainRevision, consequences };
}

function tellOnly(
  found: Found,
  {
    names,
    into,
    force,
    output,
  }: Pick<Invocation, 'output'> & {
    readonly names: readonly string[];
    readonly into: string | undefined;
    readonly force: string | undefined;
  },
): ExitCode {
  const { cluster, consequences } = found;
  output.result(
    { ...rowOf(found), done: false },
    `${consequences.join('\n')}\n\nNothing was done. To go on: paxosctl recover ` +
      `${names.map((name) => `--dir ${name}`).join(' ')} --into ${into ?? 'NEWDIR'} --force ${cluster}`,
  );
  if (force === undefined) return EXIT.refused;
  throw refused(`--force ${force} is not the id of the cluster of these directories: ${cluster}`);
}

/** Writes the first replica of the new cluster into an empty directory. */
export async function make(
  { survivors, state, certainRevision }: Found,
  into: string,
  addresses: Addresses,
  progress: Progress,
  cluster = randomBytes(CLUSTER_ID_BYTES).toString('hex'),
): Promise<Seed> {
  const replica = newReplicaId();
  const { revision } = state.applier.store;
  const seed = {
    replica,
    cluster,
    configuration: foundingConfiguration(state, [{ id: replica, voter: true, addresses }]),
    round: highestRound([state.applier.epoch, ...survivors.map(({ highestBallot }) => highestBallot)]),
    revisions: { certain: certainRevision, next: revisionBehind(revision, Date.now()) },
  };
  makeDirectory(into);
  await writeSeed(new DiskFiles(into), seed, state.applier, (bytes) =>
    progress.show(undefined, `${into} ${bytesText(bytes)}`),
  );
  return seed;
}

function rowOf({ plan, cluster, consequences }: Found) {
  const { base, certain, through, holes } = plan;
  return { cluster, base: base.name, certainThrough: certain, through, holes, consequences };
}

/** Held until the end, so that no replica starts meanwhile. */
export function lockOrRefuse(directory: string): DirectoryLock {
  try {
    return lockForReading(directory);
  } catch (error) {
    if (!(error instanceof DirectoryNotLocked)) throw error;
    throw refused(
      error.message,
      'end the replicas of the old cluster first: a cluster that still decides something cannot be recovered from',
    );
  }
}

interface Opened {
  readonly survivors: readonly [ReplicaDirectory, ...ReplicaDirectory[]];
  /** Those that are damaged so that nothing can be read. */
  readonly unusable: readonly Unusable[];
}

interface Unusable {
  readonly name: string;
  readonly damage: readonly string[];
}

async function openAll(names: readonly string[]): Promise<Opened> {
  const survivors: ReplicaDirectory[] = [];
  const unusable: Unusable[] = [];
  for (const name of names) {
    const { directory, damage } = await salvage(name);
    if (directory?.cluster === undefined && damage.length > 0) unusable.push({ name, damage });
    else if (directory !== undefined) {
      directory.damage = damage;
      survivors.push(directory);
    }
  }
  const seen = new Map<ReplicaId, string>();
  for (const { replica, name } of survivors) {
    const other = seen.get(replica);
    if (other !== undefined)
      throw refused(
        `${other} and ${name} are both of replica ${replicaText(replica)}`,
        'name each replica once',
      );
    seen.set(replica, name);
  }
  const [first, ...rest] = survivors;
  if (first === undefined) throw nothingReadable(unusable);
  return { survivors: [first, ...rest], unusable };
}

function nothingReadable(unusable: readonly Unusable[]): CommandFailure {
  const lines = unusable.map(({ name, damage }) => `${name} is damaged: ${damage.join('; ')}`);
  return new CommandFailure(
    EXIT.no,
    `nothing can be recovered from this:\n  ${lines.join('\n  ')}`,
    'keep what you have, and a copy of it; look for the directory of another replica, or restore a backup',
  );
}

function oneCluster(survivors: readonly ReplicaDirectory[]): string {
  const [first] = survivors;
  const cluster = first?.cluster;
  const stranger = survivors.find((survivor) => survivor.cluster === undefined);
  if (stranger !== undefined || cluster === undefined) {
    throw refused(`${stranger?.name} belongs to no cluster: it holds nothing`, 'leave it out');
  }
  const other = survivors.find((survivor) => survivor.cluster !== cluster);
  if (other === undefined) return cluster;
  throw refused(
    `${first?.name} is of cluster ${cluster}, and ${other.name} of cluster ${other.cluster}`,
    'name directories of one cluster',
  );
}
