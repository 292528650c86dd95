import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measurement, Measurements } from './measure.ts';
import { medianOf, ratiosOf } from './ratios.ts';
import { describeResults, resultsRecord } from './report.ts';
import type { SystemName } from './system.ts';

function round(operationsPerSecond: number, p99Ms = 1, cpuUsPerOperation?: number): Measurement {
  return { operations: 100, operationsPerSecond, p50Ms: 0.5, p99Ms, cpuUsPerOperation };
}

function measured(...systems: (readonly [SystemName, readonly Measurement[]])[]): Measurements {
  return new Map([['put_c50', new Map(systems)]]);
}

const RESULTS = measured(
  ['paxoskv', [round(400, 2, 10), round(900, 2, 10), round(500, 2, 10)]],
  ['etcd', [round(100, 4, 40), round(100, 4, 40), round(200, 4, 40)]],
);

test('medianOf() takes the middle of what is known', () => {
  assert.equal(medianOf([3, undefined, 1, 2]), 2);
  assert.equal(medianOf([4, 1, 2, 3]), 2.5);
  assert.equal(medianOf([undefined]), undefined);
});

test('ratiosOf() divides medians and keeps the extremes of the rounds', () => {
  const ratios = ratiosOf(RESULTS);
  assert.deepEqual(ratios['put_c50_vs_etcd'], { median: 5, min: 2.5, max: 9 });
  assert.deepEqual(ratios['p99_put_c50_vs_etcd'], { median: 0.5, min: 0.5, max: 0.5 });
  assert.deepEqual(ratios['cpu_per_put_c50_vs_etcd'], { median: 0.25, min: 0.25, max: 0.25 });
});

test('ratiosOf() has no ratio with a system that was skipped or a figure that is unknown', () => {
  assert.equal(ratiosOf(RESULTS)['put_c50_vs_redis'], undefined);
  const unknown = ratiosOf(measured(['paxoskv', [round(4)]], ['etcd', [round(2)]]));
  assert.equal(unknown['cpu_per_put_c50_vs_etcd'], undefined);
  assert.equal(unknown['put_c50_vs_etcd']?.median, 2);
});

test('resultsRecord() names every ratio, null where it could not be measured', () => {
  const record = resultsRecord(RESULTS, ratiosOf(RESULTS), { rounds: 3 });
  const ratios = (JSON.parse(JSON.stringify(record)) as { ratios: Record<string, unknown> }).ratios;
  assert.equal(ratios['put_c50_vs_etcd'], 5);
  assert.equal(ratios['put_c50_vs_redis'], null);
  assert.equal(ratios['cpu_per_put_c50_vs_etcd'], 0.25);
});

test('describeResults() prints medians and ratios in columns', () => {
  assert.equal(
    describeResults(RESULTS, ratiosOf(RESULTS)),
    `load      system  ops/s  p50 ms  p99 ms  server CPU µs/op
put_c50  paxoskv    500     0.5       2                10
put_c50     etcd    100     0.5       4                40

paxoskv / other          ratio      rounds
put_c50_vs_etcd              5      2.5..9
p99_put_c50_vs_etcd        0.5    0.5..0.5
cpu_per_put_c50_vs_etcd   0.25  0.25..0.25`,
  );
});
