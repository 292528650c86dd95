/** `paxosctl prepare`: what the pods of a cluster do to their directories by the operator's orders. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { freePortBase } from '../node/local/free-ports.ts';
import { dutyOf } from '../node/ctl/offline/orders.ts';
import { eventually } from './testing/deadline.ts';
import { flipBit } from './testing/flip-bit.ts';
import { paxosctl, paxosctlAt, type Said } from './testing/paxosctl.ts';
import { RealCluster } from './testing/real-cluster.ts';

const NOTHING = { removedReplicas: [], retiredClusters: [], recovery: undefined };
const NEW_CLUSTER = 'e'.repeat(32);
/** Pods are called as they are reached. */
const [SEED, SURVIVOR] = ['127.0.0.1', '127.0.0.2'] as const;

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxosctl-prepare-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function succeeded(said: Said): void {
  assert.equal(said.code, 0, `${said.out}${said.error}`);
}

const WELL = { isDamaged: false };

test('dutyOf() goes by ids alone', () => {
  const recovery = { fromCluster: 'a', toCluster: 'b', seedPod: 'demo-0', survivors: ['demo-0', 'demo-1'] };
  const orders = { removedReplicas: ['1'], retiredClusters: ['z'], recovery };
  assert.deepEqual(dutyOf({ ...WELL, replica: '1', cluster: 'b' }, orders, 'demo-0'), {
    kind: 'setAside',
    why: 'removed',
  });
  assert.deepEqual(dutyOf({ ...WELL, replica: '2', cluster: 'z' }, orders, 'demo-0'), {
    kind: 'setAside',
    why: 'retired',
  });
  assert.deepEqual(dutyOf({ ...WELL, replica: '2', cluster: 'a' }, orders, 'demo-0'), {
    kind: 'recover',
    order: recovery,
  });
  assert.deepEqual(dutyOf({ ...WELL, replica: '2', cluster: 'a' }, orders, 'demo-2'), {
    kind: 'holdStill',
    order: recovery,
  });
  assert.deepEqual(dutyOf({ ...WELL, replica: '2', cluster: 'b' }, orders, 'demo-0'), { kind: 'goOn' });
  assert.deepEqual(dutyOf({ ...WELL, replica: '2', cluster: undefined }, orders, 'demo-0'), { kind: 'goOn' });
});

test('dutyOf() takes a damaged directory that does not tell any more whose it is for that of the pod that was named', () => {
  const recovery = { fromCluster: 'a', toCluster: 'b', seedPod: 'demo-0', survivors: ['demo-0', 'demo-1'] };
  const orders = { ...NOTHING, recovery };
  const damaged = { replica: undefined, cluster: undefined, isDamaged: true };
  // It may be the new cluster's, made by that very order.
  assert.deepEqual(dutyOf(damaged, orders, 'demo-0'), { kind: 'goOn' });
  assert.deepEqual(dutyOf({ ...damaged, cluster: 'b' }, orders, 'demo-0'), { kind: 'goOn' });
  assert.deepEqual(dutyOf({ ...damaged, cluster: 'a' }, orders, 'demo-0'), {
    kind: 'recover',
    order: recovery,
  });
  assert.deepEqual(dutyOf(damaged, orders, 'demo-1'), { kind: 'holdStill', order: recovery });
  assert.deepEqual(dutyOf(damaged, orders, 'demo-2'), { kind: 'goOn' });
  assert.deepEqual(dutyOf(damaged, NOTHING, 'demo-0'), { kind: 'goOn' });
  assert.deepEqual(dutyOf({ ...damaged, cluster: 'z' }, orders, 'demo-0'), { kind: 'goOn' });
});

test('prepare leaves a directory as it is, or sets it aside, and puts the next one in its place', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const status = await cluster.status(0);
  await cluster.kill(0);
  const volume = temporaryDirectory(t);
  const [directory, file] = [path.join(volume, 'replica'), path.join(volume, 'orders.json')];
  const prepare = async (orders: object): Promise<Said> => {
    writeFileSync(file, JSON.stringify(orders));
    return await paxosctl([
      'prepare',
      '--dir',
      directory,
      '--orders',
      file,
      '--pod',
      SEED,
      '--address',
      '{pod}',
    ]);
  };
  succeeded(await prepare(NOTHING));
  assert.equal(existsSync(directory), false, 'there was nothing');

  cpSync(cluster.directoryOf(0), directory, { recursive: true });
  const files = readdirSync(directory);
  succeeded(await prepare(NOTHING));
  succeeded(await prepare({ ...NOTHING, removedReplicas: ['0'.repeat(11) + '1'] }));
  assert.deepEqual(readdirSync(directory), files);

  const id = status?.id ?? '';
  succeeded(await prepare({ ...NOTHING, removedReplicas: [id] }));
  assert.equal(existsSync(directory), false);
  assert.deepEqual(readdirSync(path.join(volume, `removed-${id}`)), files);

  mkdirSync(path.join(volume, 'next'));
  writeFileSync(path.join(volume, 'next', 'log-000000000001'), '');
  succeeded(await prepare(NOTHING));
  assert.deepEqual(readdirSync(directory), ['log-000000000001']);

  const unreadable = await prepare({ removedReplicas: 'all' });
  assert.equal(unreadable.code, 2);
  assert.match(unreadable.error, /must hold removedReplicas/);
});

