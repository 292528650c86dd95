/** The rules as a whole: enough of them, told well, each with a test of its own, and right in the eyes of Prometheus. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ALERTS, ruleGroups } from './rules.ts';
import { promtoolMissing } from './testing/promtool.ts';

test('no two alerts have one name, and each has a severity, a time, a summary and figures or advice', () => {
  assert.equal(new Set(ALERTS.map(({ name }) => name)).size, ALERTS.length);
  for (const { name, for: time, summary, description } of ALERTS) {
    assert.match(name, /^PaxosKV[A-Z][A-Za-z]+$/);
    assert.match(time, /^\d+[mh]$/);
    assert.ok(summary.length <= 120 && !summary.endsWith('.'), `${name}: the summary is one line`);
    assert.ok(description.endsWith('.') || description.includes('kubectl'), `${name}: whole sentences`);
  }
});

test('each alert stands in a test beside its rule', () => {
  const tests = globSync('*.test.ts', { cwd: import.meta.dirname })
    .map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8'))
    .join('\n');
  const untested = ALERTS.filter(({ name }) => !tests.includes(`name: '${name}'`));
  assert.deepEqual(
    untested.map(({ name }) => name),
    [],
  );
});

test('Prometheus takes the rules', { skip: promtoolMissing() ?? false }, (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-rules-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'rules.yaml');
  writeFileSync(file, JSON.stringify({ groups: ruleGroups() }));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});
