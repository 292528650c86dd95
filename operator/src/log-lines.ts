/** Runtime events → lines of the log: a sentence and fields for each event that matters enough at present. The rest is counted. */
import type { Journal } from '../../node/src/journal/journal.ts';
import type { Level } from '../../node/src/journal/level.ts';
import type { Fields } from '../../node/src/journal/line.ts';
import { stackText } from '../../node/src/journal/program-journal.ts';
import type { RuntimeEvent, RuntimeObserver } from './kube/runtime-event.ts';

/** By the line's name: how much it matters. `docs/logs.md` lists them; a test keeps it in step. */
export const RUNTIME_LINE_LEVELS = {
  listed: 'info',
  'listed-again': 'debug',
  'informer-failed': 'warn',
  'reconcile-failed': 'warn',
  reconciled: 'debug',
  leadership: 'info',
  'lease-failed': 'warn',
  'event-dropped': 'warn',
  'request-done': 'trace',
  dequeued: 'trace',
} as const satisfies Readonly<Record<string, Level>>;

type RuntimeLineName = keyof typeof RUNTIME_LINE_LEVELS;

/** An observer that writes a line for each event that the journal admits. */
export function runtimeLogLines(journal: Journal): RuntimeObserver {
  return (event) => {
    const name = nameOf(event);
    const level = RUNTIME_LINE_LEVELS[name];
    if (journal.admits(level, name)) journal.write(level, name, sentenceOf(event), fieldsOf(event));
  };
}

function nameOf(event: RuntimeEvent): RuntimeLineName {
  switch (event.kind) {
    case 'listed':
      return event.why === 'periodic' ? 'listed-again' : 'listed';
    case 'informerFailed':
      return 'informer-failed';
    case 'reconciled':
      return event.error === undefined ? 'reconciled' : 'reconcile-failed';
    case 'leadership':
      return 'leadership';
    case 'leaseFailed':
      return 'lease-failed';
    case 'eventDropped':
      return 'event-dropped';
    case 'requestDone':
      return 'request-done';
    case 'dequeued':
      return 'dequeued';
  }
}

function sentenceOf(event: RuntimeEvent): string {
  switch (event.kind) {
    case 'listed':
      return `read all ${event.resource}: ${event.objects}${event.why === 'recovery' ? ', after a failure' : ''}`;
    case 'informerFailed':
      return `${event.error.message}; again in ${seconds(event.retryInMs)}`;
    case 'reconciled':
      return event.error === undefined
        ? `${event.controller} ${event.key}: looked at, ${event.durationMs.toFixed(0)} ms`
        : failureText(event, event.error);
    case 'leadership':
      return `lease ${event.lease}: ${event.state}, ${event.detail}`;
    case 'leaseFailed':
      return `lease ${event.lease}: ${event.error.message}`;
    case 'eventDropped':
      return `Event ${event.reason} about ${event.about} dropped: ${event.why}`;
    case 'requestDone':
      return `${event.method} ${event.host}: ${event.code}, ${event.durationMs.toFixed(0)} ms`;
    case 'dequeued':
      return `${event.controller}: one was taken from the queue after ${event.waitedMs.toFixed(0)} ms`;
  }
}

/** The stack is worth its length only where our own code is to blame. */
function failureText(
  { controller, key, nextInMs }: RuntimeEvent & { kind: 'reconciled' },
  error: Error,
): string {
  const isOfTheWorld = 'code' in error && error.code !== 'ERR_ASSERTION';
  const what = isOfTheWorld ? error.message : stackText(error);
  return `${controller} ${key}: ${what}; again in ${seconds(nextInMs ?? 0)}`;
}

function seconds(delayMs: number): string {
  return `${(delayMs / 1_000).toFixed(1)} s`;
}

/** An event's own properties; the key of what was looked at as its two parts. Errors are in the sentence. */
function fieldsOf(event: RuntimeEvent): Fields {
  switch (event.kind) {
    case 'reconciled': {
      const { controller, key, result, durationMs, nextInMs } = event;
      const [namespace, name] = key.split('/');
      return { controller, namespace, name, result, durationMs: Math.round(durationMs), nextInMs };
    }
    case 'informerFailed':
      return { resource: event.resource, retryInMs: Math.round(event.retryInMs) };
    case 'leaseFailed':
      return { lease: event.lease };
    case 'listed':
    case 'leadership':
    case 'eventDropped':
    case 'requestDone':
    case 'dequeued': {
      const { kind: _, ...rest } = event;
      return rest;
    }
  }
}
