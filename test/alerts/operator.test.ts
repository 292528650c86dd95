/** A real operator that dies, that waits for a lease which somebody else holds, and whose work is refused. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { FakeApiServer } from '../../operator/testing/fake-api-server.ts';
import { FakeListener } from '../../operator/testing/fake-listener.ts';
import { Refused } from '../../operator/testing/refused.ts';
import { PAXOS_CLUSTER } from '../../operator/src/controller/cluster-objects.ts';
import { prometheusMissing, RealPrometheus } from './testing/real-prometheus.ts';

const PROGRAM = path.join(import.meta.dirname, '../../operator/src/main.ts');
/** More than fail while the test looks. */
const MANY = 1_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

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

test('an operator that is gone, that does not lead, that fails', { skip: prometheusMissing() }, async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-operator-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const api = new FakeApiServer({ kinds: [PAXOS_CLUSTER] });
  const listener = await FakeListener.start(api);
  t.after(() => listener.close());
  const kubeconfig = path.join(directory, 'config');
  writeFileSync(kubeconfig, listener.kubeconfig);
  const port = await freePort();
  const operator = runner(t, kubeconfig, port);
  const prometheus = await RealPrometheus.start(t, [
    {
      job: 'paxoskv-operator',
      targets: [
        { address: `127.0.0.1:${port}`, labels: { namespace: 'paxoskv-system', pod: 'paxoskv-operator-1' } },
      ],
    },
  ]);

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
  const { apiVersion, kind } = PAXOS_CLUSTER;
  const metadata = { namespace: 'test', name: 'demo' };
  const spec = { replicas: 1, storage: { size: '1Gi' } };
  api.create(PAXOS_CLUSTER, { apiVersion, kind, metadata, spec } as never);
  await prometheus.fires('PaxosKVReconcileFailing');
  fails = false;
  await prometheus.resolves('PaxosKVReconcileFailing');
});
