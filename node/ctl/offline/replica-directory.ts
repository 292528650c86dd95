/** What a replica's directory holds, found by the code that a replica starts with, and without changing a byte. */
import { type Ballot, compareBallots, type ReplicaId, type Slot } from '../../src/paxos/ballot.ts';
import type { Entry } from '../../src/paxos/entry.ts';
import { completion } from '../../src/storage/completion.ts';
import type { File, Files } from '../../src/storage/files.ts';
import { LogReader } from '../../src/storage/log-reader.ts';
import { type Recovery, recover } from '../../src/storage/recovery.ts';
import { snapshotSlot } from '../../src/storage/snapshot-name.ts';
import { refused } from '../failure.ts';

/** Read at a time. */
const READ_BYTES = 4 * 1024 * 1024;

export class ReplicaDirectory {
  /** As the user named it. */
  readonly name: string;
  readonly files: Files;
  readonly replica: ReplicaId;
  readonly cluster: string | undefined;
  /** The highest ballot that is promised, or that something was accepted in. */
  readonly highestBallot: Ballot;
  /** Every slot up to here is known chosen. */
  readonly chosen: Slot;
  /** Those above it, by slot; the one written last for each. */
  readonly accepted: readonly Entry[];
  /** The newest whole snapshot holds everything up to this slot; 0 when there is none. */
  readonly covered: Slot;
  /** The lowest slot that the log holds; 0 when it holds none. */
  readonly firstSlot: Slot;
  readonly recovery: Recovery;
  /** See `salvage`. */
  damage: readonly string[] = [];
  readonly #reader: LogReader;

  private constructor(name: string, files: Files, replica: ReplicaId, covered: Slot, recovery: Recovery) {
    this.name = name;
    this.files = files;
    this.replica = replica;
    this.cluster = recovery.cluster;
    this.chosen = recovery.chosen;
    this.accepted = recovery.entries;
    this.covered = covered;
    this.firstSlot = recovery.index.lowest;
    this.recovery = recovery;
    this.highestBallot = recovery.entries.reduce(
      (highest, { ballot }) => (compareBallots(ballot, highest) > 0 ? ballot : highest),
      recovery.promised,
    );
    this.#reader = new LogReader(files, recovery.index);
  }

  /** Fails with `Corruption` where a replica would refuse to start, with `CommandFailure` when there is no log at all. */
  static async open(name: string, files: Files): Promise<ReplicaDirectory> {
    const names = await completion<string[]>((done) => files.list(done));
    const covered = Math.max(0, ...names.map((each) => snapshotSlot(each) ?? 0));
    const recovery = await completion<Recovery>((done) => recover(files, covered, done));
    const { replica } = recovery;
    const held = recovery.current === undefined ? [] : [recovery.current.file];
    for (const file of [...held, ...recovery.spares.map((spare) => spare.file)]) await close(file);
    if (replica !== undefined) return new ReplicaDirectory(name, files, replica, covered, recovery);
    throw refused(
      `${name} holds no log of a replica`,
      'name the directory of one replica, such as data/replica-0: it has files log-000000000001 and up',
    );
  }

  /** The entries of consecutive slots from `from` on, at least one, none behind `through`. */
  async read(from: Slot, through: Slot): Promise<readonly Entry[]> {
    return await completion<Entry[]>((done) => this.#reader.read(from, through, READ_BYTES, done));
  }

  async close(): Promise<void> {
    await completion<void>((done) => this.#reader.close(done));
  }
}

async function close(file: File): Promise<void> {
  await completion<void>((done) => file.close(done));
}
