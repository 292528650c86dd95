/**
 * Stories of requests → spans, by OpenTelemetry's own SDK, to a collector. Nothing waits for it: what the collector does not take is
 * dropped, and said once a minute. Loaded only when traces are switched on.
 */
import {
  type Attributes,
  type Context,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
  TraceFlags,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { ballotText } from '../paxos/ballot.ts';
import type { RequestStory } from './traced-door.ts';

export interface ExportOptions {
  readonly url: string;
  /** This replica's id, as text. */
  readonly replica: string;
  readonly release: string;
  /** Gets a sentence for the log when spans are lost, at most once a minute. */
  readonly lost: (text: string) => void;
}

/** Spans that wait for the collector, 1 KiB each: over it, new ones are dropped. */
const SPANS_WAITING_MAX = 2_048;
const SPANS_BATCH_MAX = 512;
const EXPORT_INTERVAL_MS = 1_000;
/** For a batch that the collector does not take; no other is sent meanwhile. */
const EXPORT_TIMEOUT_MS = 5_000;
const LOSS_REPORT_INTERVAL_MS = 60_000;
/** A process that ends waits so long for a collector. */
const CLOSE_WAIT_MS = 1_000;

export class ExportedTraces {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  constructor(options: ExportOptions) {
    reportLosses(options);
    const exporter = new OTLPTraceExporter({
      url: options.url,
      timeoutMillis: EXPORT_TIMEOUT_MS,
      concurrencyLimit: 1,
    });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'paxoskv',
        'service.version': options.release,
        'service.instance.id': options.replica,
      }),
      // Who is traced was decided when the request came.
      sampler: new AlwaysOnSampler(),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter,
          maxQueueSize: SPANS_WAITING_MAX,
          maxExportBatchSize: SPANS_BATCH_MAX,
          scheduledDelayMillis: EXPORT_INTERVAL_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('paxoskv', options.release);
  }

  /** One span for the request, and one below it for each part of its way that is known. */
  tell(story: RequestStory): void {
    const { kind, outcome, slot, arrivedMs, handedOverMs, acceptedMs, durableMs, chosenMs, answeredMs } =
      story;
    const attributes: Attributes = {
      'paxoskv.command': story.command,
      'paxoskv.outcome': outcome,
      'paxoskv.role': story.role,
      'paxoskv.ballot': ballotText(story.ballot),
      'paxoskv.slot': slot,
    };
    const span = this.#tracer.startSpan(
      story.command,
      { kind: SpanKind.SERVER, startTime: epochMs(arrivedMs), attributes },
      parentOf(story.traceparent),
    );
    const below = trace.setSpan(ROOT_CONTEXT, span);
    this.#part(below, 'parse', arrivedMs, handedOverMs, attributes);
    if (kind === 'read') this.#part(below, 'read', handedOverMs, answeredMs, attributes);
    if (acceptedMs !== undefined) {
      const proposed = story.role === 'leader' ? 'propose' : 'forward';
      this.#part(below, proposed, handedOverMs, acceptedMs, attributes);
      if (durableMs !== undefined) this.#part(below, 'durable', acceptedMs, durableMs, attributes);
      if (chosenMs !== undefined) {
        this.#part(below, 'chosen', acceptedMs, chosenMs, attributes);
        this.#part(below, 'applied', chosenMs, answeredMs, attributes);
      }
    }
    if (outcome !== 'ok') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    // A part may outlast the answer: the leader's own disk, when the others were quicker.
    span.end(epochMs(answeredMs));
  }

  /** Sends what waits, and completes soon whether or not the collector takes it. */
  close(done: () => void): void {
    let isDone = false;
    const once = (): void => {
      if (!isDone) done();
      isDone = true;
    };
    const timer = setTimeout(once, CLOSE_WAIT_MS);
    const ended = (): void => {
      clearTimeout(timer);
      once();
    };
    // It fails when the collector does not take what waits: that is lost, as at any other time.
    void this.#provider.shutdown().then(ended, (error: unknown) => {
      diag.error(String(error));
      ended();
    });
  }

  #part(below: Context, name: string, fromMs: number, toMs: number, attributes: Attributes): void {
    const span = this.#tracer.startSpan(name, { startTime: epochMs(fromMs), attributes }, below);
    // Turns are what time is told by: two things of one turn may come in either order.
    span.end(epochMs(Math.max(fromMs, toMs)));
  }
}

/** Whether to trace a request: as its client has decided, else at random. */
export function isSampled(traceparent: string | undefined, ratio: number, random: () => number): boolean {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent);
  return parent === null ? random() < ratio : (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
}

function parentOf(traceparent: string | undefined): Context {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function epochMs(performanceMs: number): number {
  return performance.timeOrigin + performanceMs;
}

function ignore(): void {}

function reportLosses({ url, lost }: ExportOptions): void {
  const { origin, pathname } = new URL(url);
  let reportedMs = Number.NEGATIVE_INFINITY;
  const report = (message: string): void => {
    const nowMs = performance.now();
    if (nowMs - reportedMs < LOSS_REPORT_INTERVAL_MS) return;
    reportedMs = nowMs;
    // Nothing but a code: the SDK's texts may hold what it was configured with.
    const tooMany = message.includes('maxQueueSize') ? 'more come than it takes' : 'no answer';
    const [code = tooMany] = /\bE[A-Z_]{4,}\b|\b[45]\d\d\b/.exec(message) ?? [];
    lost(`spans are lost: ${origin}${pathname} does not take them: ${code}`);
  };
  const logger = { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
