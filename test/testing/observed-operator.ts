/** The operator as it is, looking after one cluster of model replicas behind a stand-in for an API server, with its metrics on a port. */
import type { TestContext } from 'node:test';
import { PaxosClusterController } from '../../operator/src/controller/paxos-cluster-controller.ts';
import {
  CERTIFICATE,
  PAXOS_CLUSTER,
  POD_MONITOR,
  SERVICE_MONITOR,
} from '../../operator/src/controller/cluster-objects.ts';
import { HealthServer } from '../../operator/src/health.ts';
import { HttpTransport } from '../../operator/src/kube/http-transport.ts';
import { KubeApi } from '../../operator/src/kube/kube-api.ts';
import { LeaderElection, type LeaseTiming } from '../../operator/src/kube/leader-election.ts';
import type { RuntimeEvent } from '../../operator/src/kube/runtime-event.ts';
import { OperatorMetrics } from '../../operator/src/metrics.ts';
import { FakeApiServer } from '../../operator/testing/fake-api-server.ts';
import { FakeListener } from '../../operator/testing/fake-listener.ts';
import { Refused } from '../../operator/testing/refused.ts';
import { World } from '../../operator/testing/world.ts';
import { WorldInApiServer } from '../../operator/testing/world-in-api-server.ts';
import { eventually } from './deadline.ts';

/** More than a test waits for. */
const REFUSALS = 1_000;

/** A machine that is busy with other tests is no reason to give up the lead. */
const PATIENT: LeaseTiming = { leaseMs: 180_000, renewDeadlineMs: 120_000, retryMs: 500 };

/** Often enough that a short test sees a rate. */
const LOOK_MS = 200;

export class ObservedOperator {
  readonly #server: FakeApiServer;
  readonly #machine: WorldInApiServer;
  readonly #controller: PaxosClusterController;
  readonly #namespace: string;
  /** Of its metrics. */
  readonly port: number;

  private constructor(
    server: FakeApiServer,
    machine: WorldInApiServer,
    controller: PaxosClusterController,
    namespace: string,
    port: number,
  ) {
    this.#server = server;
    this.#machine = machine;
    this.#controller = controller;
    this.#namespace = namespace;
    this.port = port;
  }

  /** Resolves when its one cluster, `demo` of three, is available. */
  static async start(t: TestContext, namespace: string): Promise<ObservedOperator> {
    const server = new FakeApiServer({ kinds: [PAXOS_CLUSTER, CERTIFICATE, SERVICE_MONITOR, POD_MONITOR] });
    const listener = await FakeListener.start(server);
    const world = new World({ replicas: 3, paused: false, image: 'good:1', retainsWhenScaled: false });
    const machine = new WorldInApiServer(world, server, namespace);
    await machine.start();

    let metrics: OperatorMetrics | undefined;
    const observer = (event: RuntimeEvent): void => metrics?.observe(event);
    const transport = new HttpTransport({ access: listener.access(), userAgent: 'test', observer });
    const api = new KubeApi({ transport, fieldManager: 'paxoskv-operator' });
    const options = {
      api,
      mayAct: () => true,
      namespaces: [],
      operator: undefined,
      observer,
      documentation: 'https://paxoskv.dev',
      reporter: 'test',
    };
    const controller = new PaxosClusterController(options);
    metrics = new OperatorMetrics({
      loops: [controller.loop],
      informers: () => controller.informers,
      clusters: () => controller.clusters(),
    });
    const election = new LeaderElection({
      api,
      lease: { namespace, name: 'operator' },
      identity: 'one',
      onLost: (reason) => {
        throw new Error(reason);
      },
      observer,
      timing: PATIENT,
    });
    const health = new HealthServer({
      host: '127.0.0.1',
      port: 0,
      live: {},
      ready: {},
      registry: metrics.registry,
    });
    const port = await health.start();
    t.after(async () => {
      await controller.stop();
      await election.stop();
      await health.stop();
      transport.close();
      await machine.stop();
      await listener.close();
    });
    election.start();
    await election.acquired();
    await controller.start();
    const operator = new ObservedOperator(server, machine, controller, namespace, port);
    await operator.#found(t);
    return operator;
  }

  /** A second cluster is asked for, and its Services are refused. */
  refuseSecondCluster(): void {
    this.#server.fail(
      REFUSALS,
      new Refused(500, 'InternalError', 'planted'),
      ({ method, path }) => method === 'PATCH' && path.includes('/services/second'),
    );
    this.#ask('second');
  }

  /** Watches end, and the API server does not remember any more from where they could go on. */
  forgetVersions(): void {
    this.#server.compact();
    this.#server.watches.cutAll();
  }

  /** A third cluster is asked for, of which nothing may be written; nor may Events, which would tell of that. */
  refuseThirdClusterAndEvents(): void {
    this.#server.fail(
      REFUSALS,
      new Refused(403, 'Forbidden', 'planted'),
      ({ method, path }) => method !== 'GET' && /\/third(?!\/status)|\/events/.test(path),
    );
    this.#ask('third');
  }

  #ask(name: string): void {
    const { apiVersion, kind } = PAXOS_CLUSTER;
    const metadata = { namespace: this.#namespace, name };
    this.#server.create(PAXOS_CLUSTER, { apiVersion, kind, metadata, spec: { replicas: 1 } } as never);
  }

  /** The replicas no longer answer it. */
  async loseSight(): Promise<void> {
    await this.#machine.stop();
  }

  async #found(t: TestContext): Promise<void> {
    const { apiVersion, kind } = PAXOS_CLUSTER;
    const metadata = { namespace: this.#namespace, name: 'demo' };
    const spec = { replicas: 3, image: 'good:1', monitoring: { monitor: 'ServiceMonitor' } };
    this.#server.create(PAXOS_CLUSTER, { apiVersion, kind, metadata, spec } as never);
    await eventually('the cluster is as it ought to be', () =>
      this.#controller.clusters().some(({ conditions }) => conditions.Available && conditions.MembersReady)
        ? true
        : undefined,
    );
    const timer = setInterval(() => this.#controller.loop.add(`${this.#namespace}/demo`), LOOK_MS);
    t.after(() => clearInterval(timer));
  }
}
