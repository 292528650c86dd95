import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { metricsTable } from '../../node/src/observe/metrics-table.ts';
import { OperatorMetrics } from './metrics.ts';

const BEGIN = '<!-- table: operator -->\n';
const END = '\n<!-- end of table -->';

test('an informer that is gone has no age any more', async () => {
  let informers = [{ resource: 'pods', ageMs: () => 1_000 }];
  const { registry } = new OperatorMetrics({ loops: [], informers: () => informers, clusters: () => [] });
  const age = 'paxoskv_operator_informer_age_seconds{resource="pods"} 1';
  assert.ok((await registry.metrics()).includes(age));
  informers = [];
  assert.ok(!(await registry.metrics()).includes(age));
});

/** `RECORD=1 npm test -- operator/src/metrics` writes the table anew. */
test("docs/metrics.md lists every metric of the operator's own as it is", () => {
  const file = path.join(import.meta.dirname, '../../docs/metrics.md');
  const page = readFileSync(file, 'utf8');
  const start = page.indexOf(BEGIN) + BEGIN.length;
  assert.ok(start >= BEGIN.length, 'docs/metrics.md has a place for the table "operator"');
  const { registry } = new OperatorMetrics({ loops: [], informers: () => [], clusters: () => [] });
  const table = metricsTable(registry, (name) => !/^(?:process|nodejs)_/.test(name));
  const fresh = page.slice(0, start) + table + page.slice(page.indexOf(END, start));
  if (process.env['RECORD'] === '1') writeFileSync(file, fresh);
  else assert.equal(page, fresh, 'docs/metrics.md is stale: RECORD=1 npm test -- operator/src/metrics');
});

test('counters of failures are there at 0 before anything fails', async () => {
  const metrics = new OperatorMetrics({ loops: [], informers: () => [], clusters: () => [] });
  const done = { controller: 'paxoscluster', key: 'a/b', result: 'success', durationMs: 1 } as const;
  metrics.observe({ kind: 'reconciled', ...done, nextInMs: undefined, error: undefined });
  metrics.observe({ kind: 'listed', resource: 'pods', why: 'first', objects: 3 });
  const text = await metrics.registry.metrics();
  assert.match(text, /^controller_runtime_reconcile_errors_total\{controller="paxoscluster"\} 0$/m);
  assert.match(text, /^paxoskv_operator_informer_failures_total\{resource="pods"\} 0$/m);
  assert.match(text, /^paxoskv_operator_lists_total\{resource="pods",why="recovery"\} 0$/m);
  assert.match(text, /^paxoskv_operator_lists_total\{resource="pods",why="first"\} 1$/m);
});
