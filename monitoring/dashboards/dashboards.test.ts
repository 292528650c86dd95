/** What can be said of the dashboards without asking a Prometheus; `test/dashboards.test.ts` asks one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { dashboardFiles } from './dashboards.ts';

/** Of a ConfigMap, and of the annotation that `kubectl apply` keeps. */
const FILE_BYTES_MAX = 256 * 1024;
const COLUMNS = 24;
/** What Prometheus itself says of a target. */
const OF_PROMETHEUS = ['up'];

/** Every metric that docs/metrics.md lists; a test of its own keeps that page in step with the programs. */
const METRICS = new Set(
  [
    ...readFileSync(path.join(import.meta.dirname, '../../docs/metrics.md'), 'utf8').matchAll(
      /^\| `(\w+)`/gm,
    ),
  ].map(([, name = '']) => name),
);

function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.filter((panel): panel is Panel => panel.type !== 'row');
}

function expressionsOf(panel: Panel): string[] {
  return (panel.targets ?? []).map((target) => (target as Dataquery).expr);
}

/** Names before a `{`. */
function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/([a-z_]\w*)\{/gi)].map(([, name = '']) => name);
}

for (const { name, dashboard } of dashboardFiles()) {
  const panels = panelsOf(dashboard);

  test(`${name}: every panel says what it shows, what is normal and what to do otherwise`, () => {
    for (const { title = '', description = '' } of panels)
      assert.match(description, /^\S.+\n\n\*\*Normal:\*\* \S.+\n\n\*\*Otherwise:\*\* \S.+$/, title);
  });

  test(`${name}: no two panels have the same title or id`, () => {
    const titles = panels.map(({ title }) => title);
    assert.deepEqual(titles, [...new Set(titles)]);
    const ids = (dashboard.panels ?? []).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  test(`${name}: every panel has a unit and asks the chosen data source`, () => {
    for (const { title, type, fieldConfig, datasource, targets = [] } of panels) {
      const units = [
        fieldConfig?.defaults.unit,
        ...(fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
          properties.filter(({ id }) => id === 'unit').map(({ value }) => value as string),
        ),
      ].filter((unit) => unit !== undefined);
      assert.ok(units.length >= (type === 'table' ? targets.length : 1), title);
      for (const source of [datasource, ...targets.map((target) => (target as Dataquery).datasource)])
        assert.deepEqual(source, { type: 'prometheus', uid: '${datasource}' }, title);
      assert.ok(targets.length > 0, title);
    }
  });

  test(`${name}: the panels fill the screen and cover no other`, () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      assert.ok(gridPos !== undefined);
      const { x, y, w, h } = gridPos;
      assert.ok(x + w <= COLUMNS, title);
      for (let column = x; column < x + w; column += 1)
        for (let row = y; row < y + h; row += 1) {
          assert.ok(!taken.has(`${column} ${row}`), `${title} covers another panel`);
          taken.add(`${column} ${row}`);
        }
    }
    const rows = new Set([...taken].map((cell) => cell.split(' ')[1]));
    assert.equal(taken.size, rows.size * COLUMNS, 'no line has a gap');
  });

  test(`${name}: every metric that is asked for exists`, () => {
    const variables = (dashboard.templating.list ?? []).map(({ definition = '' }) => definition);
    const annotations = (dashboard.annotations.list ?? []).map(({ expr = '' }) => expr);
    const found = [...panels.flatMap(expressionsOf), ...variables, ...annotations].flatMap(metricsIn);
    assert.ok(found.length > 0);
    const unknown = found.filter(
      (metric) =>
        !METRICS.has(metric) &&
        !METRICS.has(metric.replace(/_(?:bucket|sum|count)$/, '')) &&
        !OF_PROMETHEUS.includes(metric),
    );
    assert.deepEqual(unknown, []);
  });

  test(`${name}: every query keeps to the chosen clusters or pods`, () => {
    const variables = (dashboard.templating.list ?? []).map((variable) => variable.name);
    for (const expression of panels.flatMap(expressionsOf)) {
      for (const [selector] of expression.matchAll(/\{[^{}]*=~[^{}]*\}/g))
        assert.match(selector, /namespace=~"\$namespace"/, expression);
      for (const [, used = ''] of expression.matchAll(/\$([a-z]\w*)/g))
        assert.ok(variables.includes(used), `${used} in ${expression}`);
    }
  });

  test(`${name}: it fits into a ConfigMap`, () => {
    assert.ok(Buffer.byteLength(JSON.stringify(dashboard, null, 2)) < FILE_BYTES_MAX);
  });
}

test('the dashboards have addresses of their own, and link to one that there is', () => {
  const files = dashboardFiles();
  const uids = files.map(({ dashboard }) => dashboard.uid);
  assert.equal(new Set(uids).size, files.length);
  const linked = [...JSON.stringify(files).matchAll(/"\/d\/([\w-]+)/g)].map(([, uid]) => uid);
  assert.ok(linked.length > 0);
  for (const uid of linked) assert.ok(uids.includes(uid), uid);
});
