/**
 * Makes the directory of a replica that begins with a given state, in a cluster of its own. The log comes first and says that
 * everything up to the snapshot's slot is chosen: a replica that finds no snapshot with it refuses to start. The snapshot, which appears
 * in one piece, comes last; so a directory that was half made when somebody pulled the plug is never taken for a whole one.
 */
import { type SnapshotHeader } from '../../src/codec/snapshot-header.ts';
import { SnapshotWriter } from '../../src/codec/snapshot.ts';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { Configuration, Ruling } from '../../src/paxos/configuration.ts';
import type { Applier } from '../../src/replica/applier.ts';
import { completion } from '../../src/storage/completion.ts';
import type { Files } from '../../src/storage/files.ts';
import { Log } from '../../src/storage/log.ts';
import type { Recovered } from '../../src/storage/log-options.ts';
import type { SnapshotPart } from '../../src/storage/snapshot-part.ts';
import { Snapshots } from '../../src/storage/snapshots.ts';
import { type Revisions, withRevisions } from './new-revisions.ts';

/** The replica makes its next segments as long as it likes. */
const SEGMENT_BYTES = 1024 * 1024;

export interface Seed {
  readonly replica: ReplicaId;
  /** 32 hexadecimal digits. */
  readonly cluster: string;
  readonly configuration: Configuration;
  /** Its ballots begin above this round, so that they are above every ballot in the state. */
  readonly round: number;
  readonly revisions: Revisions;
}

/** `files` is an empty directory. `progress` hears how many bytes of the snapshot are written. */
export async function writeSeed(
  files: Files,
  seed: Seed,
  applier: Applier,
  progress: (bytes: number) => void,
): Promise<void> {
  const slot = applier.applied;
  await writeLog(files, seed, slot);
  const rulings: Ruling[] = [{ from: slot + 1, configuration: seed.configuration }];
  const view = applier.store.openView();
  const content = withRevisions(view, seed.revisions);
  const header: SnapshotHeader = {
    cluster: seed.cluster,
    applier: applier.state,
    rulings,
    store: content.header,
  };
  const writer = new SnapshotWriter(header, content);
  const snapshots = await completion<Snapshots>((done) => Snapshots.open(files, done));
  const part = await completion<SnapshotPart>((done) => snapshots.create(slot, done));
  for (;;) {
    const offset = writer.bytes;
    const chunk = writer.next();
    if (chunk === undefined) break;
    await completion<void>((done) => part.write(offset, chunk, done));
    progress(writer.bytes);
  }
  view.close();
  await completion<void>((done) => snapshots.publish(part, done));
  await completion<void>((done) => snapshots.close(done));
}

async function writeLog(files: Files, { replica, cluster, round }: Seed, slot: number): Promise<void> {
  let failure: Error | undefined;
  const { log } = await completion<{ log: Log; recovered: Recovered }>((done) =>
    Log.open(
      files,
      {
        segmentBytes: SEGMENT_BYTES,
        coveredThrough: 0,
        drawReplicaId: () => replica,
        fatal: (error) => {
          failure = error;
        },
      },
      done,
    ),
  );
  log.append({ kind: 'joined', cluster });
  log.append({ kind: 'promise', ballot: { round: Math.max(1, round), replica } });
  log.append({ kind: 'chosen', slot });
  // Writes what was appended, the hint about chosen slots included.
  await completion<void>((done) => log.close(done));
  if (failure !== undefined) throw failure;
}