/** `harm` is done to the volumes of the seed and of the survivor before. */
async function recovered(t: TestContext, harm: (seed: string, survivor: string) => Promise<void> | void) {
  const cluster = await RealCluster.start(t, 5);
  for (let key = 0; key < 5; key += 1) {
    succeeded(await paxosctlAt(cluster, cluster.indexes, ['put', `key:${key}`, `value:${key}`]));
  }
  const status = await cluster.status(0);
  await cluster.assertSameState();
  await cluster.kill(...cluster.indexes);
  const volumes = [temporaryDirectory(t), temporaryDirectory(t)] as const;
  const directories = [path.join(volumes[0], 'replica-0'), path.join(volumes[1], 'replica-0')] as const;
  cpSync(cluster.directoryOf(3), directories[0], { recursive: true });
  cpSync(cluster.directoryOf(4), directories[1], { recursive: true });

  await harm(...directories);
  const portBase = await freePortBase(1);
  const secretFile = path.join(volumes[0], 'secret');
  writeFileSync(secretFile, 'a secret of the cluster that is long enough\n');
  const file = path.join(volumes[0], 'orders.json');
  const fromCluster = status?.cluster ?? '';
  const recovery = { fromCluster, toCluster: NEW_CLUSTER, seedPod: SEED, survivors: [SEED, SURVIVOR] };
  writeFileSync(file, JSON.stringify({ ...NOTHING, recovery }));
  const prepare = (directory: string, pod: string): Promise<Said> =>
    paxosctl([
      'prepare',
      `--dir=${directory}`,
      `--orders=${file}`,
      `--pod=${pod}`,
      `--address={pod}:${portBase + 1_000}`,
      `--listen-host=${pod}`,
      `--cluster-secret-file=${secretFile}`,
    ]);
  // The seed is there first, and asks until the other one answers.
  const seed = prepare(directories[0], SEED);
  const survivor = prepare(directories[1], SURVIVOR);
  const said = await seed;
  succeeded(said);
  assert.deepEqual(
    readdirSync(volumes[0])
      .filter((name) => !name.startsWith('retired-'))
      .toSorted(),
    ['orders.json', 'replica-0', 'secret'],
  );

  writeFileSync(file, JSON.stringify({ ...NOTHING, retiredClusters: [fromCluster] }));
  succeeded(await survivor);
  const next = await RealCluster.start(t, 1, { directory: volumes[0], portBase });
  await eventually('the data is back', async () => {
    const read = await paxosctlAt(next, [0], ['get', 'key:4']);
    return read.out === 'value:4';
  });
  assert.equal((await next.status(0))?.cluster, NEW_CLUSTER);
  return {
    said: said.error,
    left: readdirSync(volumes[1]).map((name) => name.replace(/-[0-9a-f]{12}$/, '')),
  };
}

test('prepare recovers a lost quorum from the volumes of two pods, neither of which sees the other one', async (t) => {
  const { said, left } = await recovered(t, () => undefined);
  assert.match(said, /Kept for certain/);
  assert.deepEqual(left, ['retired']);
});

test('prepare recovers from volumes that are damaged, as far as they can be read, and gives none of them up', async (t) => {
  for (const which of [0, 1]) {
    const { said, left } = await recovered(t, async (...directories) => {
      const directory = directories[which] ?? '';
      const { out } = await paxosctl(['log', '--dir', directory, '--kind', 'entry', '--output', 'json']);
      const last = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { file: string; offset: number };
      flipBit(path.join(directory, last.file), last.offset + 20);
    });
    assert.match(said, /is damaged \(log-000000000001 at byte \d+/);
    assert.deepEqual(left, ['retired']);
  }
});

test('prepare recovers where one of the volumes tells nothing any more, not even whose it is', async (t) => {
  const { said, left } = await recovered(t, (_seed, survivor) =>
    flipBit(path.join(survivor, 'log-000000000001'), 20),
  );
  assert.match(said, /is not used at all, because it is damaged/);
  // Nobody knows whose it was, so nobody sets it aside.
  assert.deepEqual(left, ['replica-0']);
});

test('prepare makes nothing by an order that is withdrawn while it waits for a survivor', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const status = await cluster.status(0);
  await cluster.kill(0);
  const volume = temporaryDirectory(t);
  const [directory, file] = [path.join(volume, 'replica'), path.join(volume, 'orders.json')];
  cpSync(cluster.directoryOf(0), directory, { recursive: true });
  const before = readdirSync(directory);
  const portBase = await freePortBase(1);
  const fromCluster = status?.cluster ?? '';
  const recovery = { fromCluster, toCluster: NEW_CLUSTER, seedPod: SEED, survivors: [SEED, SURVIVOR] };
  writeFileSync(file, JSON.stringify({ ...NOTHING, recovery }));
  // It does not hold still yet; and when it is asked, the old quorum is back.
  const survivor = http.createServer((_request, response) => {
    writeFileSync(file, JSON.stringify(NOTHING));
    response.writeHead(503).end();
  });
  t.after(() => survivor.close());
  await new Promise<void>((resolve) => survivor.listen(portBase + 3_000, SURVIVOR, resolve));
  const said = await paxosctl([
    'prepare',
    `--dir=${directory}`,
    `--orders=${file}`,
    `--pod=${SEED}`,
    `--address={pod}:${portBase + 1_000}`,
  ]);
  succeeded(said);
  assert.match(said.error, /The order to recover was withdrawn/);
  assert.deepEqual(readdirSync(directory), before);
  assert.deepEqual(readdirSync(volume).toSorted(), ['orders.json', 'replica']);
});
