/** What there is for dashboards to show, and who looks: two clusters under a gentle load, the operator, and a Prometheus that scrapes them as the monitors say. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './deadline.ts';
import {
  type Choices,
  type DashboardDocument,
  filledIn,
  labelValuesOf,
  type PanelQuery,
  queriesOf,
  queryOf,
} from './dashboard-queries.ts';
import { ObservedOperator } from './observed-operator.ts';
import { Prometheus, type ScrapeTarget, type Series } from './prometheus.ts';
import { RealCluster } from './real-cluster.ts';
import { RespConnection } from './resp-connection.ts';

export const OPERATOR_NAMESPACE = 'paxoskv-system';
export const OPERATOR_POD = 'paxoskv-operator-0';
/** So many scrapes fill the window that rates look back. */
const WINDOW_SECONDS = 5;
/** Of each client: some commands in every window, and next to no work. */
const PACE_MS = 50;
const QUERIES_AT_ONCE = 4;
const NOTHING = 'nothing';

export class DashboardScene {
  /** Of three replicas, in the namespace `shop`; the operator looks after one of that name. */
  readonly demo: RealCluster;
  readonly operator: ObservedOperator;
  readonly prometheus: Prometheus;

  private constructor(demo: RealCluster, operator: ObservedOperator, prometheus: Prometheus) {
    this.demo = demo;
    this.operator = operator;
    this.prometheus = prometheus;
  }

  /** Resolves when there is something to see everywhere. The second cluster has one replica and is `single` in `stage`. */
  static async set(t: TestContext): Promise<DashboardScene> {
    const demo = await RealCluster.start(t, 3);
    const single = await RealCluster.start(t, 1);
    const operator = await ObservedOperator.start(t, 'shop');
    const replicas = [...targetsOf(demo, 'shop', 'demo'), ...targetsOf(single, 'stage', 'single')];
    const ofOperator = {
      address: `127.0.0.1:${operator.port}`,
      labels: { namespace: OPERATOR_NAMESPACE, pod: OPERATOR_POD },
    };
    const prometheus = await Prometheus.start(t, [
      { name: 'replicas', honorsLabels: false, targets: replicas },
      { name: 'operator', honorsLabels: true, targets: [ofOperator] },
    ]);
    for (const cluster of [demo, single]) {
      for (const index of cluster.indexes) {
        await watch(t, cluster, index);
        keepBusy(t, cluster, index);
        await takeSnapshot(cluster, index);
      }
    }
    const scene = new DashboardScene(demo, operator, prometheus);
    await scene.window();
    return scene;
  }

  /** Waits until what is seen is of the time from now on. */
  async window(): Promise<void> {
    const since = Date.now() / 1_000;
    await eventually('the window is full', async () => {
      const [last] = await this.prometheus.now('min(timestamp(up))');
      return (last?.values[0] ?? 0) > since + WINDOW_SECONDS ? true : undefined;
    });
  }

  /** What a panel's first query says now. */
  async shown(dashboard: DashboardDocument, title: string, choices: Choices = {}): Promise<Series[]> {
    const { expression } = queryOf(dashboard, title);
    return await this.prometheus.now(filledIn(expression, dashboard, choices, await this.listed(dashboard)));
  }

  /** Waits until the first number that a panel shows is such a one. */
  async shows(
    dashboard: DashboardDocument,
    title: string,
    is: (value: number) => boolean,
    choices: Choices = {},
  ): Promise<void> {
    let last: number | undefined;
    await eventually(
      () => `${dashboard.title} / ${title} is ${last}`,
      async () => {
        last = (await this.shown(dashboard, title, choices))[0]?.values[0];
        return last !== undefined && is(last) ? true : undefined;
      },
    );
  }

  /** The values of each variable, when everything is chosen before it. */
  async listed(dashboard: DashboardDocument): Promise<Record<string, string[]>> {
    const listed: Record<string, string[]> = {};
    for (const { name, type, definition = '' } of dashboard.templating.list) {
      if (type !== 'query') continue;
      const { selector, label } = labelValuesOf(definition);
      listed[name] = await this.prometheus.labelValues(label, filledIn(selector, dashboard, {}, listed));
    }
    return listed;
  }

