/** One event of each kind, and of each line that it may become, for tests of whoever listens. */
import { ConnectionFailed } from '../src/kube/failures.ts';
import type { RuntimeEvent } from '../src/kube/runtime-event.ts';

const error = new ConnectionFailed('GET /x', new Error('cut'));
const RECONCILED = {
  kind: 'reconciled',
  controller: 'paxoscluster',
  key: 'shop/demo',
  durationMs: 1,
} as const;

export const RUNTIME_EVENT_EXAMPLES: readonly RuntimeEvent[] = [
  { kind: 'listed', resource: 'pods', objects: 3, why: 'first' },
  { kind: 'listed', resource: 'pods', objects: 3, why: 'periodic' },
  { kind: 'informerFailed', resource: 'pods', error, retryInMs: 200 },
  { ...RECONCILED, result: 'error', nextInMs: 200, error },
  { ...RECONCILED, result: 'success', nextInMs: 10_000, error: undefined },
  { kind: 'leadership', lease: 'paxoskv-operator', state: 'leading', detail: 'as one' },
  { kind: 'leaseFailed', lease: 'paxoskv-operator', error },
  { kind: 'eventDropped', about: 'shop/demo', reason: 'Healed', why: 'too many' },
  { kind: 'requestDone', method: 'GET', host: 'api', code: '200', durationMs: 1 },
  { kind: 'dequeued', controller: 'paxoscluster', waitedMs: 1 },
];
