/**
 * A rolling upgrade under load: replicas of the commit named in `FROM` are ended and started again with the
 * present sources, one after the other, the leader last. Nothing acknowledged may be lost, no read be stale.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { REPLICA_PROGRAM } from '../../node/local/supervisor.ts';
import { VERSION } from '../../node/src/paxos/version.ts';
import { eventually } from '../testing/deadline.ts';
import { Load } from '../testing/load.ts';
import { RealCluster } from '../testing/real-cluster.ts';
import { RespConnection } from '../testing/resp-connection.ts';
import { earlierStateMissing, writeEarlierState } from './earlier-state.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** Writes the earlier sources below `folder`. Returns the file of its replica. */
function earlierReplica(folder: string): string {
  writeEarlierState(folder, 'node');
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  return path.join(folder, 'node', 'src', 'main.ts');
}

/** A name for a program that can be given to another program: what starts from then on is that one. */
class CurrentProgram {
  readonly file: string;

  constructor(file: string, target: string) {
    this.file = file;
    symlinkSync(target, file);
  }

  set(target: string): void {
    symlinkSync(target, `${this.file}.next`);
    renameSync(`${this.file}.next`, this.file);
  }
}

/** More than a release of today lets one command name (3,000), and no more than the earlier one does (10,000). */
const MANY_KEYS = 3_001;

/** At the door of an older replica. */
async function writeManyKeys(cluster: RealCluster, index: number): Promise<void> {
  const connection = await RespConnection.open(cluster.address(index).redisPort);
  const pairs = Array.from({ length: MANY_KEYS }, (_, number) => [`many:${number}`, 'x']).flat();
  assert.equal(await connection.ask('MSET', ...pairs), '+OK\r\n');
  connection.close();
}

const skip = earlierStateMissing();

test('a cluster is upgraded replica by replica under load and loses nothing', { skip }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'paxoskv-upgrade-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const older = earlierReplica(folder);
  const program = new CurrentProgram(path.join(folder, 'replica.ts'), older);
  const cluster = await RealCluster.start(t, 3, { program: program.file });
  const load = new Load(t, cluster, 8);
  await load.progress(300);
  const restart = async (index: number, target: string): Promise<void> => {
    program.set(target);
    cluster.signal(index, 'SIGTERM');
    assert.equal(await cluster.ended(index), 'exit code 0');
    cluster.restart(index);
    await cluster.ready(index);
    await load.progress(200);
  };
  const leader = await cluster.leader();
  const followers = cluster.indexes.filter((each) => each !== leader);
  const [first = 0] = followers;
  await restart(first, REPLICA_PROGRAM);
  // Until all are upgraded there is a way back, and what one release refuses and the other does has one outcome on all.
  await writeManyKeys(cluster, leader);
  await restart(first, older);
  for (const index of [...followers, leader]) await restart(index, REPLICA_PROGRAM);
  await eventually(`the cluster has agreed on version ${VERSION}`, async () => {
    const statuses = await Promise.all(cluster.indexes.map((index) => cluster.status(index)));
    return statuses.every((status) => status?.version === VERSION) ? true : undefined;
  });
  await load.progress(300);
  await load.stop();
  await load.assertNothingLost();
  await cluster.assertSameState();
});
