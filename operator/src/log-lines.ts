/** Runtime events → lines that people read: what an operator's operator should know of. The rest is counted. */
import type { RuntimeEvent, RuntimeObserver } from './kube/runtime-event.ts';

export interface RuntimeLogLinesOptions {
  /** Gets one line without its end. */
  readonly write: (line: string) => void;
  /** The wall clock, in milliseconds since 1970. */
  readonly clockMs: () => number;
}

/** An observer that writes `2026-01-31T12:00:00.000Z event…` for each event worth a line. */
export function runtimeLogLines({ write, clockMs }: RuntimeLogLinesOptions): RuntimeObserver {
  return (event) => {
    const text = textOf(event);
    if (text !== undefined)
      write(`${new Date(clockMs()).toISOString()} ${text.replaceAll(/\s*\n\s*/g, ' ')}`);
  };
}

function textOf(event: RuntimeEvent): string | undefined {
  switch (event.kind) {
    case 'listed':
      return event.why === 'periodic'
        ? undefined
        : `read all ${event.resource}: ${event.objects}${event.why === 'recovery' ? ', after a failure' : ''}`;
    case 'informerFailed':
      return `${event.error.message}; again in ${seconds(event.retryInMs)}`;
    case 'reconciled':
      return event.error === undefined ? undefined : failureText(event, event.error);
    case 'leadership':
      return `lease ${event.lease}: ${event.state}, ${event.detail}`;
    case 'leaseFailed':
      return `lease ${event.lease}: ${event.error.message}`;
    case 'eventDropped':
      return `Event ${event.reason} about ${event.about} dropped: ${event.why}`;
    case 'requestDone':
    case 'dequeued':
      return undefined;
  }
}

/** The stack is worth its length only where our own code is to blame. */
function failureText(
  { controller, key, nextInMs }: RuntimeEvent & { kind: 'reconciled' },
  error: Error,
): string {
  const isOfTheWorld = 'code' in error && error.code !== 'ERR_ASSERTION';
  const what = isOfTheWorld ? error.message : (error.stack ?? error.message);
  return `${controller} ${key}: ${what}; again in ${seconds(nextInMs ?? 0)}`;
}

function seconds(delayMs: number): string {
  return `${(delayMs / 1_000).toFixed(1)} s`;
}