  /** Runs every query of the dashboard for each of the choices; returns what stays wrong. */
  async faults(
    dashboard: DashboardDocument,
    choices: readonly Choices[],
    mayBeEmpty: (query: PanelQuery, choice: Choices) => boolean = () => false,
  ): Promise<string[]> {
    const listed = await this.listed(dashboard);
    const work = choices.flatMap((choice) => queriesOf(dashboard).map((query) => ({ choice, query })));
    const faults: string[] = [];
    const worker = async (): Promise<void> => {
      for (let each = work.pop(); each !== undefined; each = work.pop()) {
        const { choice, query } = each;
        const expression = filledIn(query.expression, dashboard, choice, listed);
        const fault = await this.#lastingFault(query, expression, mayBeEmpty(query, choice));
        if (fault === undefined) continue;
        faults.push(
          `${dashboard.title} / ${query.panel}, ${JSON.stringify(choice)}: ${fault}: ${expression}`,
        );
      }
    };
    await Promise.all(Array.from({ length: QUERIES_AT_ONCE }, worker));
    return faults;
  }

  /** A machine that is busy may miss a scrape: what is empty is asked for again. */
  async #lastingFault(
    query: PanelQuery,
    expression: string,
    mayBeEmpty: boolean,
  ): Promise<string | undefined> {
    for (let tries = 0; ; tries += 1) {
      const fault = await this.#faultOf(query, expression);
      if (fault !== NOTHING) return fault;
      if (mayBeEmpty) return undefined;
      if (tries === WINDOW_SECONDS) return fault;
      await this.window();
    }
  }

  async #faultOf({ isInstant }: PanelQuery, expression: string): Promise<string | undefined> {
    try {
      const found = isInstant
        ? await this.prometheus.now(expression)
        : await this.prometheus.lately(expression, 2);
      return found.some(({ values }) => values.some((value) => !Number.isNaN(value))) ? undefined : NOTHING;
    } catch (error) {
      return String(error);
    }
  }
}

/** As Kubernetes would name the replicas, with the labels that our monitors attach. */
function targetsOf(cluster: RealCluster, namespace: string, name: string): ScrapeTarget[] {
  return cluster.addresses.map(({ host, adminPort }, index) => ({
    address: `${host}:${adminPort}`,
    labels: { namespace, pod: `${name}-${index}`, paxoskv_dev_cluster: name },
  }));
}

async function watch(t: TestContext, cluster: RealCluster, index: number): Promise<void> {
  const end = new AbortController();
  t.after(() => end.abort());
  const { host, httpPort } = cluster.address(index);
  const response = await fetch(`http://${host}:${httpPort}/v1/watch?prefix=`, { signal: end.signal });
  assert.equal(response.status, 200);
  // Read, or it would be a slow one. Its replica ends it, or the test does.
  response.bytes().catch(() => undefined);
}

/** A client of one replica that writes and reads, and comes again when the replica does. */
function keepBusy(t: TestContext, cluster: RealCluster, index: number): void {
  const end = new AbortController();
  const run = async (): Promise<void> => {
    let connection: RespConnection | undefined;
    while (!end.signal.aborted) {
      if (connection === undefined || connection.isClosed) connection = await opened(cluster, index);
      await connection?.ask('SET', `busy:${index}`, 'a value');
      await connection?.ask('GET', `busy:${index}`);
      await pause(PACE_MS);
    }
    connection?.close();
  };
  const running = run();
  t.after(async () => {
    end.abort();
    await running;
  });
}

async function opened(cluster: RealCluster, index: number): Promise<RespConnection | undefined> {
  try {
    return await RespConnection.open(cluster.address(index).redisPort);
  } catch {
    // It is down just now.
    return undefined;
  }
}

async function takeSnapshot(cluster: RealCluster, index: number): Promise<void> {
  const { host, adminPort } = cluster.address(index);
  const response = await fetch(`http://${host}:${adminPort}/v1/snapshot`, { method: 'POST' });
  assert.equal(response.status, 200, await response.text());
}
