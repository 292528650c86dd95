/**
 * `paxosctl verify`: every checksum of directories; or, of replicas that run, whether their states are the same. What
 * can't be told is never called right.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { NodeError } from '../../src/errors.ts';
import { replicaText } from '../../src/paxos/ballot.ts';
import { completion } from '../../src/storage/completion.ts';
import { DirectoryNotLocked, lockForReading } from '../../src/storage/lock.ts';
import { snapshotSlot } from '../../src/storage/snapshot-name.ts';
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import { ReadOnlyFiles, requireDirectory } from '../offline/read-only-files.ts';
import { ReplicaDirectory } from '../offline/replica-directory.ts';
import { checkSnapshot } from '../offline/snapshot-check.ts';
import { bytesText, type Row } from '../output.ts';
import { Progress } from '../progress.ts';
import { compareDigests, type DigestVerdict, DigestCollection } from '../digest-comparison.ts';
import { digestsOf } from '../digests-call.ts';
import { survey } from '../survey.ts';

const POLL_MS = 100;

export const VERIFY: Command = {
  name: 'verify',
  operands: [],
  summary:
    'compares the states of running replicas at the same slot, or checks every checksum of directories',
  notes:
    'Without --dir: each member must have the same digest as the others at a slot that they have all applied. One that does not\n' +
    'answer is "unknown", and then the command ends with 5; a difference ends it with 1. The only member of a cluster is "alone", which is right.\n' +
    'With --dir: the log and the snapshots of replicas that need not run, read only. Damage ends it with 1.',
  options: [
    { name: 'dir', value: 'DIR', help: 'the directory of a replica; may be repeated', repeatable: true },
    {
      name: 'wait',
      value: 'TIME',
      help: 'how long to wait for a slot that all have applied',
      fallback: '10s',
    },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const directories = invocation.line.texts('dir');
    return directories.length === 0
      ? await verifyRunning(invocation)
      : await verifyDirectories(invocation, directories);
  },
};

// --- Running replicas -----------------------------------------------------------------------------

async function verifyRunning({ connections, line, output, signal }: Invocation): Promise<ExitCode> {
  const found = await survey(connections, signal);
  const waitMs = line.durationMs('wait') ?? 0;
  const deadline = performance.now() + waitMs;
  const collection = new DigestCollection();
  const ids = found.reached.filter(({ status }) => status.role !== 'stranger').map(({ status }) => status.id);
  let verdicts: readonly DigestVerdict[];
  for (;;) {
    await Promise.all(
      found.reached.map(async ({ endpoint, status }) => {
        try {
          collection.add(status.id, await digestsOf(connections, endpoint, signal));
        } catch (error) {
          if (!(error instanceof CommandFailure)) throw error;
          collection.fail(status.id, error.message);
        }
      }),
    );
    verdicts = compareDigests(collection, ids, found.members.length === 1);
    const isTold = verdicts.every(({ state }) => state !== 'unknown');
    if (isTold || verdicts.some(({ state }) => state === 'different') || performance.now() > deadline) break;
    // An aborted pause is the normal end: what is known by then is told.
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
  }
  const rows: Row[] = [
    ...verdicts.map((verdict) => ({
      ...verdict,
      slot: verdict.slot ?? null,
      digest: verdict.digest ?? null,
    })),
    ...found.unreached.map(({ member, endpoint, failure }) => ({
      id: member?.id ?? endpoint,
      state: 'unknown',
      slot: null,
      digest: null,
      reason: failure.message.split('\n')[0],
    })),
  ];
  output.rows(rows, [
    { field: 'id' },
    { field: 'state' },
    { field: 'slot', align: 'right' },
    { field: 'digest' },
    { field: 'reason' },
  ]);
  if (rows.length === 0) {
    output.note(
      'Who answers belongs to no cluster, so there is nothing to compare: ask others, too (--endpoints).',
    );
    return EXIT.unknown;
  }
  if (rows.some(({ state }) => state === 'different')) return EXIT.no;
  return rows.some(({ state }) => state === 'unknown') ? EXIT.unknown : EXIT.ok;
}

// --- Directories ----------------------------------------------------------------------------------

async function verifyDirectories({ output }: Invocation, directories: readonly string[]): Promise<ExitCode> {
  const rows: Row[] = [];
  const progress = new Progress(output.streams, 'verify');
  for (const directory of directories) {
    requireDirectory(directory);
    const inUse = isInUse(directory);
    const found = await verifyDirectory(directory, progress);
    rows.push(...found.map((row) => ({ directory, ...row, inUse })));
  }
  progress.end();
  output.rows(rows, [{ field: 'directory' }, { field: 'what' }, { field: 'state' }, { field: 'detail' }]);
  if (rows.some(({ inUse }) => inUse === true)) {
    output.note('A replica runs in one of them: what it writes at this moment may look torn.');
  }
  return rows.every(({ state }) => state === 'ok') ? EXIT.ok : EXIT.no;
}

async function verifyDirectory(directory: string, progress: Progress): Promise<Row[]> {
  const files = new ReadOnlyFiles(directory);
  const names = await completion<string[]>((done) => files.list(done));
  const snapshots = names.filter((name) => snapshotSlot(name) !== undefined).toSorted();
  const rows = [await judged('log', async () => await logDetail(directory, files))];
  for (const name of snapshots) {
    rows.push(
      await judged(name, async () => {
        const summary = await checkSnapshot(files, name, snapshotSlot(name), (done, of) =>
          progress.show(done / of, `${name} ${bytesText(done)}`),
        );
        const { cluster, store, applier } = summary.header;
        return `slot ${applier.applied}, ${store.keys} keys, ${summary.bytes} bytes, cluster ${cluster}`;
      }),
    );
  }
  return rows;
}

async function logDetail(directory: string, files: ReadOnlyFiles): Promise<string> {
  const found = await ReplicaDirectory.open(directory, files);
  // Reading every entry back checks what the log needs only when a peer asks for it.
  for (let slot = found.covered + 1; slot <= found.chosen;)
    slot += (await found.read(slot, found.chosen)).length;
  await found.close();
  const { recovery, chosen, accepted, replica, cluster } = found;
  const torn =
    recovery.cutBytes === 0
      ? ''
      : `; ${recovery.cutBytes} bytes at its end were never synced: a start cuts them`;
  return (
    `replica ${replicaText(replica)}, cluster ${cluster ?? 'none'}, ${recovery.segments} segments, ` +
    `chosen to slot ${chosen}, ${accepted.length} accepted above${torn}`
  );
}

async function judged(what: string, check: () => Promise<string>): Promise<Row> {
  try {
    return { what, state: 'ok', detail: await check() };
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return { what, state: error instanceof CommandFailure ? 'missing' : 'damaged', detail: error.message };
  }
}

function isInUse(directory: string): boolean {
  try {
    lockForReading(directory).release();
    return false;
  } catch (error) {
    if (error instanceof DirectoryNotLocked) return true;
    throw error;
  }
}
