/**
 * What one operator costs that looks after a hundred clusters of three: memory, and requests at rest.
 *
 * No machine for tests holds three hundred replicas. Here every object is real (each cluster's StatefulSet, pods, claims, Services,
 * Secrets and so on, all in the operator's caches), but the pods are for a node that does not exist, and none of them runs. Once
 * they are there, each is given the address of one pod that answers for all replicas, so that the operator asks three hundred of them as
 * often as it asks healthy ones. Volumes are never bound, so each cluster's condition `StorageReady` is False.
 */
import assert from 'node:assert/strict';
import { mustKubectl } from '../crd/api-server.ts';
import { OPERATOR_IMAGE } from './images.ts';
import { type Cluster, conditionOf, type PaxosCluster } from './testing/cluster.ts';
import type { Namespace, Pod } from './testing/kube.ts';
import { startProgramPod } from './testing/program-pod.ts';
import { assertAtRest } from './testing/rest.ts';
import { SMALL_SPEC, story, type World } from './testing/story.ts';
import { type Seen, until } from './testing/waiting.ts';

const CLUSTERS = 100;
const REPLICAS = 3;
const PODS = CLUSTERS * REPLICAS;
/** What the chart lets the operator have: above it, it is ended. */
const MEMORY_BYTES_MAX = 256 * 2 ** 20;
const MADE_MS = 600_000;
const ANSWERED_MS = 300_000;
const OBSERVED_MS = 120_000;
/** Of objects that one call of kubectl applies. */
const AT_ONCE = 20;
const POLL_MS = 5_000;
const STAND_IN = 'stand-in';
const STAND_IN_PORT = 9379;

story(
  'a hundred clusters take the operator less than 256 MiB, and at rest it writes nothing but its lease',
  async (world) => {
    const { namespace, operator } = world;
    const memory = new Memory(world);
    await memory.tell('with no cluster');
    await applyClusters(namespace);
    await slowly(`${PODS} pods are made`, MADE_MS, async () => {
      await memory.look();
      const pods = await podsOf(world);
      return pods.length === PODS ? { done: true } : { yet: `${pods.length} are` };
    });
    await memory.tell(`with ${CLUSTERS} clusters whose ${PODS} pods have no address`);

    const standIn = await startProgramPod(namespace, {
      name: STAND_IN,
      files: ['e2e/testing/stand-in-pod.ts'],
      env: [{ name: 'STAND_IN_REPLICAS', value: String(REPLICAS) }],
      readiness: { path: '/livez', port: STAND_IN_PORT },
    });
    await answerBy(standIn.status.podIP ?? '', world);
    await slowly('all clusters have a quorum', ANSWERED_MS, async () => {
      await memory.look();
      const all = await namespace.list<PaxosCluster>('pxc');
      const led = all.filter((each) => conditionOf(each, 'QuorumAvailable')?.status === 'True');
      return led.length === CLUSTERS ? { done: true } : { yet: `${led.length} have` };
    });
    await memory.tell(`with ${PODS} pods that answer`);

    const asked = (): Promise<number> => namespace.askPod(STAND_IN, STAND_IN_PORT, '/asked');
    const before = await asked();
    await assertAtRest(world, () => memory.look());
    const times = (await asked()) - before;
    world.tell(`meanwhile it asked replicas ${times} times`);
    assert.ok(times > PODS, 'it goes on asking all of them');
    await memory.tell('after two minutes at rest');

    await mustHaveHadEnough(world);
    const [first] = await operator.pods();
    await namespace.killPod(first?.metadata.name ?? '');
    await operator.ready(1);
    await operator.leads(OPERATOR_IMAGE);
    await observedAnew(world, memory);
    await memory.tell('another one, that starts with all of them,');

    assert.ok(memory.highest < MEMORY_BYTES_MAX, `the operator had ${mebibytes(memory.highest)}`);
    await mustHaveHadEnough(world);
  },
);

/** To list hundreds of objects is work, so it is not done all the time. */
async function slowly(what: string, deadlineMs: number, ask: () => Promise<Seen<true>>): Promise<void> {
  await until(what, deadlineMs, ask, POLL_MS);
}

/** The resident memory of the operator's process, seen now and then. */
class Memory {
  readonly #world: World;
  #now: number | undefined;
  highest = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async look(): Promise<void> {
    this.#now = await this.#world.operator.residentBytes();
    this.highest = Math.max(this.highest, this.#now ?? 0);
  }

  async tell(when: string): Promise<void> {
    await this.look();
    assert.ok(this.#now !== undefined, 'the operator says what it has');
    this.#world.tell(`${when} it has ${mebibytes(this.#now)}, at most ${mebibytes(this.highest)}`);
  }
}

/** Above its limit it would have been ended, between two looks. */
async function mustHaveHadEnough({ operator }: World): Promise<void> {
  for (const { status } of await operator.pods()) {
    const reason = status.containerStatuses?.[0]?.lastState?.terminated?.reason;
    assert.notEqual(reason, 'OOMKilled');
  }
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

async function applyClusters(namespace: Namespace, more: object = {}): Promise<void> {
  for (const list of inLists(clusters(more))) await namespace.apply(list);
}

/** So many objects at a time as one call of kubectl applies. */
function inLists(objects: readonly object[]): object[] {
  return Array.from({ length: Math.ceil(objects.length / AT_ONCE) }, (_, index) => {
    const items = objects.slice(index * AT_ONCE, (index + 1) * AT_ONCE);
    return { apiVersion: 'v1', kind: 'List', items };
  });
}

function clusters(more: object): object[] {
  return Array.from({ length: CLUSTERS }, (_, index) => ({
    apiVersion: 'paxoskv.dev/v1alpha1',
    kind: 'PaxosCluster',
    metadata: { name: `c${index}` },
    spec: {
      ...SMALL_SPEC,
      replicas: REPLICAS,
      ...more,
      scheduling: { nodeSelector: { 'paxoskv.dev/e2e': 'nowhere' } },
    },
  }));
}

function podsOf({ namespace }: World): ReturnType<Cluster['pods']> {
  return namespace.list<Pod>('pods', 'paxoskv.dev/cluster');
}

/** As their kubelets would say that they run, at the address of the pod that answers for all of them. */
async function answerBy(address: string, world: World): Promise<void> {
  const startedAt = new Date().toISOString();
  const status = {
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: ['Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: startedAt,
    })),
    containerStatuses: [
      {
        name: 'node',
        image: SMALL_SPEC.image,
        imageID: '',
        ready: true,
        restartCount: 0,
        state: { running: { startedAt } },
      },
    ],
  };
  const pods = (await podsOf(world)).map(({ apiVersion, kind, metadata: { name } }) => {
    return { apiVersion, kind, metadata: { name }, status };
  });
  const into = ['--namespace', world.namespace.name, '--subresource=status'];
  for (const list of inLists(pods)) {
    await mustKubectl(['apply', '--server-side', '--force-conflicts', ...into, '-f', '-'], list);
  }
}

/** Every cluster gets a turn: each is asked for a change of an object, which is no pod. */
async function observedAnew({ namespace }: World, memory: Memory): Promise<void> {
  const service = { annotations: { 'example.com/seen-by': 'another' } };
  await applyClusters(namespace, { service });
  await slowly('all clusters are observed', OBSERVED_MS, async () => {
    await memory.look();
    const all = await namespace.list<PaxosCluster>('pxc');
    const seen = all.filter(({ status, metadata }) => status?.observedGeneration === metadata.generation);
    return seen.length === CLUSTERS ? { done: true } : { yet: `${seen.length} are` };
  });
}
