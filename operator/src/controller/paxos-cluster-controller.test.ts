import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { Refused } from '../../testing/refused.ts';
import type { SeenRequest } from '../../testing/requests.ts';
import { World } from '../../testing/world.ts';
import { WorldInApiServer } from '../../testing/world-in-api-server.ts';
import {
  EVENT,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  SECRET,
  STATEFUL_SET,
} from '../kube/builtin-kinds.ts';
import { KubeApi } from '../kube/kube-api.ts';
import type { RuntimeEvent } from '../kube/runtime-event.ts';
import type { PaxosClusterStatus } from '../resource/status/status.ts';
import { CERTIFICATE, PAXOS_CLUSTER, POD_MONITOR, SERVICE_MONITOR } from './cluster-objects.ts';
import { PaxosClusterController } from './paxos-cluster-controller.ts';

const NAMESPACE = 'shop';
const NAME = { namespace: NAMESPACE, name: 'demo' };

function isGrowth({ method, path }: SeenRequest): boolean {
  return method === 'PATCH' && path.includes('/persistentvolumeclaims/');
}

const policyOf = (set: unknown): unknown =>
  (set as { spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: unknown } } }).spec
    .persistentVolumeClaimRetentionPolicy.whenScaled;

const isBudget = ({ method, path }: SeenRequest): boolean =>
  method === 'PATCH' && path.includes('/poddisruptionbudgets/');

const isEviction = ({ path }: SeenRequest): boolean => path.endsWith('/eviction');

