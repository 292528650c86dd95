/** `paxosctl` on directories of replicas that were killed with -9: restore, recover, and what is damaged. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { freePortBase } from '../node/local/free-ports.ts';
import { eventually } from './testing/deadline.ts';
import { jsonOf, paxosctl, paxosctlAt, type Said } from './testing/paxosctl.ts';
import { RealCluster } from './testing/real-cluster.ts';

interface Recovered {
  readonly cluster: string;
  readonly certainThrough: number;
  readonly through: number;
  readonly done: boolean;
  readonly newCluster?: string;
  readonly consequences: readonly string[];
}

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxosctl-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function succeeded(said: Said): Said {
  assert.equal(said.code, 0, `${said.out}${said.error}`);
  return said;
}

/** Names, lengths and contents of all files of a directory. */
function fingerprint(directory: string): string[] {
  return readdirSync(directory)
    .toSorted()
    .map((name) => {
      const bytes = readFileSync(path.join(directory, name));
      return `${name} ${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
    });
}

function addressesFor(portBase: number, replicas: number): string[] {
  return Array.from({ length: replicas }, (_, index) => [
    '--address',
    `127.0.0.1:${portBase + 1_000 + index}`,
  ]).flat();
}

async function writeKeys(cluster: RealCluster, count: number): Promise<void> {
  for (let key = 0; key < count; key += 1)
    succeeded(await paxosctlAt(cluster, cluster.indexes, ['put', `key:${key}`, `value:${key}`]));
}

async function assertKeys(cluster: RealCluster, count: number): Promise<void> {
  for (let key = 0; key < count; key += 1) {
    assert.equal(succeeded(await paxosctlAt(cluster, [0], ['get', `key:${key}`])).out, `value:${key}`);
  }
}

test('a backup, restored, is a new cluster with the same data, in which every replica has a new id', async (t) => {
  const cluster = await RealCluster.start(t);
  const directory = temporaryDirectory(t);
  await writeKeys(cluster, 5);
  const file = path.join(directory, 'backup');
  succeeded(await paxosctlAt(cluster, [0], ['backup', file]));
  // After the backup: this is not in it.
  succeeded(await paxosctlAt(cluster, [0], ['put', 'late', 'x']));
  const old = await Promise.all(cluster.indexes.map((index) => cluster.status(index)));
  await cluster.kill(0, 1, 2);

  const portBase = await freePortBase(3);
  const data = mkdtempSync(path.join(tmpdir(), 'paxosctl-restored-'));
  const dirs = [0, 1, 2].map((index) => path.join(data, `replica-${index}`));
  const args = ['restore', file, ...dirs.flatMap((dir) => ['--dir', dir]), ...addressesFor(portBase, 3)];
  const rows = jsonOf(succeeded(await paxosctl([...args, '--output', 'json']))) as {
    replica: string;
    cluster: string;
  }[];
  assert.equal(new Set(rows.map(({ replica }) => replica)).size, 3);
  const ids = new Set(old.map((status) => status?.id));
  assert.ok(rows.every(({ replica }) => !ids.has(replica)));
  succeeded(await paxosctl(['verify', ...dirs.flatMap((dir) => ['--dir', dir])]));
  const twice = await paxosctl(args);
  assert.equal(twice.code, 4);
  assert.match(twice.error, /is not empty/);

  const restored = await RealCluster.start(t, 3, { directory: data, portBase });
  await assertKeys(restored, 5);
  assert.equal((await paxosctlAt(restored, [0], ['get', 'late'])).code, 1);
  const status = await restored.status(0);
  assert.equal(status?.cluster, rows[0]?.cluster);
  assert.notEqual(status?.cluster, old[0]?.cluster);
  await writeKeys(restored, 6);
  await restored.assertSameState();
  succeeded(await paxosctlAt(restored, [0], ['verify']));
});

test('a damaged or short backup is refused, and no directory is made of it', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const directory = temporaryDirectory(t);
  await writeKeys(cluster, 3);
  const file = path.join(directory, 'backup');
  succeeded(await paxosctlAt(cluster, [0], ['backup', file]));
  const bytes = readFileSync(file).length;
  const target = path.join(directory, 'new');
  for (const damage of [
    (name: string) => flipBit(name, Math.floor(bytes / 2)),
    (name: string) => truncateSync(name, bytes - 1),
  ]) {
    const copy = path.join(directory, 'copy');
    cpSync(file, copy);
    damage(copy);
    const said = await paxosctl(['restore', copy, '--dir', target]);
    assert.equal(said.code, 1, said.out);
    assert.match(said.error, /a snapshot is damaged at byte/);
    assert.deepEqual(readdirSync(target), []);
  }
  assert.match(
    (await paxosctl(['restore', path.join(directory, 'none'), '--dir', target])).error,
    /must be a backup/,
  );
});

test('recover takes what is left of a cluster without a quorum into a new one, and leaves the survivors as they are', async (t) => {
  const cluster = await RealCluster.start(t);
  await writeKeys(cluster, 5);
  const leader = await cluster.leader();
  const survivor = (leader + 1) % 3;
  const status = await cluster.status(survivor);
  await eventually('the survivor knows of everything', async () => {
    const [mine, theirs] = [await cluster.status(survivor), await cluster.status(leader)];
    return mine?.applied === theirs?.applied || undefined;
  });
  const running = await paxosctl(['recover', '--dir', cluster.directoryOf(survivor)]);
  assert.equal(running.code, 4);
  assert.match(running.error, /is in use by another process[^]*end the replicas of the old cluster first/);

  await cluster.kill(0, 1, 2);
  const left = cluster.directoryOf(survivor);
  const before = fingerprint(left);
  const told = await paxosctl(['recover', '--dir', left, '--output', 'json']);
  assert.equal(told.code, 4);
  const plan = jsonOf(told) as Recovered;
  assert.equal(plan.cluster, status?.cluster);
  assert.equal(plan.done, false);
  assert.match(plan.consequences.join('\n'), /directories of 1 of them are here/);
  assert.match(plan.consequences.join('\n'), /every write that was acknowledged in a slot after/);

  const data = mkdtempSync(path.join(tmpdir(), 'paxosctl-recovered-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const into = path.join(data, 'replica-0');
  const portBase = await freePortBase(1);
  const base = ['recover', '--dir', left, '--into', into, ...addressesFor(portBase, 1)];
  const wrong = await paxosctl([...base, '--force', 'f'.repeat(32)]);
  assert.equal(wrong.code, 4);
  assert.match(wrong.error, /is not the id of the cluster/);
  const itself = await paxosctl(['recover', '--dir', left, '--into', left, '--force', plan.cluster]);
  assert.equal(itself.code, 2);
  const other = cluster.directoryOf(leader);
  const full = await paxosctl(['recover', '--dir', left, '--into', other, '--force', plan.cluster]);
  assert.equal(full.code, 4);
  assert.match(full.error, /is not empty/);

  const done = jsonOf(
    succeeded(await paxosctl([...base, '--force', plan.cluster, '--output', 'json'])),
  ) as Recovered;
  assert.equal(done.done, true);
  assert.notEqual(done.newCluster, plan.cluster);
  assert.deepEqual(fingerprint(left), before, 'the survivor was not changed');

  const recovered = await RealCluster.start(t, 1, { directory: data, portBase });
  await assertKeys(recovered, 5);
  await writeKeys(recovered, 6);
  assert.equal((await recovered.status(0))?.cluster, done.newCluster);
});

test('recover says that a quorum is left, and refuses directories that do not belong together', async (t) => {
  const cluster = await RealCluster.start(t);
  const another = await RealCluster.start(t, 1);
  await writeKeys(cluster, 2);
  await cluster.kill(0, 1, 2);
  await another.kill(0);
  const dirs = [0, 1].flatMap((index) => ['--dir', cluster.directoryOf(index)]);
  const quorum = await paxosctl(['recover', ...dirs]);
  assert.equal(quorum.code, 4);
  assert.match(quorum.out, /These are a quorum/);
  const mixed = await paxosctl(['recover', ...dirs, '--dir', another.directoryOf(0)]);
  assert.equal(mixed.code, 4);
  assert.match(mixed.error, /is of cluster [0-9a-f]{32}, and .* of cluster/);
  const copy = path.join(temporaryDirectory(t), 'copy');
  cpSync(cluster.directoryOf(0), copy, { recursive: true });
  const twice = await paxosctl(['recover', ...dirs, '--dir', copy]);
  assert.equal(twice.code, 4);
  assert.match(twice.error, /are both of replica/);
  const empty = await paxosctl(['recover', '--dir', temporaryDirectory(t)]);
  assert.equal(empty.code, 4);
  assert.match(empty.error, /holds no log of a replica/);
});

test('verify, log, diff and recover tell of a damaged record, and none of them changes the directory', async (t) => {
  const cluster = await RealCluster.start(t);
  await writeKeys(cluster, 4);
  await cluster.kill(0, 1, 2);
  const [sound, damaged] = [cluster.directoryOf(0), cluster.directoryOf(1)];
  succeeded(await paxosctl(['verify', '--dir', sound, '--dir', damaged]));
  const same = succeeded(await paxosctl(['diff', '--dir', sound, '--dir', damaged]));
  assert.match(same.error, / 0 differ/);
  const records = (await paxosctl(['log', '--dir', damaged, '--kind', 'entry', '--output', 'json'])).out
    .trim()
    .split('\n');
  const second = JSON.parse(records[1] ?? '') as { file: string; offset: number };
  flipBit(path.join(damaged, second.file), second.offset + 20);

  const before = fingerprint(damaged);
  const verified = await paxosctl(['verify', '--dir', sound, '--dir', damaged, '--output', 'json']);
  assert.equal(verified.code, 1);
  const states = jsonOf(verified) as { directory: string; state: string; detail: string }[];
  assert.deepEqual(
    states.map(({ state }) => state),
    ['ok', 'damaged'],
  );
  assert.match(states[1]?.detail ?? '', /log-000000000001 at byte \d+: a damaged record/);
  const printed = await paxosctl(['log', '--dir', damaged]);
  assert.equal(printed.code, 1);
  assert.match(printed.out, /accepted slot 1 /);
  assert.match(printed.error, /damaged record/);
  for (const args of [
    ['diff', '--dir', sound, '--dir', damaged],
    ['recover', '--dir', damaged],
  ]) {
    const said = await paxosctl(args);
    assert.equal(said.code, 1, said.out);
    assert.match(said.error, /damaged record/);
  }
  assert.deepEqual(fingerprint(damaged), before);
});

test('verify checks snapshots, and takes a torn end for what it is', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  await writeKeys(cluster, 4);
  succeeded(await paxosctlAt(cluster, [0], ['snapshot']));
  const directory = cluster.directoryOf(0);
  const inUse = await paxosctl(['verify', '--dir', directory]);
  assert.match(inUse.error, /A replica runs in one of them/);
  await cluster.kill(0);
  const sound = succeeded(await paxosctl(['verify', '--dir', directory]));
  assert.match(sound.out, /snapshot-\d{12} +ok +slot \d+, 4 keys/);
  // What a write leaves that the power failed under: some of its sectors, behind the last one that was synced.
  const segment = path.join(directory, 'log-000000000001');
  flipBit(segment, readFileSync(segment).length - 700);
  const torn = succeeded(await paxosctl(['verify', '--dir', directory]));
  assert.match(torn.out, /log +ok .*bytes at its end were never synced: a start cuts them/);

  const name = readdirSync(directory).find((each) => each.startsWith('snapshot-')) ?? '';
  flipBit(path.join(directory, name), 300);
  const damaged = await paxosctl(['verify', '--dir', directory]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.out, /damaged +a snapshot is damaged at byte/);
  const recovering = await paxosctl(['recover', '--dir', directory]);
  assert.equal(recovering.code, 1);
  assert.match(recovering.error, /a snapshot is damaged/);
});

function flipBit(file: string, offset: number): void {
  const byte = readFileSync(file)[offset] ?? 0;
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.from([byte ^ 1]), 0, 1, offset);
  closeSync(descriptor);
}
