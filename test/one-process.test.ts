/** One process per directory, whatever else is on the machine. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { freePortBase } from '../node/local/free-ports.ts';
import { addressesOf } from '../node/local/options.ts';
import { REPLICA_PROGRAM } from '../node/local/supervisor.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

/** Only ends a test that has failed. */
const TIMEOUT_MS = 30_000;

test('a second process on the same directory is refused with exit code 3, and the first one goes on', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const ports = addressesOf(await freePortBase(1), 0);
  const second = spawnSync(
    process.execPath,
    [
      REPLICA_PROGRAM,
      `--dir=${cluster.directoryOf(0)}`,
      `--redis-port=${ports.redisPort}`,
      `--cluster-port=${ports.clusterPort}`,
      `--peer-port=${ports.peerPort}`,
      `--http-port=${ports.httpPort}`,
      `--admin-port=${ports.adminPort}`,
    ],
    { encoding: 'utf8', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
  );
  assert.equal(second.status, 3);
  assert.match(second.stderr, /in use|another process|locked/);
  assert.ok(second.stderr.includes(cluster.directoryOf(0)), second.stderr);
  const client = await RespConnection.open(cluster.address(0).redisPort);
  assert.equal(await client.ask('SET', 'key', 'value'), '+OK\r\n');
});
