/**
 * Runtime events → Prometheus, under the names that controller-runtime and client-go use, so that the
 * dashboards and alerts that people have for their other operators show this one, too.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { registerClusterMetrics } from './cluster-metrics.ts';
import type { ClusterSummary } from './controller/cluster-summary.ts';
import type { Informer } from './kube/informer.ts';
import type { ReconcileLoop } from './kube/reconcile-loop.ts';
import type { RuntimeEvent } from './kube/runtime-event.ts';

/** Where numbers come from that no event carries; asked at each scrape. */
/** A counter that is there at 0 before it first rises: a series that begins with its first one is no rise to Prometheus. */
const LIST_REASONS = ['first', 'periodic', 'recovery'] as const;

export interface OperatorMetricSources {
  readonly loops: readonly Pick<ReconcileLoop, 'name' | 'concurrency' | 'counts'>[];
  /** Kinds of others come and go. */
  readonly informers: () => readonly Pick<Informer, 'resource' | 'ageMs'>[];
  /** None as long as this process does not lead: another one speaks of them. */
  readonly clusters: () => readonly ClusterSummary[];
}

/** controller-runtime's, without its finest steps. */
const RECONCILE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** client-go's powers of ten. */
const QUEUE_SECONDS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1_000];

export class OperatorMetrics {
  readonly registry = new Registry();
  readonly #reconciles = this.#counter('controller_runtime_reconcile_total', 'Reconciles by their result', [
    'controller',
    'result',
  ]);
  readonly #errors = this.#counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed', [
    'controller',
  ]);
  readonly #reconcileSeconds = this.#histogram(
    'controller_runtime_reconcile_time_seconds',
    'How long a reconcile took',
    ['controller'],
    RECONCILE_SECONDS,
  );
  readonly #waitSeconds = this.#histogram(
    'workqueue_queue_duration_seconds',
    'How long a key waited before a worker took it',
    ['name'],
    QUEUE_SECONDS,
  );
  readonly #workSeconds = this.#histogram(
    'workqueue_work_duration_seconds',
    'How long a worker had a key',
    ['name'],
    QUEUE_SECONDS,
  );
  readonly #requests = this.#counter('rest_client_requests_total', 'Requests to the API server', [
    'code',
    'method',
    'host',
  ]);
  readonly #master = this.#gauge('leader_election_master_status', 'Whether this process leads: 1 or 0', [
    'name',
  ]);
  readonly #lists = this.#counter(
    'paxoskv_operator_lists_total',
    'Full lists by informers, by their reason',
    ['resource', 'why'],
  );
  readonly #informerFailures = this.#counter(
    'paxoskv_operator_informer_failures_total',
    'Lists and watches that failed and were tried again',
    ['resource'],
  );
  /** Without labels it is there as 0 from the start, and so its first rise is seen. */
  readonly #droppedEvents = this.#counter(
    'paxoskv_operator_events_dropped_total',
    'Events that the API server was not told of; the log says which, and why',
    [],
  );

  constructor(sources: OperatorMetricSources) {
    collectDefaultMetrics({ register: this.registry });
    this.#polledPerLoop(sources);
    registerClusterMetrics(this.registry, () => sources.clusters());
    this.#gauge(
      'paxoskv_operator_informer_age_seconds',
      'How long ago an informer last heard of the API server',
      ['resource'],
      (gauge) => {
        gauge.reset();
        for (const { resource, ageMs } of sources.informers().map(ageOf))
          gauge.set({ resource }, ageMs / 1_000);
      },
    );
  }

  /** The observer to give to the runtime. */
  readonly observe = (event: RuntimeEvent): void => {
    switch (event.kind) {
      case 'requestDone':
        this.#requests.inc({ code: event.code, method: event.method, host: event.host });
        break;
      case 'dequeued':
        this.#waitSeconds.observe({ name: event.controller }, event.waitedMs / 1_000);
        break;
      case 'reconciled':
        this.#reconciled(event);
        break;
      case 'leadership':
        this.#master.set({ name: event.lease }, event.state === 'leading' ? 1 : 0);
        break;
      case 'listed':
        for (const why of LIST_REASONS)
          this.#lists.inc({ resource: event.resource, why }, why === event.why ? 1 : 0);
        this.#informerFailures.inc({ resource: event.resource }, 0);
        break;
      case 'informerFailed':
        this.#informerFailures.inc({ resource: event.resource });
        break;
      case 'eventDropped':
        this.#droppedEvents.inc();
        break;
      case 'leaseFailed':
        break;
    }
  };

  #reconciled({ controller, result, durationMs }: RuntimeEvent & { kind: 'reconciled' }): void {
    this.#reconciles.inc({ controller, result });
    this.#errors.inc({ controller }, result === 'error' ? 1 : 0);
    this.#reconcileSeconds.observe({ controller }, durationMs / 1_000);
    this.#workSeconds.observe({ name: controller }, durationMs / 1_000);
  }

  #polledPerLoop({ loops }: OperatorMetricSources): void {
    type Loop = OperatorMetricSources['loops'][number];
    const polled = (
      name: string,
      help: string,
      label: 'name' | 'controller',
      valueOf: (loop: Loop) => number,
    ): void => {
      this.#gauge(name, help, [label], (gauge) => {
        for (const loop of loops) gauge.set({ [label]: loop.name }, valueOf(loop));
      });
    };
    polled(
      'controller_runtime_max_concurrent_reconciles',
      'Workers',
      'controller',
      (loop) => loop.concurrency,
    );
    polled('controller_runtime_active_workers', 'Workers at work', 'controller', workingOf);
    polled('workqueue_depth', 'Keys that wait for a worker', 'name', ({ counts }) => counts.depth);
    polled(
      'workqueue_unfinished_work_seconds',
      'What the keys under way have taken so far, together',
      'name',
      (loop) => secondsUnderWay(loop).reduce((sum, seconds) => sum + seconds, 0),
    );
    polled('workqueue_longest_running_processor_seconds', 'The same, of the longest', 'name', (loop) =>
      Math.max(0, ...secondsUnderWay(loop)),
    );
    this.#polledCounter('workqueue_adds_total', 'Keys taken up', loops, ({ counts }) => counts.adds);
    this.#polledCounter(
      'workqueue_retries_total',
      'Keys that failed and come again',
      loops,
      ({ counts }) => counts.retries,
    );
  }

  #polledCounter<T extends { readonly name: string }>(
    name: string,
    help: string,
    loops: readonly T[],
    valueOf: (loop: T) => number,
  ): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: ['name'],
      registers: [this.registry],
      collect() {
        counter.reset();
        for (const loop of loops) counter.inc({ name: loop.name }, valueOf(loop));
      },
    });
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[], collect?: (gauge: Gauge) => void): Gauge {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
    });
    return gauge;
  }
}

function workingOf({ counts }: Pick<ReconcileLoop, 'counts'>): number {
  return counts.workingSinceMs.length;
}

function secondsUnderWay({ counts }: Pick<ReconcileLoop, 'counts'>): number[] {
  const nowMs = performance.now();
  return counts.workingSinceMs.map((sinceMs) => (nowMs - sinceMs) / 1_000);
}

function ageOf(informer: Pick<Informer, 'resource' | 'ageMs'>): { resource: string; ageMs: number } {
  return { resource: informer.resource, ageMs: informer.ageMs() };
}
