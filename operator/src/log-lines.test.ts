import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConnectionFailed } from './kube/failures.ts';
import type { RuntimeEvent } from './kube/runtime-event.ts';
import { runtimeLogLines } from './log-lines.ts';

function linesOf(...events: RuntimeEvent[]): string[] {
  const lines: string[] = [];
  const observer = runtimeLogLines({
    write: (line) => lines.push(line),
    clockMs: () => Date.UTC(2026, 0, 31, 12),
  });
  for (const event of events) observer(event);
  return lines;
}

const RECONCILED = { kind: 'reconciled', controller: 'paxoscluster', key: 'a/b', durationMs: 1 } as const;

suite('runtimeLogLines()', () => {
  test('writes a line for what went wrong and for who leads, and none for what is only counted', () => {
    assert.deepEqual(
      linesOf(
        { kind: 'leadership', lease: 'operator', state: 'leading', detail: 'as one' },
        { kind: 'requestDone', method: 'GET', host: 'api', code: '200', durationMs: 1 },
        { kind: 'listed', resource: 'pods', objects: 3, why: 'first' },
        { kind: 'listed', resource: 'pods', objects: 3, why: 'periodic' },
        { ...RECONCILED, result: 'success', nextInMs: undefined, error: undefined },
        {
          ...RECONCILED,
          result: 'error',
          nextInMs: 200,
          error: new ConnectionFailed('GET /x', new Error('cut')),
        },
      ),
      [
        '2026-01-31T12:00:00.000Z lease operator: leading, as one',
        '2026-01-31T12:00:00.000Z read all pods: 3',
        '2026-01-31T12:00:00.000Z paxoscluster a/b: GET /x: cut; again in 0.2 s',
      ],
    );
  });

  test('shows where a bug of ours is, on one line', () => {
    const [line = ''] = linesOf({
      ...RECONCILED,
      result: 'error',
      nextInMs: 200,
      error: new TypeError('oops'),
    });
    assert.match(
      line,
      /^2026\S+ paxoscluster a\/b: TypeError: oops at .*log-lines\.test\.ts.*; again in 0\.2 s$/,
    );
  });
});
