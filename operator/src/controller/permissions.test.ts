import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AskedPermissions, permissionNames } from '../../testing/asked-permissions.ts';
import { eventually } from '../../testing/eventually.ts';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { World } from '../../testing/world.ts';
import { WorldInApiServer } from '../../testing/world-in-api-server.ts';
import { NETWORK_POLICY, PERSISTENT_VOLUME_CLAIM, POD, SECRET } from '../kube/builtin-kinds.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { KubeApi } from '../kube/kube-api.ts';
import { LeaderElection } from '../kube/leader-election.ts';
import type { PaxosClusterStatus } from '../resource/status/status.ts';
import { CERTIFICATE, PAXOS_CLUSTER, POD_MONITOR, SERVICE_MONITOR } from './cluster-objects.ts';
import { PaxosClusterController } from './paxos-cluster-controller.ts';
import { CLUSTER_PERMISSIONS, LEASE_PERMISSIONS } from './permissions.ts';

const NAMESPACE = 'shop';
const DEMO = { namespace: NAMESPACE, name: 'demo' };
const SEALED = { namespace: NAMESPACE, name: 'sealed' };
const FOREIGN = [PAXOS_CLUSTER, CERTIFICATE, SERVICE_MONITOR, POD_MONITOR];

suite('the permissions of the operator', () => {
  const server = new FakeApiServer({ kinds: FOREIGN });
  const asked = new AskedPermissions(server, FOREIGN);
  const api = new KubeApi({ transport: asked.transport(), fieldManager: 'paxoskv-operator' });

  const make = (name: typeof DEMO, spec: object): void => {
    const { apiVersion, kind } = PAXOS_CLUSTER;
    server.create(PAXOS_CLUSTER, { apiVersion, kind, metadata: name, spec } as never);
  };

  test('are those that its life takes, none is missing and none unused', async (t) => {
    const world = new World({ replicas: 3, paused: false, image: 'good:1', retainsWhenScaled: false });
    const machine = new WorldInApiServer(world, server, NAMESPACE);
    await machine.start();
    t.after(() => machine.stop());
    const reporter = 'paxoskv.dev/operator';
    const options = {
      api,
      mayAct: () => true,
      namespaces: [NAMESPACE],
      operator: undefined,
      documentation: 'docs',
      observer: () => {},
      reporter,
    };
    const controller = new PaxosClusterController(options);
    await controller.start();
    t.after(() => controller.stop());
    const status = (): PaxosClusterStatus =>
      (server.find(PAXOS_CLUSTER, DEMO) as { status?: PaxosClusterStatus } | undefined)?.status ?? {};
    const settled = async (ready: string): Promise<void> =>
      void (await eventually(
        ready,
        () => status().ready === ready && status().conditions?.find(isMembersUpdated)?.status === 'True',
      ));

    // Founded, scaled and rolled, with a lost volume and a larger one.
    make(DEMO, { replicas: 3, image: 'good:1', monitoring: { monitor: 'ServiceMonitor' } });
    await settled('3/3');
    server.delete(PERSISTENT_VOLUME_CLAIM, { namespace: NAMESPACE, name: 'data-demo-1' });
    server.delete(POD, { namespace: NAMESPACE, name: 'demo-1' });
    world.spec = { ...world.spec, replicas: 5, image: 'good:2' };
    server.patch(PAXOS_CLUSTER, DEMO, {
      spec: { replicas: 5, image: 'good:2', storage: { size: '20Gi' } },
    });
    await settled('5/5');

    // An image that can't be pulled, until the next spec has a better one.
    server.patch(PAXOS_CLUSTER, DEMO, { spec: { image: 'bad:3' } });
    await eventually('a broken pod', () =>
      [...world.pods.values()].some(({ image, running }) => image === 'bad:3' && !running),
    );

    // What one spec wants, and the next does not. Without Secrets there are no pods, but everything else.
    make(SEALED, {
      tls: { certManager: { issuerRef: { name: 'house' } } },
      monitoring: { monitor: 'PodMonitor' },
    });
    await eventually('a certificate', () => server.list(CERTIFICATE, NAMESPACE).length === 1);
    server.patch(PAXOS_CLUSTER, SEALED, {
      spec: { tls: { certManager: null, secretName: 'bought' }, monitoring: { monitor: 'None' } },
    });
    world.spec = { ...world.spec, image: 'good:3' };
    server.patch(PAXOS_CLUSTER, DEMO, {
      spec: {
        image: 'good:3',
        auth: { secretName: 'given' },
        monitoring: { monitor: 'None' },
        networkPolicy: { enabled: false },
        podDisruptionBudget: { enabled: false },
      },
    });
    server.create(SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: NAMESPACE, name: 'given' },
      data: { password: Buffer.from('open sesame').toString('base64') },
    } as never);
    await eventually('nothing of it left', () =>
      [CERTIFICATE, SERVICE_MONITOR, POD_MONITOR].every((kind) => server.list(kind, NAMESPACE).length === 0),
    );
    await eventually(
      'one password',
      () => server.find(SECRET, { namespace: NAMESPACE, name: 'demo-auth' }) === undefined,
    );
    await eventually('one policy', () => server.list(NETWORK_POLICY, NAMESPACE).length === 1);

    // What happens again is told by the Event that is there.
    const events = new EventRecorder({ api, controller: reporter, observer: () => {} });
    t.after(() => events.stop());
    const regarding = server.get(PAXOS_CLUSTER, DEMO);
    await eventually('told again', () => {
      events.record({ regarding, type: 'Normal', reason: 'Told', action: 'Told', note: 'again and again' });
      return asked.names.has('events.k8s.io/v1 events patch');
    });
    assert.deepEqual([...asked.names].toSorted(), permissionNames(CLUSTER_PERMISSIONS).toSorted());
  });

  test('are for the lease those that taking, keeping and releasing it takes', async () => {
    asked.names.clear();
    const election = new LeaderElection({
      api,
      lease: { namespace: NAMESPACE, name: 'paxoskv-operator' },
      identity: 'the test',
      onLost: (reason) => assert.fail(reason),
      observer: () => {},
    });
    election.start();
    await election.acquired();
    await election.stop();
    assert.deepEqual([...asked.names].toSorted(), permissionNames(LEASE_PERMISSIONS).toSorted());
  });
});

function isMembersUpdated({ type }: { readonly type: string }): boolean {
  return type === 'MembersUpdated';
}
