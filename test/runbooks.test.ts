/** Whoever an alert wakes finds a page that says what to do; no page is left of an alert that is gone. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ALERTS } from '../monitoring/alerts/rules.ts';

const RUNBOOKS = path.join(import.meta.dirname, '../docs/runbooks');
const HEADINGS = ['Meaning', 'Impact', 'Diagnosis', 'Fix'];

test('each alert has its runbook, and each runbook its alert', () => {
  const pages = globSync('*.md', { cwd: RUNBOOKS }).map((file) => path.basename(file, '.md'));
  assert.deepEqual(pages.toSorted(), ALERTS.map(({ name }) => name).toSorted());
});

for (const { name } of ALERTS) {
  test(`the runbook of ${name} says what it means, whom it hurts, how to see it and what to do`, () => {
    const [head = '', ...sections] = readFileSync(path.join(RUNBOOKS, `${name}.md`), 'utf8').split(/^## /m);
    assert.ok(head.startsWith(`# ${name}\n`));
    const titles = sections.map((section) => section.slice(0, section.indexOf('\n')));
    assert.deepEqual(titles, HEADINGS);
    for (const section of sections) assert.ok(section.trim().split('\n').length >= 3, `${name}: ${section}`);
    assert.match(sections[2] ?? '', /```(?:sh|console)\n/, `${name}: commands to see it by`);
  });
}
