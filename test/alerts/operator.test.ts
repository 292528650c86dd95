/**
 * A real operator that dies, does not lead, fails or hangs, and what it says of clusters that it does not understand, or that nobody
 * else tells of.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { FakeApiServer } from '../../operator/testing/fake-api-server.ts';
import { FakeListener } from '../../operator/testing/fake-listener.ts';
import { Refused } from '../../operator/testing/refused.ts';
import { PAXOS_CLUSTER } from '../../operator/src/controller/cluster-objects.ts';
import { freePort } from '../testing/free-port.ts';
import { ObservedOperator } from '../testing/observed-operator.ts';
import { RealCluster } from '../testing/real-cluster.ts';
import { prometheusMissing, RealPrometheus } from './testing/real-prometheus.ts';

const PROGRAM = path.join(import.meta.dirname, '../../operator/src/main.ts');
/** More than fail while the test looks. */
const MANY = 100_000;
/** As a real API server does each minute. */
const BOOKMARK_MS = 1_000;
/** More than are worked on at a time, and wait without harm. */
const CLUSTERS = 40;
const SPEC = { replicas: 1, storage: { size: '1Gi' } };

const skip = prometheusMissing();
const { apiVersion, kind } = PAXOS_CLUSTER;
const named = (index: number) => ({ namespace: 'test', name: `demo-${index}` });

function runner(t: TestContext, kubeconfig: string, port: number) {
  let child: ChildProcess | undefined;
  const end = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  };
  t.after(end);
  return {
    begin: () => {
      child = spawn(process.execPath, [PROGRAM, `--health-port=${port}`, '--health-host=127.0.0.1'], {
        env: { ...process.env, KUBECONFIG: kubeconfig },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    },
    end,
  };
}

async function setUp(t: TestContext, clusters: number) {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-operator-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const api = new FakeApiServer({ kinds: [PAXOS_CLUSTER], bookmarkMs: BOOKMARK_MS });
  const listener = await FakeListener.start(api);
  t.after(() => listener.close());
  for (let index = 0; index < clusters; index += 1) {
    api.create(PAXOS_CLUSTER, { apiVersion, kind, metadata: named(index), spec: SPEC } as never);
  }
  const kubeconfig = path.join(directory, 'config');
  writeFileSync(kubeconfig, listener.kubeconfig);
  const port = await freePort();
  const labels = { namespace: 'paxoskv-system', pod: 'paxoskv-operator-1' };
  const prometheus = await RealPrometheus.start(t, [
    { job: 'paxoskv-operator', targets: [{ address: `127.0.0.1:${port}`, labels }] },
  ]);
  return { api, operator: runner(t, kubeconfig, port), prometheus };
}

test('an operator that is gone, that does not lead, that fails', { skip }, async (t) => {
  const { api, operator, prometheus } = await setUp(t, 0);
  await prometheus.fires('PaxosKVOperatorDown');
  let refuses = true;
  api.fail(
    MANY,
    new Refused(403, 'Forbidden', 'no leases for you'),
    ({ path: route }) => refuses && route.includes('/leases'),
  );
  operator.begin();
  await prometheus.resolves('PaxosKVOperatorDown');
  await prometheus.fires('PaxosKVOperatorNoLeader');
  refuses = false;
  await prometheus.resolves('PaxosKVOperatorNoLeader');

  let fails = true;
  api.fail(
    MANY,
    new Refused(500, 'InternalError', 'the disk of etcd is full'),
    ({ method, path: route }) => fails && method !== 'GET' && !route.includes('/leases'),
  );
  // Many: each is tried again less and less often.
  for (let index = 0; index < CLUSTERS; index += 1) {
    api.create(PAXOS_CLUSTER, { apiVersion, kind, metadata: named(index), spec: SPEC } as never);
  }
  await prometheus.fires('PaxosKVReconcileFailing');
  fails = false;
  await prometheus.resolves('PaxosKVReconcileFailing');
});

test('an operator that gets no answers to what it writes, and then hears nothing', { skip }, async (t) => {
  const { api, operator, prometheus } = await setUp(t, CLUSTERS);
  const hang = { writes: true, reads: false };
  api.fail(
    MANY,
    'hang',
    ({ method, path: route }) => (method === 'GET' ? hang.reads : hang.writes) && !route.includes('/leases'),
  );
  operator.begin();
  const stuck = ['PaxosKVReconcileStuck', 'PaxosKVOperatorQueueGrows'];
  await prometheus.fires(...stuck);
  hang.writes = false;
  await prometheus.resolves(...stuck);

  hang.reads = true;
  api.watches.freezeAll();
  await prometheus.fires('PaxosKVOperatorDeaf');
  hang.reads = false;
  api.watches.cutAll();
  await prometheus.resolves('PaxosKVOperatorDeaf');
});

test('a spec that the operator does not understand', { skip }, async (t) => {
  const { api, operator, prometheus } = await setUp(t, 1);
  operator.begin();
  await prometheus.resolves('PaxosKVOperatorDown');
  // As with the definition of another release: this one would have refused it.
  api.patch(PAXOS_CLUSTER, named(0), { spec: { replicas: 4 } });
  const [invalid] = await prometheus.fires('PaxosKVSpecInvalid');
  assert.equal(invalid?.labels['name'], named(0).name);
  api.patch(PAXOS_CLUSTER, named(0), { spec: { replicas: 3 } });
  await prometheus.resolves('PaxosKVSpecInvalid');
});

test('a cluster of which Prometheus knows nothing', { skip }, async (t) => {
  const operator = await ObservedOperator.start(t, 'shop');
  const cluster = await RealCluster.start(t, 1);
  const labels = { namespace: 'shop', pod: 'demo-0', paxoskv_dev_cluster: 'demo' };
  const prometheus = await RealPrometheus.start(t, [
    { job: 'demo-peers', targets: [{ address: `127.0.0.1:${cluster.address(0).adminPort}`, labels }] },
    {
      job: 'paxoskv-operator',
      targets: [
        {
          address: `127.0.0.1:${operator.port}`,
          labels: { namespace: 'paxoskv-system', pod: 'paxoskv-operator-1' },
        },
      ],
    },
  ]);
  await cluster.kill(0);
  const [silent] = await prometheus.fires('PaxosKVClusterNotScraped');
  assert.equal(silent?.labels['name'], 'demo');
  cluster.restart(0);
  await prometheus.resolves('PaxosKVClusterNotScraped');
});
