/** Kubernetes as a person with kubectl sees it: objects of one namespace, read and changed. */
import { type Answer, kubectl, mustKubectl } from '../../crd/api-server.ts';

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface Pod extends KubeObject {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly restartCount: number;
      readonly ready: boolean;
      readonly lastState?: { readonly terminated?: { readonly reason?: string } };
    }[];
  };
}

export interface Event extends KubeObject {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

const AT_ONCE = ['--grace-period=0', '--force', '--wait=false'] as const;
const CRASH = `
process.kill(1, 'SIGUSR1');
for (;;) {
  const targets = await fetch('http://127.0.0.1:9229/json').then((answer) => answer.json(), () => undefined);
  if (targets === undefined) continue;
  const debug = new WebSocket(targets[0].webSocketDebuggerUrl);
  const end = { id: 1, method: 'Runtime.evaluate', params: { expression: 'setTimeout(() => process.reallyExit(137), 300)' } };
  debug.onopen = () => {
    debug.send(JSON.stringify(end));
    // By then nobody may be connected: a process waits for its debugger to go before it ends.
    setTimeout(() => process.exit(0), 50);
  };
  break;
}`;

export const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  run(...args: string[]): Promise<Answer> {
    return kubectl(['--namespace', this.name, ...args]);
  }

  must(...args: string[]): Promise<string> {
    return mustKubectl(['--namespace', this.name, ...args]);
  }

  async apply(object: object): Promise<void> {
    await mustKubectl(
      [
        '--namespace',
        this.name,
        'apply',
        '--server-side',
        '--force-conflicts',
        '--field-manager=e2e',
        '-f',
        '-',
      ],
      object,
    );
  }

  async patch(kind: string, name: string, patch: object): Promise<void> {
    await this.must('patch', kind, name, '--type=merge', '--patch', JSON.stringify(patch));
  }

  /** Undefined: there is none. */
  async find<Found extends KubeObject>(kind: string, name: string): Promise<Found | undefined> {
    const answer = await this.must('get', kind, name, '--ignore-not-found', '-o', 'json');
    return answer === '' ? undefined : (JSON.parse(answer) as Found);
  }

  async get<Found extends KubeObject>(kind: string, name: string): Promise<Found> {
    return JSON.parse(await this.must('get', kind, name, '-o', 'json')) as Found;
  }

  async list<Found extends KubeObject>(kind: string, selector = ''): Promise<Found[]> {
    const answer = await this.must('get', kind, '--selector', selector, '-o', 'json');
    return (JSON.parse(answer) as { readonly items: Found[] }).items;
  }

  /** Its object goes at once; its process gets two seconds from the kubelet. */
  async killPod(name: string): Promise<void> {
    await this.must('delete', 'pod', name, ...AT_ONCE);
  }

  /** The same for all pods with these labels, at the same time. */
  async killPods(selector: string): Promise<void> {
    await this.must('delete', 'pods', '--selector', selector, ...AT_ONCE);
  }

  /** What `kubectl drain` does to each pod. False: a disruption budget forbids it now. */
  async evict(pod: string): Promise<boolean> {
    const answer = await kubectl(
      ['create', '--raw', `/api/v1/namespaces/${this.name}/pods/${pod}/eviction`, '-f', '-'],
      { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: this.name } },
    );
    if (answer.accepted) return true;
    if (answer.stderr.includes('disruption budget')) return false;
    throw new Error(`evicting ${pod}: ${answer.stderr}`);
  }

  /** Through the API server, as `kubectl port-forward` would: it works wherever the test runs. */
  async askPod<Body>(pod: string, port: number, path: string): Promise<Body> {
    return JSON.parse(await this.askPodForText(pod, port, path)) as Body;
  }

  async askPodForText(pod: string, port: number, path: string): Promise<string> {
    return await mustKubectl([
      'get',
      '--raw',
      `/api/v1/namespaces/${this.name}/pods/${pod}:${port}/proxy${path}`,
    ]);
  }

  /**
   * Ends the first process of a pod as a crash would: no signal handler runs, nobody hands anything over. Node.js opens its debugger on
   * SIGUSR1, within the pod alone, and is told there to end; a plain SIGKILL from within is nothing to process 1.
   */
  async crash(pod: string, container: string): Promise<void> {
    await this.run('exec', pod, `--container=${container}`, '--', 'node', '--eval', CRASH);
  }

  async events(reason: string): Promise<readonly Event[]> {
    return (await this.list<Event>('events')).filter((event) => event.reason === reason);
  }
}
