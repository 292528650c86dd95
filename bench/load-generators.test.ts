import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEtcdBenchmark } from './etcd-benchmark.ts';
import { parseRedisBenchmark } from './redis-benchmark.ts';

test('parseRedisBenchmark() reads the table of --csv', () => {
  const output = `WARNING: Could not fetch server CONFIG
"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
"SET","43859.65","1.030","0.560","1.023","1.447","1.871","3.015"
`;
  assert.deepEqual(parseRedisBenchmark(output), {
    operationsPerSecond: 43859.65,
    p50Ms: 1.023,
    p99Ms: 1.871,
  });
});

test('parseRedisBenchmark() refuses anything else, with what was printed', () => {
  assert.throws(
    () => parseRedisBenchmark('Error from server: no\n'),
    /printed no rps:\nError from server: no/,
  );
});

test('parseEtcdBenchmark() reads the summary', () => {
  const output = `
Summary:
  Total:	1.080833501 secs.
  Average:	0.010471038143200039 secs.
  Requests/sec:	4626.059421154082

Response time histogram:
  0.00098595 [1]	|

Latency distribution:
  10% in 0.005708715 secs.
  50% in 0.5 secs.
  95% in 0.018600663 secs.
  99% in 2e-05 secs.
  99.9% in 0.039905659 secs.
`;
  const { operationsPerSecond, p50Ms, p99Ms } = parseEtcdBenchmark(output);
  assert.equal(operationsPerSecond, 4626.059421154082);
  assert.equal(p50Ms, 500);
  assert.equal(p99Ms, 0.02);
});

test('parseEtcdBenchmark() refuses a run with errors and anything else', () => {
  assert.throws(() => parseEtcdBenchmark('Error distribution:\n  [3] unavailable\n'), /saw errors/);
  assert.throws(() => parseEtcdBenchmark('unknown flag\n'), /printed no requests per second:\nunknown flag/);
});
