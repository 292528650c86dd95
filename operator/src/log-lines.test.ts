import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { WrittenLines } from '../../node/src/journal/testing/written-lines.ts';
import type { Level } from '../../node/src/journal/level.ts';
import { ConnectionFailed } from './kube/failures.ts';
import type { RuntimeEvent } from './kube/runtime-event.ts';
import { RUNTIME_LINE_LEVELS, runtimeLogLines } from './log-lines.ts';
import { RUNTIME_EVENT_EXAMPLES } from '../testing/runtime-event-examples.ts';

function linesOf(level: Level, ...events: readonly RuntimeEvent[]): string[] {
  const written = new WrittenLines(level);
  const observer = runtimeLogLines(written.journal);
  for (const event of events) observer(event);
  return written.lines.map((line) => line.replace(/^\S+ /, ''));
}

const RECONCILED = { kind: 'reconciled', controller: 'paxoscluster', key: 'a/b', durationMs: 1 } as const;

suite('runtimeLogLines()', () => {
  test('writes a line for what went wrong and for who leads, and none for what is only counted', () => {
    assert.deepEqual(
      linesOf(
        'info',
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
        'info  lease operator: leading, as one',
        'info  read all pods: 3',
        'warn  paxoscluster a/b: GET /x: cut; again in 0.2 s',
      ],
    );
  });

  test('shows where a bug of ours is, on one line', () => {
    const [line = ''] = linesOf('info', {
      ...RECONCILED,
      result: 'error',
      nextInMs: 200,
      error: new TypeError('oops'),
    });
    assert.match(
      line,
      /^warn  paxoscluster a\/b: TypeError: oops at .*log-lines\.test\.ts.*; again in 0\.2 s$/,
    );
  });

  test('makes a record of every kind of event, with its name, its level and fields', () => {
    const seen = new Set<string>();
    for (const event of RUNTIME_EVENT_EXAMPLES) {
      const written = new WrittenLines('trace', 'json');
      runtimeLogLines(written.journal)(event);
      const [record = {}] = written.records;
      const { event: name, level, message, ...fields } = record;
      seen.add(String(name));
      assert.equal(level, RUNTIME_LINE_LEVELS[name as keyof typeof RUNTIME_LINE_LEVELS]);
      assert.ok(typeof message === 'string' && message !== '');
      assert.ok(Object.keys(fields).length > 1, message);
    }
    assert.deepEqual([...seen].toSorted(), Object.keys(RUNTIME_LINE_LEVELS).toSorted());
  });

  test('names the cluster that was looked at by its two parts', () => {
    const written = new WrittenLines('debug', 'json');
    runtimeLogLines(written.journal)({
      ...RECONCILED,
      result: 'success',
      nextInMs: undefined,
      error: undefined,
    });
    assert.partialDeepStrictEqual(written.records[0], {
      event: 'reconciled',
      namespace: 'a',
      name: 'b',
      result: 'success',
    });
  });
});
