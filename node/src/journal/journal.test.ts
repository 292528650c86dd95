import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LEVELS } from './level.ts';
import { MOMENT, WrittenLines } from './testing/written-lines.ts';

test('a line for a terminal is time, level and sentence', () => {
  const written = new WrittenLines('info');
  written.journal.tell('info', 'started', 'it starts', { release: '1' });
  written.journal.tell('error', 'ended', 'it ends');
  assert.deepEqual(written.lines, [`${MOMENT} info  it starts`, `${MOMENT} error it ends`]);
  assert.deepEqual(written.levels, ['info', 'error']);
});

test('a line for programs is one record: what all lines have, who writes, what the event has', () => {
  const written = new WrittenLines('info', 'json');
  written.journal.context = () => ({ cluster: 'c', replica: 'r', ballot: undefined });
  written.journal.tell('warn', 'no-space', 'no space for it', { slot: 7 });
  assert.deepEqual(written.lines, [
    `{"time":"${MOMENT}","level":"warn","event":"no-space","message":"no space for it","cluster":"c","replica":"r","slot":7}`,
  ]);
});

test('each level writes what those before it do, and more', () => {
  for (const [index, level] of LEVELS.entries()) {
    const written = new WrittenLines(level, 'json');
    for (const each of LEVELS) written.journal.tell(each, 'event', 'text');
    assert.deepEqual(
      written.records.map((record) => record['level']),
      LEVELS.slice(0, index + 1),
    );
  }
});

test('a change of the level counts from the next line on and is told once, whatever the level', () => {
  const written = new WrittenLines('error');
  written.journal.tell('debug', 'a', 'unheard');
  written.journal.setLevel('debug', 'a test');
  written.journal.setLevel('debug', 'a test');
  written.journal.tell('debug', 'a', 'heard');
  written.journal.setLevel('error', 'a test');
  written.journal.tell('debug', 'a', 'unheard');
  assert.deepEqual(
    written.lines.map((line) => line.slice(MOMENT.length + 1)),
    [
      'info  the log level is debug, it was error: by a test',
      'debug heard',
      'info  the log level is error, it was debug: by a test',
    ],
  );
});

test('of a flood of one event a hundred lines pass, the rest is counted and told, and other events are not held up', () => {
  const written = new WrittenLines('info', 'json');
  for (let lines = 0; lines < 1_000; lines += 1) written.journal.tell('warn', 'flood', `no. ${lines}`);
  written.journal.tell('info', 'other', 'heard');
  assert.equal(written.lines.length, 101);
  written.windowEnds();
  const sum = written.records.at(-1);
  assert.deepEqual(
    [sum?.['event'], sum?.['level'], sum?.['of'], sum?.['lines']],
    ['lines-left-out', 'warn', 'flood', 900],
  );
  assert.equal(written.lines.length, 102);
  written.journal.tell('warn', 'flood', 'again');
  assert.equal(written.lines.length, 103);
});

test('what was asked for with debug is bounded, too', () => {
  const written = new WrittenLines('trace');
  for (let lines = 0; lines < 10_005; lines += 1) written.journal.tell('trace', 'sent', 'a message');
  assert.equal(written.lines.length, 10_000);
  written.journal.close();
  assert.match(written.lines.at(-1) ?? '', /5 more lines of sent were left out$/);
});

test('a journal with nothing to say waits for nothing', () => {
  const written = new WrittenLines('info');
  written.journal.tell('debug', 'a', 'unheard');
  assert.equal(written.waiting, 0);
  written.journal.tell('info', 'a', 'heard');
  assert.equal(written.waiting, 1);
  written.windowEnds();
  assert.equal(written.waiting, 0);
  assert.equal(written.lines.length, 1);
});

test('whatever a sentence quotes, it stays one line that holds no control character and has an end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.nat(2), (text, times) => {
      const message = text.repeat(times === 2 ? 1_000 : times);
      for (const format of ['text', 'json'] as const) {
        const written = new WrittenLines('info', format);
        written.journal.tell('info', 'quote', message, { reason: text });
        const [line = ''] = written.lines;
        // oxlint-disable-next-line no-control-regex -- control characters are what this is about
        assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        assert.ok(line.length < 60_000);
        if (format === 'json') {
          assert.equal(written.records[0]?.['reason'], text);
          if (message.length <= 8_192) assert.equal(written.records[0]['message'], message);
        }
      }
    }),
  );
});
