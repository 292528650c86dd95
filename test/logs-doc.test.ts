/** docs/logs.md lists every event with its level and its fields, and no other. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runtimeLogLines } from '../operator/src/log-lines.ts';
import { RUNTIME_EVENT_EXAMPLES } from '../operator/testing/runtime-event-examples.ts';
import type { Journal } from '../node/src/journal/journal.ts';
import { LEVELS } from '../node/src/journal/level.ts';
import { WrittenLines } from '../node/src/journal/testing/written-lines.ts';
import { logLines } from '../node/src/observe/log-lines.ts';
import { EVENT_EXAMPLES } from '../node/src/observe/testing/event-examples.ts';

const root = path.join(import.meta.dirname, '..');
const page = readFileSync(path.join(root, 'docs/logs.md'), 'utf8');

interface Row {
  readonly event: string;
  readonly level: string;
  readonly fields: readonly string[];
}

/** The rows of the tables below a heading. */
function rowsBelow(heading: string): Row[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const rows = [...section.matchAll(/^\| `([\w-]+)` \| ([^|]+) \| ([^|]*)\| [^|]+ \|$/gm)].map(
    ([, event = '', level = '', fields = '']) => ({
      event,
      level,
      fields: [...fields.matchAll(/`(\w+)`/g)].map(([, field = '']) => field).toSorted(),
    }),
  );
  assert.ok(rows.length > 0, heading);
  return rows;
}

function rowOf<Event>(observerOf: (journal: Journal) => (event: Event) => void, event: Event): Row {
  const written = new WrittenLines('trace', 'json');
  observerOf(written.journal)(event);
  const { time: _, level, event: name, message: __, ...fields } = written.records[0] ?? {};
  return { event: String(name), level: String(level), fields: Object.keys(fields).toSorted() };
}

function sorted(rows: readonly Row[]): Row[] {
  return rows.toSorted((left, right) => (left.event < right.event ? -1 : 1));
}

test('docs/logs.md lists the events of a replica', () => {
  const others = ['bad-option', 'cannot-listen', 'refused-directory', 'disk-failed'];
  assert.deepEqual(
    sorted(rowsBelow('Events of a replica').filter(({ event }) => !others.includes(event))),
    sorted(EVENT_EXAMPLES.map((event) => rowOf(logLines, event))),
  );
});

test('docs/logs.md lists the events of the operator', () => {
  const others = ['started', 'lease-lost'];
  assert.deepEqual(
    sorted(rowsBelow('Events of the operator').filter(({ event }) => !others.includes(event))),
    sorted(RUNTIME_EVENT_EXAMPLES.map((event) => rowOf(runtimeLogLines, event))),
  );
});

/** What a program tells beside the events of its observers: a level and a name, or an exit code and a name. */
const TOLD = /\b(?:tell|write)\(\s*(?:'(\w+)'|level),\s*'([a-z-]+)'|\bend\(\s*(EXIT)_\w+,\s*'([a-z-]+)'/g;

test('docs/logs.md lists what programs tell by themselves, with its level', () => {
  const files = globSync('{node/src/main.ts,operator/src/main.ts,node/src/journal/*.ts}', { cwd: root });
  const told = files
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(path.join(root, file), 'utf8').matchAll(TOLD)])
    .map(([, level, event, exit, ended]) => `${event ?? ended} ${exit === undefined ? level : 'error'}`);
  assert.ok(told.length >= 8, told.join());
  const rows = ['Events of both programs', 'Events of a replica', 'Events of the operator'].flatMap(
    rowsBelow,
  );
  const observed = new Set([
    ...EVENT_EXAMPLES.map((event) => rowOf(logLines, event).event),
    ...RUNTIME_EVENT_EXAMPLES.map((event) => rowOf(runtimeLogLines, event).event),
  ]);
  const listed = rows
    // Both programs have one of this name; the replica's comes from an event.
    .filter(({ event, fields }) => !observed.has(event) || fields.join() === 'release')
    .map(({ event, level }) => `${event} ${level === 'that of the event' ? 'undefined' : level}`);
  assert.deepEqual(listed.toSorted(), [...new Set(told)].toSorted());
});

test('docs/logs.md lists the levels in their order', () => {
  const section = page.split(/^## /m).find((each) => each.startsWith('Levels\n')) ?? '';
  const listed = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, level]) => level);
  assert.deepEqual(listed, LEVELS);
});
