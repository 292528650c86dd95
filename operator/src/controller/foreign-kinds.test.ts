/** Kinds that come and go while the operator runs. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { Refused } from '../../testing/refused.ts';
import type { SeenRequest } from '../../testing/requests.ts';
import { KubeApi } from '../kube/kube-api.ts';
import type { RuntimeEvent } from '../kube/runtime-event.ts';
import type { Condition } from '../resource/status/conditions.ts';
import { PAXOS_CLUSTER, SERVICE_MONITOR } from './cluster-objects.ts';
import { PaxosClusterController } from './paxos-cluster-controller.ts';

const NAME = { namespace: 'shop', name: 'demo' };
const isQuestion = ({ path }: SeenRequest): boolean => path === '/apis/monitoring.coreos.com/v1';

/** An operator that asks often, and a cluster without pods that wants a monitor. */
async function started(t: TestContext): Promise<{
  server: FakeApiServer;
  controller: PaxosClusterController;
  seen: RuntimeEvent[];
  monitoring: () => string | undefined;
}> {
  const server = new FakeApiServer({ kinds: [PAXOS_CLUSTER] });
  const seen: RuntimeEvent[] = [];
  const controller = new PaxosClusterController({
    api: new KubeApi({ transport: server.transport(), fieldManager: 'paxoskv-operator' }),
    mayAct: () => true,
    namespaces: [],
    operator: undefined,
    documentation: 'docs',
    observer: (event) => void seen.push(event),
    reporter: 'paxoskv.dev/operator',
    foreignLookMs: 20,
  });
  await controller.start();
  t.after(async () => {
    await controller.stop();
    server.close();
  });
  const spec = { monitoring: { monitor: 'ServiceMonitor' } };
  const { apiVersion, kind } = PAXOS_CLUSTER;
  server.create(PAXOS_CLUSTER, { apiVersion, kind, metadata: NAME, spec } as never);
  const monitoring = (): string | undefined => {
    const { status } = server.get(PAXOS_CLUSTER, NAME) as { status?: { conditions?: Condition[] } };
    return status?.conditions?.find(({ type }) => type === 'MonitoringReady')?.status;
  };
  await eventually('no monitor', () => monitoring() === 'False');
  return { server, controller, seen, monitoring };
}

test('a kind that is installed later is used, and nothing waits for one that has gone', async (t) => {
  const { server, controller, seen, monitoring } = await started(t);
  server.define(SERVICE_MONITOR);
  await eventually('a monitor', () => server.find(SERVICE_MONITOR, NAME) !== undefined);
  await eventually('the monitor is told', () => monitoring() === 'True');
  const informers = controller.informers.length;
  server.withdraw(SERVICE_MONITOR);
  await eventually('no monitor any more', () => monitoring() === 'False');
  assert.equal(controller.informers.length, informers - 1);
  server.patch(PAXOS_CLUSTER, NAME, { spec: { replicas: 5 } });
  await eventually('the next spec is seen', () => {
    const { status, metadata } = server.get(PAXOS_CLUSTER, NAME) as {
      status?: { observedGeneration?: number };
      metadata: { generation?: number };
    };
    return status?.observedGeneration === metadata.generation;
  });
  const errors = seen.filter((event) => event.kind === 'reconciled' && event.error !== undefined);
  assert.deepEqual(errors, []);
});

test('a question that fails changes nothing, and is asked again', async (t) => {
  const { server, seen, monitoring } = await started(t);
  server.define(SERVICE_MONITOR);
  await eventually('the monitor is told', () => monitoring() === 'True');
  server.fail(4, new Refused(503, 'ServiceUnavailable', 'not now'), isQuestion);
  await eventually('four failures', () => seen.filter(({ kind }) => kind === 'informerFailed').length === 4);
  assert.equal(monitoring(), 'True');
});
