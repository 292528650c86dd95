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
const TRIES = 4;
const NOTHING = 'nothing';

/** A query with its variables filled in. */
interface Asked extends PanelQuery {
  readonly about: string;
  readonly mayBeEmpty: boolean;
}

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
    await eventually('every target has answered', async () => {
      const [answering] = await prometheus.now('sum(up)');
      return answering?.values[0] === replicas.length + 1 ? true : undefined;
    });
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

  /** Waits until that number is shown in one of the series with these labels. */
  async showsOf(
    dashboard: DashboardDocument,
    title: string,
    labels: Readonly<Record<string, string>>,
    is: (value: number) => boolean,
  ): Promise<void> {
    let last: readonly Series[] = [];
    await eventually(
      () => `${dashboard.title} / ${title} is ${JSON.stringify(last)}`,
      async () => {
        last = await this.shown(dashboard, title);
        const meant = last.filter(({ metric }) =>
          Object.entries(labels).every(([name, value]) => metric[name] === value),
        );
        return meant.some(({ values: [value = Number.NaN] }) => is(value)) ? true : undefined;
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
    const asked = choices.flatMap((choice) =>
      queriesOf(dashboard).map((query): Asked => {
        const expression = filledIn(query.expression, dashboard, choice, listed);
        const about = `${dashboard.title} / ${query.panel}, ${JSON.stringify(choice)}: ${expression}`;
        return { ...query, expression, about, mayBeEmpty: mayBeEmpty(query, choice) };
      }),
    );
    let wrong = await this.#wrong(asked);
    // A machine that is busy may miss a scrape or two: what is empty is asked for again.
    for (let tries = 1; tries < TRIES && wrong.length > 0; tries += 1) {
      await this.window();
      wrong = await this.#wrong(wrong.map(({ query }) => query));
    }
    return wrong.map(({ query, fault }) => `${fault}: ${query.about}`);
  }

  async #wrong(asked: readonly Asked[]): Promise<{ query: Asked; fault: string }[]> {
    const work = [...asked];
    const wrong: { query: Asked; fault: string }[] = [];
    const worker = async (): Promise<void> => {
      for (let query = work.pop(); query !== undefined; query = work.pop()) {
        const fault = await this.#faultOf(query);
        if (fault !== undefined && !(fault === NOTHING && query.mayBeEmpty)) wrong.push({ query, fault });
      }
    };
    await Promise.all(Array.from({ length: QUERIES_AT_ONCE }, worker));
    return wrong;
  }

  async #faultOf({ isInstant, expression }: PanelQuery): Promise<string | undefined> {
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
