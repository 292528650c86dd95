/** A quota that fills, a disk, a heap, a container, a log. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { RealCluster } from '../testing/real-cluster.ts';
import { RespConnection } from '../testing/resp-connection.ts';
import { consoleTells } from '../testing/console-tells.ts';
import { prometheusMissing } from './testing/real-prometheus.ts';
import { faultsNoticed, setFaults } from '../testing/machine-faults.ts';
import { SteadyLoad } from '../testing/steady-load.ts';
import { watchedCluster } from './testing/watched-cluster.ts';

const skip = prometheusMissing();
const MIB = 1024 * 1024;
const VALUE_BYTES = 16 * 1024;
/** A third of it is free when three replicas have their first segments. */
const DISK_MIB = 300;
/** Soon filled. The program itself takes a twentieth of it, and what is left collects garbage. */
const HEAP_MIB = 768;
const HEAP_SHARES = [0.75, 0.89] as const;
/** More than a log has whose snapshots go well, of a cluster with little data. */
const LOG_MIB = 450;
/** Less than Node.js itself takes. */
const LITTLE_MIB = 40;

function smallDisk(t: TestContext): string | undefined {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-disk-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', directory]).status !== 0) {
    rmdirSync(directory);
    return undefined;
  }
  t.after(() => {
    spawnSync('umount', ['-l', directory]);
    rmdirSync(directory);
  });
  return directory;
}

/** Writes keys until that share of the quota is used, or one is refused; answers with the last reply. */
async function fill(cluster: RealCluster, keys: number): Promise<string | undefined> {
  const connection = await RespConnection.open(cluster.address(0).redisPort);
  let reply: string | undefined = '+OK\r\n';
  for (let count = 0; count < keys && reply === '+OK\r\n'; count += 1) {
    reply = await connection.ask('SET', `key ${count}`, 'v'.repeat(VALUE_BYTES));
  }
  connection.close();
  return reply;
}

test('a data quota that fills', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t, 1, { dataQuota: '4MiB' });
  const most = (4 * MIB) / VALUE_BYTES;
  await fill(cluster, Math.floor(most * 0.9));
  await prometheus.fires('PaxosKVQuotaNearlyReached');
  await consoleTells(t, cluster, 0, 'quota-nearly-used-up');
  assert.match((await fill(cluster, most)) ?? '', /^-OOM /);
  await prometheus.fires('PaxosKVQuotaReached');
  await consoleTells(t, cluster, 0, 'quota-used-up');
  await prometheus.resolves('PaxosKVQuotaNearlyReached');
  const connection = await RespConnection.open(cluster.address(0).redisPort);
  await connection.ask('FLUSHALL');
  connection.close();
  await prometheus.resolves('PaxosKVQuotaNearlyReached', 'PaxosKVQuotaReached');
});

test('a disk that fills', { skip }, async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return t.skip('a file system can not be mounted here: only root may');
  const { cluster, prometheus } = await watchedCluster(t, 3, { parent: disk });
  const ballast = path.join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(70 * MIB, 1));
  await prometheus.fires('PaxosKVDiskNearlyFull');
  let reply: string | undefined;
  for (let round = 0; round < 100 && reply?.startsWith('-MISCONF') !== true; round += 1) {
    reply = await fill(cluster, 100);
  }
  assert.match(reply ?? '', /^-MISCONF /);
  await prometheus.fires('PaxosKVWritesStoppedByDisk');
  await consoleTells(t, cluster, 0, 'disk-full');
  rmSync(ballast);
  await prometheus.resolves('PaxosKVWritesStoppedByDisk');
});

test('a heap that fills', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t, 1);
  await cluster.kill(0);
  setFaults(cluster, 0, { heapMiB: HEAP_MIB });
  cluster.restart(0);
  await cluster.allReady();
  const fillShare = (share: number) => fill(cluster, Math.floor((HEAP_MIB * MIB * share) / VALUE_BYTES));
  await fillShare(HEAP_SHARES[0]);
  await prometheus.fires('PaxosKVMemoryFills');
  await fillShare(HEAP_SHARES[1]);
  // Garbage is collected while there is work.
  const load = new SteadyLoad(cluster, 0);
  await prometheus.fires('PaxosKVMemoryNearlyFull');
  await prometheus.resolves('PaxosKVMemoryFills');
  const connection = await RespConnection.open(cluster.address(0).redisPort);
  assert.equal(await connection.ask('FLUSHALL'), '+OK\r\n');
  connection.close();
  await prometheus.resolves('PaxosKVMemoryNearlyFull');
  await load.stop();
});

test('a container that has little memory', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t, 1);
  setFaults(cluster, 0, { memoryLimitMiB: LITTLE_MIB });
  const [full] = await prometheus.fires('PaxosKVContainerMemoryNearlyFull');
  assert.equal(full?.labels['pod'], 'demo-0');
  setFaults(cluster, 0);
  await prometheus.resolves('PaxosKVContainerMemoryNearlyFull');
});

test('a log that no snapshot lets go of', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t, 1);
  setFaults(cluster, 0, { noRoomForSnapshots: true });
  await faultsNoticed(cluster, 0);
  const connection = await RespConnection.open(cluster.address(0).redisPort);
  for (let written = 0; written < LOG_MIB; written += 1) {
    assert.equal(await connection.ask('SET', 'key', 'v'.repeat(MIB)), '+OK\r\n');
  }
  connection.close();
  await prometheus.fires('PaxosKVLogGrows');
  setFaults(cluster, 0);
  await prometheus.resolves('PaxosKVLogGrows');
});
