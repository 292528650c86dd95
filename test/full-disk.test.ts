/** A disk that is full to the last block: nobody dies, nothing is lost, what frees memory goes on, and it ends by itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

/** Three replicas hold two segments each, of 32 MiB; then there is room for a few more. */
const DISK_MIB = 300;
/** Removed when the disk shall have room again. */
const BALLAST_MIB = 70;
const VALUE_BYTES = 64 * 1024;
/** Far more than the disk holds. */
const WRITES_MAX = (DISK_MIB * 1024 * 1024) / VALUE_BYTES;
const OTHER = 'other';

/** Two snapshots of these keys, and 130 MiB of segments: by far no room for as much log as there is data, which is when one is due. */
const TIGHT_KEYS = 90;
const TIGHT_DISK_MIB = 330;
const TIGHT_WRITES = 400;

const isRoot = process.getuid?.() === 0;

/** A file system of its own; undefined where nobody may mount one. */
function smallDisk(t: TestContext, mebibytes: number): string | undefined {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory]);
  if (mounted.status !== 0) {
    rmdirSync(directory);
    return undefined;
  }
  t.after(() => {
    spawnSync('umount', ['-l', directory]);
    rmdirSync(directory);
  });
  return directory;
}

async function open(cluster: RealCluster, index: number): Promise<RespConnection> {
  return await RespConnection.open(cluster.address(index).redisPort);
}

/** Writes until one is refused, and answers how many were taken. */
async function fill(connection: RespConnection): Promise<number> {
  const value = 'v'.repeat(VALUE_BYTES);
  for (let count = 0; count < WRITES_MAX; count += 1) {
    const reply = await connection.ask('SET', `key ${count % 100}`, value);
    if (reply === '+OK\r\n') continue;
    assert.match(reply ?? 'nothing', /^-(?:MISCONF|CLUSTERDOWN|UNKNOWNOUTCOME) /);
    if (reply?.startsWith('-MISCONF ') === true) return count;
  }
  return assert.fail('the disk takes everything');
}

test(
  'with all disks full reads and deletes go on, writes get a clear error, and resume when there is room',
  { skip: !isRoot && 'only root may mount a file system' },
  async (t) => {
    const disk = smallDisk(t, DISK_MIB);
    if (disk === undefined) return t.skip('a file system can not be mounted here');
    const ballast = path.join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(BALLAST_MIB * 1024 * 1024, 1));
    const cluster = await RealCluster.start(t, 3, { parent: disk });
    const pids = cluster.indexes.map((index) => cluster.pid(index));
    const clients = await Promise.all(cluster.indexes.map((index) => open(cluster, index)));
    const [first] = clients;
    assert(first !== undefined);
    assert.equal(await first.ask('SET', OTHER, 'kept'), '+OK\r\n');
    t.diagnostic(`${await fill(first)} writes of 64 KiB filled the disk`);
    for (const client of clients) {
      // An election may be under way: whoever leads then has no room either.
      await eventually('everybody refuses what grows', async () =>
        (await client.ask('SET', 'new', 'x'))?.startsWith('-MISCONF ') === true ? true : undefined,
      );
      assert.equal(await client.ask('GET', OTHER), '$4\r\nkept\r\n');
      assert.match((await client.ask('DEL', 'key 1', 'key 2')) ?? '', /^:\d/);
      assert.equal(await client.ask('GET', 'key 1'), '$-1\r\n');
    }
    const { httpPort } = cluster.address(0);
    const refused = await fetch(`http://127.0.0.1:${httpPort}/v1/kv/new`, { method: 'PUT', body: 'x' });
    assert.equal(refused.status, 507);
    assert.match(await refused.text(), /disk/);
    rmSync(ballast);
    for (const client of clients) {
      await eventually('writing goes on', async () =>
        (await client.ask('SET', 'new', 'x')) === '+OK\r\n' ? true : undefined,
      );
    }
    assert.deepEqual(
      cluster.indexes.map((index) => cluster.pid(index)),
      pids,
      'nobody died',
    );
    await cluster.assertSameState();
    for (const client of clients) client.close();
  },
);

test(
  'a log that fills the disk before a snapshot is due makes room by itself, since a snapshot always has some',
  { skip: !isRoot && 'only root may mount a file system' },
  async (t) => {
    const disk = smallDisk(t, TIGHT_DISK_MIB);
    if (disk === undefined) return t.skip('a file system can not be mounted here');
    const cluster = await RealCluster.start(t, 1, { parent: disk });
    const connection = await open(cluster, 0);
    const value = 'v'.repeat(1024 * 1024);
    let refusals = 0;
    for (let count = 0; count < TIGHT_WRITES; count += 1) {
      await eventually('writing goes on', async () => {
        const reply = await connection.ask('SET', `key ${count % TIGHT_KEYS}`, value);
        if (reply === '+OK\r\n') return true;
        assert.match(reply ?? 'nothing', /^-MISCONF /);
        refusals += 1;
        return undefined;
      });
    }
    t.diagnostic(`${refusals} refusals in ${TIGHT_WRITES} writes of 1 MiB`);
    assert.equal(await connection.ask('DBSIZE'), `:${TIGHT_KEYS}\r\n`);
    connection.close();
  },
);
