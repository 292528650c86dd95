import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText, Output, type Streams, tableOf } from './output.ts';
import { Progress } from './progress.ts';

function recorded(isTerminal: boolean): { streams: Streams; out: string[]; error: string[] } {
  const out: string[] = [];
  const error: string[] = [];
  const streams: Streams = {
    out: (text) => out.push(String(text)),
    error: (text) => error.push(text),
    outIsTerminal: isTerminal,
    errorIsTerminal: isTerminal,
  };
  return { streams, out, error };
}

test('tableOf() aligns columns, and writes what is not there as a dash', () => {
  const rows = [
    { id: 'a', slot: 7, ready: true, reasons: [] },
    { id: 'bcd', slot: null, ready: false, reasons: ['one', 'two'] },
  ];
  const columns = [
    { field: 'id' },
    { field: 'slot', align: 'right' as const },
    { field: 'ready' },
    { field: 'reasons' },
  ];
  assert.equal(
    tableOf(rows, columns),
    'ID   SLOT  READY  REASONS\na       7  yes\nbcd     -  no     one; two\n',
  );
});

test('Output gives programs JSON and nothing else', () => {
  const { streams, out, error } = recorded(true);
  const output = new Output(true, streams);
  output.rows([{ a: 1 }], [{ field: 'a' }]);
  output.note('for people');
  output.row({ b: 2 }, 'text');
  assert.deepEqual(out, ['[\n  {\n    "a": 1\n  }\n]\n', '{"b":2}\n']);
  assert.deepEqual(error, []);
});

test('Progress draws on a terminal only, on standard error, and takes its line away', () => {
  const piped = recorded(false);
  const quiet = new Progress(piped.streams, 'backup');
  quiet.show(0.5, 'x');
  quiet.end();
  assert.deepEqual([...piped.out, ...piped.error], []);
  const { streams, out, error } = recorded(true);
  const progress = new Progress(streams, 'backup');
  progress.show(0.5, '7 MiB');
  progress.end();
  progress.end();
  assert.deepEqual(out, []);
  assert.equal(error.length, 2);
  assert.match(error[0] ?? '', /backup \[#{15}\.{15}\] {2}50% 7 MiB$/);
});

test('bytesText() has three digits at most', () => {
  assert.deepEqual([0, 1023, 1024, 150 * 1024, 3 * 1024 ** 3].map(bytesText), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '150 KiB',
    '3.0 GiB',
  ]);
});
