/**
 * A simulated world behind a stand-in for an API server: what a kubelet and the controllers of Kubernetes do goes to and fro between the two,
 * and the model's replicas answer at real admin ports, on addresses of this machine.
 */
import { randomInt } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { PORTS } from '../src/desired/ports.ts';
import { CONFIG_MAP, PERSISTENT_VOLUME_CLAIM, POD, SECRET, STATEFUL_SET } from '../src/kube/builtin-kinds.ts';
import type { Kind } from '../src/kube/kind.ts';
import type { Live } from '../src/kube/kube-object.ts';
import { readOrders } from '../src/controller/read-objects.ts';
import type { LooseObject } from '../src/controller/cluster-objects.ts';
import type { FakeApiServer } from './fake-api-server.ts';
import { ModelRefusal } from './membership-model.ts';
import { type AdminAction, administer } from './model-admin.ts';
import { reportOf } from './model-report.ts';
import { NAME, type World, type WorldPod, type WorldVolume } from './world.ts';

const STEP_MS = 20;
const ORDINALS_MAX = 5;

interface SetFields {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly image: string }[] };
    };
  };
}

export class WorldInApiServer {
  readonly world: World;
  readonly #server: FakeApiServer;
  readonly #namespace: string;
  /** A network of this machine's own, so that each pod has the ports that pods have. */
  readonly #network = `127.${randomInt(1, 255)}.${randomInt(0, 255)}`;
  /** By kind and name: the uid that the API server gave to what the world has, and what was written last. */
  readonly #mirrored = new Map<string, { readonly uid: string; written: string }>();
  readonly #listeners: http.Server[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(world: World, server: FakeApiServer, namespace: string) {
    this.world = world;
    this.#server = server;
    this.#namespace = namespace;
  }

  async start(): Promise<void> {
    for (let ordinal = 0; ordinal < ORDINALS_MAX; ordinal += 1) {
      const listener = http.createServer(
        (request, response) => void this.#serve(`${NAME}-${ordinal}`, request, response),
      );
      this.#listeners.push(listener);
      await new Promise<void>((resolve, reject) => {
        listener.once('error', reject);
        listener.listen(PORTS.admin, this.address(ordinal), resolve);
      });
    }
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const listener of this.#listeners) {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    }
  }

  /** Of the pod of that ordinal. */
  address(ordinal: number): string {
    return `${this.#network}.${ordinal + 1}`;
  }

  // --- To and fro ---------------------------------------------------------------------------------

  #step(): void {
    this.#takeStatefulSet();
    for (const pod of this.world.pods.values()) this.#takePod(pod);
    for (const volume of this.world.volumes.values()) this.#takeVolume(volume);
    this.world.step();
    this.#giveStatefulSet();
    for (const volume of this.world.volumes.values()) this.#giveVolume(volume);
    for (const pod of this.world.pods.values()) this.#givePod(pod);
    this.#removeGone(POD, new Set(this.world.pods.keys()));
    this.#removeGone(PERSISTENT_VOLUME_CLAIM, new Set(this.world.volumes.keys()));
  }

  #find(kind: Kind, name: string): LooseObject | undefined {
    return this.#server.find(kind, { namespace: this.#namespace, name });
  }

  #takeStatefulSet(): void {
    const live = this.#find(STATEFUL_SET, NAME);
    this.world.orders = readOrders(this.#find(CONFIG_MAP, `${NAME}-orders`));
    if (live === undefined) {
      this.world.statefulSet = undefined;
      for (const pod of this.world.pods.values()) pod.deleting = true;
      return;
    }
    const { spec } = live as unknown as SetFields;
    const observedImage = this.world.statefulSet?.observedImage ?? '';
    this.world.statefulSet = {
      uid: live.metadata.uid,
      resourceVersion: 1,
      replicas: spec.replicas,
      image: spec.template.spec.containers[0]?.image ?? '',
      observedImage,
    };
  }

  #giveStatefulSet(): void {
    const live = this.#find(STATEFUL_SET, NAME);
    if (live === undefined || this.world.statefulSet === undefined) return;
    const status = {
      observedGeneration: live.metadata.generation,
      updateRevision: `revision-of-${this.world.statefulSet.observedImage}`,
    };
    this.#write(STATEFUL_SET, live, status);
  }

  #takePod(pod: WorldPod): void {
    const live = this.#find(POD, pod.name);
    const known = this.#mirrored.get(`${POD.kind}/${pod.name}`);
    if (known === undefined) return;
    if (live?.metadata.uid !== known.uid) {
      pod.deleting = true;
      pod.stepsLeft = 1;
    } else pod.labelledLeader = live.metadata.labels?.['paxoskv.dev/role'] === 'leader';
  }

  #givePod(pod: WorldPod): void {
    const known = this.#mirrored.get(`${POD.kind}/${pod.name}`);
    const live = this.#find(POD, pod.name) ?? (known === undefined ? this.#createPod(pod) : undefined);
    if (live === undefined) return;
    const ready = reportOf(this.world, pod)?.ready === true;
    const state = pod.running
      ? { running: {} }
      : pod.exitCode === undefined
        ? { waiting: { reason: pod.waitingReason } }
        : { waiting: { reason: pod.waitingReason }, lastState: { terminated: { exitCode: pod.exitCode } } };
    this.#write(POD, live, {
      podIP: this.address(pod.ordinal),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'node',
          state,
          lastState: pod.exitCode === undefined ? {} : { terminated: { exitCode: pod.exitCode } },
        },
      ],
    });
  }

  #createPod(pod: WorldPod): LooseObject {
    const { spec } = this.#find(STATEFUL_SET, NAME) as unknown as SetFields;
    const labels = { ...spec.template.metadata.labels, 'controller-revision-hash': pod.revision };
    return this.#create(POD, pod.name, labels, spec.template.spec);
  }

  #takeVolume(volume: WorldVolume): void {
    const known = this.#mirrored.get(`${PERSISTENT_VOLUME_CLAIM.kind}/${volume.name}`);
    if (known === undefined) return;
    const live = this.#find(PERSISTENT_VOLUME_CLAIM, volume.name);
    if (live?.metadata.uid === known.uid) return;
    volume.deleting = true;
  }

  #giveVolume(volume: WorldVolume): void {
    const known = this.#mirrored.get(`${PERSISTENT_VOLUME_CLAIM.kind}/${volume.name}`);
    const found = this.#find(PERSISTENT_VOLUME_CLAIM, volume.name);
    const set = this.#find(STATEFUL_SET, NAME);
    if (found === undefined && (known !== undefined || set === undefined)) return;
    const live =
      found ??
      this.#create(PERSISTENT_VOLUME_CLAIM, volume.name, set?.metadata.labels ?? {}, {
        resources: { requests: { storage: '10Gi' } },
      });
    this.#write(PERSISTENT_VOLUME_CLAIM, live, { phase: 'Bound', capacity: { storage: '10Gi' } });
  }

  #create(kind: Kind, name: string, labels: Readonly<Record<string, string>>, spec: object): LooseObject {
    const { apiVersion } = kind;
    const object = {
      apiVersion,
      kind: kind.kind,
      metadata: { namespace: this.#namespace, name, labels },
      spec,
    };
    const live = this.#server.create(kind, object) as LooseObject;
    this.#mirrored.set(`${kind.kind}/${name}`, { uid: live.metadata.uid, written: '' });
    return live;
  }

  #write(kind: Kind, live: Live, status: object): void {
    const { name, uid } = live.metadata;
    const key = `${kind.kind}/${name}`;
    const text = JSON.stringify(status);
    if (this.#mirrored.get(key)?.written === text) return;
    this.#server.setStatus(kind, { namespace: this.#namespace, name }, status);
    this.#mirrored.set(key, { uid, written: text });
  }

  #removeGone(kind: Kind, names: ReadonlySet<string>): void {
    for (const key of this.#mirrored.keys()) {
      const [of, name = ''] = key.split('/');
      if (of !== kind.kind || names.has(name)) continue;
      const live = this.#find(kind, name);
      if (live !== undefined) this.#server.delete(kind, { namespace: this.#namespace, name });
      this.#mirrored.delete(key);
    }
  }

  // --- The admin ports ----------------------------------------------------------------------------

  async #serve(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pod = this.world.pods.get(name);
    const report = pod === undefined ? undefined : reportOf(this.world, pod);
    if (report === undefined) {
      response.destroy();
      return;
    }
    const secret =
      (this.#find(SECRET, `${NAME}-cluster-secret`)?.['data'] as Record<string, string> | undefined)?.[
        'secret'
      ] ?? '';
    if (request.headers.authorization !== `Bearer ${Buffer.from(secret, 'base64').toString()}`) {
      return answer(response, 401, { detail: 'no' });
    }
    if (request.method === 'GET') {
      const members = report.members.map(({ host, ...member }) => ({ ...member, addresses: { host } }));
      return answer(response, 200, {
        ...report,
        cluster: report.cluster ?? null,
        leader: report.leader ?? null,
        members,
        release: report.version,
      });
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    try {
      administer(
        this.world,
        adminAction(name, request, text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)),
      );
      answer(response, 200, { done: true });
    } catch (error) {
      if (!(error instanceof ModelRefusal)) throw error;
      answer(response, 409, { type: `https://paxoskv.dev/problems/${error.message}`, detail: error.message });
    }
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

function podOf(host: unknown): string {
  return String(host).split('.')[0] ?? '';
}

function adminAction(
  leaderPod: string,
  request: IncomingMessage,
  content: Record<string, unknown>,
): AdminAction {
  const [, , what, id = '', verb] = (request.url ?? '').split('/');
  if (what === 'bootstrap') {
    const founders = (content['members'] as { id: string; host: string }[]).map((each) => ({
      id: each.id,
      pod: podOf(each.host),
    }));
    return {
      kind: 'bootstrap',
      pod: leaderPod,
      clusterId: String(content['cluster']),
      seed: String(content['replica']),
      founders,
    };
  }
  if (what === 'transfer') return { kind: 'transfer', leaderPod, to: String(content['to']) };
  if (request.method === 'DELETE') return { kind: 'removeMember', leaderPod, id };
  if (verb === 'promote') return { kind: 'promote', leaderPod, id };
  return { kind: 'addLearner', leaderPod, id: String(content['id']), pod: podOf(content['host']) };
}