suite('PaxosClusterController', () => {
  const server = new FakeApiServer({ kinds: [PAXOS_CLUSTER, CERTIFICATE, SERVICE_MONITOR, POD_MONITOR] });
  const world = new World({ replicas: 3, paused: false, image: 'good:1', retainsWhenScaled: false });
  const machine = new WorldInApiServer(world, server, NAMESPACE);
  const seen: RuntimeEvent[] = [];
  let controller: PaxosClusterController;

  const observer = (event: RuntimeEvent): void => void seen.push(event);

  const startController = async (): Promise<PaxosClusterController> => {
    const api = new KubeApi({ transport: server.transport(), fieldManager: 'paxoskv-operator' });
    const options = {
      api,
      mayAct: () => true,
      namespaces: [],
      operator: undefined,
      documentation: 'docs',
      observer,
      reporter: 'paxoskv.dev/operator',
    };
    const started = new PaxosClusterController(options);
    await started.start();
    return started;
  };
  const status = (): PaxosClusterStatus =>
    (server.get(PAXOS_CLUSTER, NAME) as unknown as { status?: PaxosClusterStatus }).status ?? {};
  const condition = (type: string, field: 'status' | 'reason' = 'status'): string | undefined =>
    status().conditions?.find((each) => each.type === type)?.[field];
  const settled = async (ready: string): Promise<void> => {
    await eventually(
      `${ready} settled`,
      () =>
        status().ready === ready &&
        condition('MembersReady') === 'True' &&
        condition('MembersUpdated') === 'True' &&
        condition('Progressing') === 'False' &&
        condition('Degraded') === 'False' &&
        status().observedGeneration === server.get(PAXOS_CLUSTER, NAME).metadata.generation,
    ).catch((error: unknown) => {
      const errors = seen.flatMap((event) =>
        event.kind === 'reconciled' && event.error !== undefined ? [event.error.stack] : [],
      );
      assert.fail(
        `${String(error)}: ${JSON.stringify(status(), undefined, 1)}\n${errors.slice(-2).join('\n')}`,
      );
    });
    assert.deepEqual(world.violations, []);
  };
  const create = (spec: object): void => {
    const { apiVersion, kind } = PAXOS_CLUSTER;
    server.create(PAXOS_CLUSTER, { apiVersion, kind, metadata: NAME, spec } as never);
  };
  const mayGo = (): unknown =>
    (server.get(POD_DISRUPTION_BUDGET, NAME) as unknown as { spec: { maxUnavailable: unknown } }).spec
      .maxUnavailable;
  const secretsOf = (): unknown[] =>
    server
      .list(SECRET, NAMESPACE)
      .map((secret) => ({ uid: secret.metadata.uid, data: (secret as { data?: unknown }).data }));
  const change = (spec: object): void => {
    server.patch(PAXOS_CLUSTER, NAME, { spec });
    world.spec = { ...world.spec, ...spec };
  };

  before(async () => {
    await machine.start();
    controller = await startController();
  });
  after(async () => {
    await controller.stop();
    await machine.stop();
    server.close();
  });

  test('makes a cluster of three', async () => {
    create({ replicas: 3, image: 'good:1' });
    await settled('3/3');
    assert.equal(world.clusters.size, 1);
    assert.equal(status().clusterId, status().bootstrap?.clusterId);
    assert.equal(status().members?.filter(({ role }) => role === 'Voter').length, 2);
    const labelled = server
      .list(POD, NAMESPACE)
      .filter(({ metadata }) => metadata.labels?.['paxoskv.dev/role'] === 'leader');
    assert.deepEqual(
      labelled.map(({ metadata }) => metadata.name),
      [status().leader],
    );
  });

  test('writes nothing at rest', async () => {
    let writes = -1;
    await eventually('two looks without a write', async () => {
      server.forgetRequests();
      const looks = seen.filter((event) => event.kind === 'reconciled').length;
      await eventually(
        'two more looks',
        () => seen.filter((event) => event.kind === 'reconciled').length > looks + 1,
      );
      writes = server.writes.length;
      return writes === 0;
    });
    assert.equal(writes, 0);
  });

  test('grows to five and shrinks to three, and the volumes go with the removed', async () => {
    change({ replicas: 5 });
    await settled('5/5');
    assert.equal(policyOf(server.get(STATEFUL_SET, NAME)), 'Retain');
    server.forgetRequests();
    change({ replicas: 3 });
    await settled('3/3');
    // Each time that a pod goes its volume may, and no other.
    const sets = server.writes
      .filter(({ path }) => path.includes('/statefulsets/'))
      .map(
        ({ body }) => `${(body as { spec: { replicas: number } }).spec.replicas} ${String(policyOf(body))}`,
      );
    assert.equal(sets[0], '4 Delete');
    assert.ok(sets.includes('3 Delete'));
    assert.equal(sets.at(-1), '3 Retain');
    assert.equal(policyOf(server.get(STATEFUL_SET, NAME)), 'Retain');
    await eventually('three volumes', () => server.list(PERSISTENT_VOLUME_CLAIM, NAMESPACE).length === 3);
    assert.equal([...world.clusters.values()][0]?.removed.size, 2);
  });

  test('rolls all pods, and another operator begins by changing nothing', async () => {
    const pods = new Set(world.pods.values());
    server.fail(3, new Refused(429, 'TooManyRequests', 'it would violate the budget'), isEviction);
    change({ image: 'good:2' });
    await eventually(
      'it waits for the budget',
      () => condition('Progressing', 'reason') === 'WaitingForBudget',
    );
    assert.deepEqual(new Set(world.pods.values()), pods);
    assert.equal(condition('Degraded'), 'False');
    await settled('3/3');
    assert.ok([...world.pods.values()].every(({ image }) => image === 'good:2'));
    const uids = server.list(POD, NAMESPACE).map(({ metadata }) => metadata.uid);
    const version = server.get(STATEFUL_SET, NAME).metadata.generation;
    await controller.stop();
    const looks = seen.length;
    controller = await startController();
    await eventually('a look', () => seen.slice(looks).some((event) => event.kind === 'reconciled'));
    await settled('3/3');
    assert.deepEqual(
      server.list(POD, NAMESPACE).map(({ metadata }) => metadata.uid),
      uids,
    );
    assert.equal(server.get(STATEFUL_SET, NAME).metadata.generation, version);
  });

  test('heals a lost volume', async () => {
    const lost = world.volumes.get('data-demo-1')?.directory?.replica;
    server.delete(PERSISTENT_VOLUME_CLAIM, { namespace: NAMESPACE, name: 'data-demo-1' });
    server.delete(POD, { namespace: NAMESPACE, name: 'demo-1' });
    await eventually('a budget of none while the dead vote counts', () => {
      const members = [...world.clusters.values()][0]?.members ?? [];
      return mayGo() === 0 && members.some(({ id }) => id === lost);
    });
    await eventually('another replica', () => {
      const now = world.volumes.get('data-demo-1')?.directory?.replica;
      return now !== undefined && now !== lost;
    });
    await eventually(
      'the old id is gone',
      () => [...world.clusters.values()][0]?.removed.has(lost ?? '') === true,
    );
    await settled('3/3');
  });

  test('takes no voter for lost because another pod answers at its address', async () => {
    const move = (to: number): void =>
      server.setStatus(POD, { namespace: NAMESPACE, name: 'demo-1' }, { podIP: machine.address(to) });
    server.forgetRequests();
    move(2);
    await eventually(
      'no answer of its own',
      () => status().members?.find(({ pod }) => pod === 'demo-1')?.ready === false,
    );
    move(1);
    await settled('3/3');
    assert.deepEqual(server.writes.filter(isBudget), []);
  });

  test('made again over kept volumes, it is the same cluster, with the same password', async () => {
    const { clusterId } = status();
    const secrets = secretsOf();
    assert.equal(secrets.length, 2);
    server.delete(PAXOS_CLUSTER, NAME);
    await eventually('no pods', () => world.pods.size === 0);
    create({ replicas: 3, image: 'good:2' });
    await settled('3/3');
    assert.equal(status().clusterId, clusterId);
    assert.equal(world.clusters.size, 1);
    assert.deepEqual(secretsOf(), secrets);
  });

  test('of a cluster whose volumes are to go, the Secrets belong to it', async () => {
    change({ storage: { retentionPolicy: { whenDeleted: 'Delete' } } });
    const owners = (): (readonly { readonly uid: string }[])[] =>
      server.list(SECRET, NAMESPACE).map(({ metadata }) => metadata.ownerReferences ?? []);
    const { uid } = server.get(PAXOS_CLUSTER, NAME).metadata;
    await eventually('the Secrets have an owner', () =>
      owners().every((each) => each.length === 1 && each[0]?.uid === uid),
    );
    change({ storage: { retentionPolicy: { whenDeleted: 'Retain' } } });
    await eventually('the Secrets have none', () => owners().every((each) => each.length === 0));
  });

  test('a password that is not asked for any more goes, though it has no owner', async () => {
    server.forgetRequests();
    change({ auth: { enabled: false }, image: 'good:open' });
    await eventually(
      'no password',
      () => server.find(SECRET, { namespace: NAMESPACE, name: 'demo-auth' }) === undefined,
    );
    await settled('3/3');
    // Not before the last pod that has it in its file system: it could not start again.
    const deleted = server.writes
      .filter(({ method, path }) => method === 'DELETE' || path.endsWith('/eviction'))
      .map(({ path }) => path);
    assert.equal(deleted.filter((path) => path.includes('/pods/')).length, 3);
    assert.match(deleted.at(-1) ?? '', /secrets\/demo-auth$/);
  });

  test('volumes that may not grow are told of, and everything else goes on', async () => {
    server.fail(3, new Refused(403, 'Forbidden', 'the class must support resize'), isGrowth);
    change({ storage: { size: '20Gi' } });
    await eventually('the condition', () => condition('StorageReady', 'reason') === 'VolumeTooSmall');
    assert.equal(condition('Progressing'), 'True');
    assert.equal(condition('Available'), 'True');
    await eventually('three events', () => {
      const notes = server.list(EVENT, NAMESPACE).map((event) => event as { note?: string });
      return notes.filter(({ note }) => note?.includes('must support resize') === true).length === 3;
    });
    // Once: what was refused is not asked for with every look.
    server.forgetRequests();
    const looks = seen.length;
    await eventually('two looks', () => seen.length > looks + 1);
    assert.deepEqual(server.writes.filter(isGrowth), []);
  });

  test('an object that is refused is told of, and everything else goes on', async () => {
    const budget = server.get(POD_DISRUPTION_BUDGET, NAME);
    server.fail(2, new Refused(403, 'Forbidden', 'exceeded quota'), isBudget);
    server.patch(POD_DISRUPTION_BUDGET, NAME, { spec: { maxUnavailable: 3 } });
    change({ image: 'good:3', storage: { size: '10Gi' } });
    await eventually('the condition', () => condition('Degraded', 'reason') === 'ApplyRefused');
    assert.equal(condition('Progressing', 'reason'), 'ApplyRefused');
    await eventually('a rolled pod', () => [...world.pods.values()].some(({ image }) => image === 'good:3'));
    await eventually('the event', () =>
      server.list(EVENT, NAMESPACE).some((event) => (event as { reason?: string }).reason === 'ApplyRefused'),
    );
    // Allowed meanwhile: it is asked for again.
    await settled('3/3');
    const { spec } = server.get(POD_DISRUPTION_BUDGET, NAME) as unknown as { spec: object };
    assert.deepEqual(spec, (budget as unknown as { spec: object }).spec);
  });
});
