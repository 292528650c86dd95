/** `paxosctl` on directories of replicas that were killed with -9: restore, recover, and what is damaged. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { freePortBase } from '../node/local/free-ports.ts';
import { eventually } from './testing/deadline.ts';
import { flipBit } from './testing/flip-bit.ts';
import { jsonOf, paxosctl, paxosctlAt, succeeded } from './testing/paxosctl.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { temporaryDirectory } from '../node/src/storage/testing/temporary-directory.ts';

interface Recovered {
  readonly cluster: string;
  readonly certainThrough: number;
  readonly through: number;
  readonly done: boolean;
  readonly newCluster?: string;
  readonly revision?: number;
  readonly consequences: readonly string[];
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

/** What clients of the old cluster remember: a tag of a value that is lost, and a place to watch on from, below or above. */
async function assertNoRevisionComesAgain(cluster: RealCluster, revision: number): Promise<void> {
  const { httpPort } = cluster.address(0);
  const url = `http://127.0.0.1:${httpPort}/v1`;
  const watch = async (from: number) => await fetch(`${url}/watch?prefix=&from=${from}`);
  for (const from of [1, 3, 6, 7, 8, revision, revision + 100]) {
    const answer = await watch(from);
    const { code, resumeFrom } = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([from, answer.status, code, resumeFrom], [from, 410, 'compacted', revision + 1]);
  }
  const put = async (headers: Record<string, string>) =>
    await fetch(`${url}/kv/key:0`, { method: 'PUT', body: 'value:0', headers });
  assert.equal((await put({ 'If-Match': '"1"' })).status, 204, 'what the backup holds keeps its tag');
  for (let tag = 1; tag < 10; tag += 1) assert.equal((await put({ 'If-Match': `"${tag}"` })).status, 412);
  assert.equal((await fetch(`${url}/kv/key:0`)).headers.get('etag'), `"${revision + 1}"`);
}

test('a backup, restored, is a new cluster with the same data, in which every replica has a new id', async (t) => {
  const cluster = await RealCluster.start(t);
  const directory = temporaryDirectory(t, 'paxosctl');
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
    revision: number;
  }[];
  assert.equal(new Set(rows.map(({ replica }) => replica)).size, 3);
  const ids = new Set(old.map((status) => status?.id));
  assert.ok(rows.every(({ replica }) => !ids.has(replica)));
  succeeded(await paxosctl(['verify', ...dirs.flatMap((dir) => ['--dir', dir])]));
  for (const name of [
    file,
    ...dirs,
    ...readdirSync(dirs[0] ?? '').map((each) => path.join(dirs[0] ?? '', each)),
  ])
    assert.equal(statSync(name).mode & 0o077, 0, `${name} is for its owner only`);
  const twice = await paxosctl(args);
  assert.equal(twice.code, 4);
  assert.match(twice.error, /is not empty/);

  const restored = await RealCluster.start(t, 3, { directory: data, portBase });
  await assertKeys(restored, 5);
  assert.equal((await paxosctlAt(restored, [0], ['get', 'late'])).code, 1);
  await assertNoRevisionComesAgain(restored, rows[0]?.revision ?? 0);
  const status = await restored.status(0);
  assert.equal(status?.cluster, rows[0]?.cluster);
  assert.notEqual(status?.cluster, old[0]?.cluster);
  await writeKeys(restored, 6);
  await restored.assertSameState();
  succeeded(await paxosctlAt(restored, [0], ['verify']));
});

test('a damaged or short backup is refused, and no directory is made of it', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const directory = temporaryDirectory(t, 'paxosctl');
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
    assert.match(said.error, new RegExp(`${copy} is no whole backup[^]*try: copy it again`));
    assert.ok(!existsSync(target));
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
  await assertNoRevisionComesAgain(recovered, done.revision ?? 0);
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
  const copy = path.join(temporaryDirectory(t, 'paxosctl'), 'copy');
  cpSync(cluster.directoryOf(0), copy, { recursive: true });
  const twice = await paxosctl(['recover', ...dirs, '--dir', copy]);
  assert.equal(twice.code, 4);
  assert.match(twice.error, /are both of replica/);
  const empty = await paxosctl(['recover', '--dir', temporaryDirectory(t, 'paxosctl')]);
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
  // Not of the first write: whoever came late got several entries with that.
  const last = JSON.parse(records.at(-1) ?? '') as { file: string; offset: number };
  flipBit(path.join(damaged, last.file), last.offset + 20);

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
  const compared = await paxosctl(['diff', '--dir', sound, '--dir', damaged]);
  assert.equal(compared.code, 1, compared.out);
  assert.match(compared.error, /damaged record/);
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
});

