/**
 * A replica that lags behind all logs takes over a snapshot, with real processes: after it was away, while it is killed in the
 * middle of it again and again, and with an empty disk in place of its own.
 */
import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { eventually } from './testing/deadline.ts';
import { RealOperator } from './testing/operator.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

const VALUE_BYTES = 1024 * 1024;
const KEYS = 48;
/** Of all keys: more than the log keeps behind a snapshot (64 MiB), and the segment in use (32 MiB). */
const ROUNDS = 3;
const KILLS = 4;

async function open(cluster: RealCluster, index: number): Promise<RespConnection> {
  return await RespConnection.open(cluster.address(index).redisPort);
}

function valueOf(round: number, key: number): string {
  return `${round} ${key} `.padEnd(VALUE_BYTES, 'v');
}

/** Writes all keys `ROUNDS` times, the last time with the values of `round`. */
async function write(cluster: RealCluster, index: number, round: number): Promise<void> {
  const connection = await open(cluster, index);
  for (let number = round - ROUNDS + 1; number <= round; number += 1) {
    for (let key = 0; key < KEYS; key += 1) {
      assert.equal(await connection.ask('SET', `key ${key}`, valueOf(number, key)), '+OK\r\n');
    }
  }
  connection.close();
}

function names(cluster: RealCluster, index: number): string[] {
  return readdirSync(cluster.directoryOf(index));
}

/** Takes snapshots at these replicas, and waits until none of them has the log's segment `first` any more. */
async function compact(
  cluster: RealCluster,
  operator: RealOperator,
  indexes: number[],
  first: string,
): Promise<void> {
  for (const index of indexes) {
    assert.equal((await operator.ask(index, 'POST', '/v1/snapshot'))?.status, 200);
    await eventually(`replica ${index} has removed ${first}`, () =>
      names(cluster, index).includes(first) ? undefined : true,
    );
  }
}

function firstSegment(cluster: RealCluster, index: number): string {
  return (
    names(cluster, index)
      .filter((name) => name.startsWith('log-'))
      .toSorted()[0] ?? ''
  );
}

/** What has come of a snapshot, in bytes; undefined when none is coming. */
function received(cluster: RealCluster, index: number): number | undefined {
  const directory = cluster.directoryOf(index);
  const name = readdirSync(directory).find((each) => each.endsWith('.received'));
  return name === undefined
    ? undefined
    : statSync(path.join(directory, name), { throwIfNoEntry: false })?.size;
}

/** The name of the newest that is whole; of one that was killed behind the last piece nothing else tells. */
function newestSnapshot(cluster: RealCluster, index: number): string | undefined {
  return names(cluster, index)
    .filter((name) => /^snapshot-\d+$/.test(name))
    .toSorted()
    .at(-1);
}

function installs(cluster: RealCluster, index: number): number {
  return cluster.lines(index).filter((line) => / taken over: /.test(line)).length;
}

async function assertHolds(cluster: RealCluster, index: number, round: number): Promise<void> {
  await cluster.ready(index);
  const connection = await open(cluster, index);
  for (let key = 0; key < KEYS; key += 1) {
    const value = valueOf(round, key);
    assert.equal(await connection.ask('GET', `key ${key}`), `$${VALUE_BYTES}\r\n${value}\r\n`);
  }
  connection.close();
}

test('a replica that was away takes over a snapshot, killed in the middle too, and with its disk lost', async (t) => {
  const cluster = await RealCluster.startFresh(t, 3);
  const operator = new RealOperator(cluster);
  await operator.found(0);
  await operator.add(1);
  await operator.add(2);
  await cluster.allReady();
  const leader = await cluster.leader();
  const [away = -1, other = -1] = cluster.indexes.filter((index) => index !== leader);
  const serving = [leader, other];
  const oldId = (await operator.status(away)).id;

  await cluster.kill(away);
  await write(cluster, leader, 3);
  await compact(cluster, operator, serving, 'log-000000000001');
  cluster.restart(away);
  await assertHolds(cluster, away, 3);
  assert.equal(installs(cluster, away), 1);

  // In the middle of it, as far as a look at the file can tell, and later in each life.
  await cluster.kill(away);
  const goneBefore = firstSegment(cluster, leader);
  const otherBefore = firstSegment(cluster, other);
  await write(cluster, leader, 6);
  await compact(cluster, operator, [leader], goneBefore);
  await compact(cluster, operator, [other], otherBefore);
  const before = newestSnapshot(cluster, away);
  for (let kill = 0; kill < KILLS; kill += 1) {
    cluster.restart(away);
    const bytes = (kill + 1) * 4 * VALUE_BYTES;
    await eventually('a snapshot comes, or has come', () =>
      (received(cluster, away) ?? 0) > bytes || newestSnapshot(cluster, away) !== before ? true : undefined,
    );
    await cluster.kill(away);
  }
  cluster.restart(away);
  await assertHolds(cluster, away, 6);
  await cluster.assertSameState();

  // An empty disk is another replica: it is added, and the one that was lost is removed.
  await cluster.kill(away);
  rmSync(cluster.directoryOf(away), { recursive: true });
  cluster.restart(away);
  const installed = installs(cluster, away);
  await operator.add(away);
  await eventually('the lost identity is removed', async () => {
    const answer = await operator.ask(await operator.leader(), 'DELETE', `/v1/members/${oldId}`);
    return answer?.status === 200 ? true : undefined;
  });
  await assertHolds(cluster, away, 6);
  assert.ok(installs(cluster, away) > installed);
  await cluster.assertSameState();
});