test('recover reads the last survivor as far as it is intact, says what is damaged, and advises nobody to remove it', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  await writeKeys(cluster, 4);
  await cluster.kill(0);
  const left = cluster.directoryOf(0);
  const records = (await paxosctl(['log', '--dir', left, '--kind', 'entry', '--output', 'json'])).out
    .trim()
    .split('\n');
  const last = JSON.parse(records.at(-1) ?? '') as { file: string; offset: number; slot: number };
  flipBit(path.join(left, last.file), last.offset + 20);
  const before = fingerprint(left);

  const told = await paxosctl(['recover', '--dir', left, '--output', 'json']);
  assert.equal(told.code, 4, told.error);
  const plan = jsonOf(told) as Recovered;
  const text = plan.consequences.join('\n');
  assert.match(text, /is damaged \(log-000000000001 at byte \d+: a damaged record/);
  assert.match(text, new RegExp(`is read up to slot ${last.slot - 1},.*Keep this directory`));
  assert.match(text, /Lost without a trace: every write that was acknowledged in a slot after/);
  assert.doesNotMatch(text, /[Rr]emove|These are a quorum/);
  assert.equal(plan.through, last.slot - 1);

  const data = mkdtempSync(path.join(tmpdir(), 'paxosctl-recovered-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const portBase = await freePortBase(1);
  const into = path.join(data, 'replica-0');
  const force = ['--into', into, '--force', plan.cluster, ...addressesFor(portBase, 1)];
  succeeded(await paxosctl(['recover', '--dir', left, ...force]));
  assert.deepEqual(fingerprint(left), before);
  const recovered = await RealCluster.start(t, 1, { directory: data, portBase });
  await assertKeys(recovered, 3);
  await recovered.kill(0);

  // Nothing of it can be read: another directory still can be, and alone it is no reason to give it up.
  const [header] = readdirSync(left)
    .filter((name) => name.startsWith('log-'))
    .toSorted();
  flipBit(path.join(left, header ?? ''), 20);
  const alone = await paxosctl(['recover', '--dir', left]);
  assert.equal(alone.code, 1);
  assert.match(alone.error, new RegExp(`${left} is damaged: .*[^]*try: keep what you have`));
  assert.doesNotMatch(alone.error, /[Rr]emove/);
  const both = await paxosctl(['recover', '--dir', left, '--dir', recovered.directoryOf(0)]);
  assert.match(both.out, new RegExp(`${left} is not used at all`));
  const same = await paxosctl(['recover', '--dir', left, '--dir', `${left}/.`]);
  assert.equal(same.code, 2);
  assert.match(same.error, /--dir must name each directory once/);
});

test('recover does without a damaged snapshot where the log holds what it stands for', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  await writeKeys(cluster, 4);
  succeeded(await paxosctlAt(cluster, [0], ['snapshot']));
  await cluster.kill(0);
  const left = cluster.directoryOf(0);
  const name = readdirSync(left).find((each) => each.startsWith('snapshot-')) ?? '';
  flipBit(path.join(left, name), 300);
  const told = await paxosctl(['recover', '--dir', left, '--output', 'json']);
  const log = readdirSync(left).includes('log-000000000001');
  if (log) assert.match((jsonOf(told) as Recovered).consequences.join('\n'), /a snapshot is damaged at byte/);
  else assert.match(told.error, /a snapshot is damaged at byte/);
  assert.doesNotMatch(`${told.out}${told.error}`, /[Rr]emove/);
});
