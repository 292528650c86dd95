import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { cpuSeconds, ticksOf } from './cpu.ts';
import { type Load, LOADS, QUICK_LOADS } from './load.ts';
import { measure } from './measure.ts';
import { parseBenchOptions } from './options.ts';
import { isOnPath } from './processes.ts';
import { redis } from './systems/redis.ts';

test('ticksOf() adds user and system time behind a name with spaces and parentheses', () => {
  assert.equal(ticksOf('42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 11 0'), 300);
});

test('cpuSeconds() sees the work of a process', { skip: process.platform !== 'linux' }, () => {
  const before = cpuSeconds([process.pid]) ?? 0;
  while ((cpuSeconds([process.pid]) ?? 0) === before);
  assert.ok((cpuSeconds([process.pid]) ?? 0) > before);
});

test('the loads are 1, 50 and 1,000 clients and a pipeline of 16, for puts and gets', () => {
  assert.deepEqual(
    LOADS.map(({ name }) => name),
    ['put_c1', 'put_c50', 'put_c1000', 'put_c50_p16', 'get_c1', 'get_c50', 'get_c1000', 'get_c50_p16'],
  );
  assert.deepEqual(
    QUICK_LOADS.map(({ name }) => name),
    ['put_c50', 'get_c50'],
  );
});

test('parseBenchOptions() knows a quick bench and refuses rounds that are none', () => {
  const options = parseBenchOptions(['--quick', '--json']);
  assert.ok(typeof options === 'object');
  assert.deepEqual([options.loads, options.rounds, options.json], [QUICK_LOADS, 3, true]);
  assert.throws(() => parseBenchOptions(['--rounds', '0']), /^InvalidInput: --rounds must be a whole number/);
});

const skip = redis().needs.every(isOnPath) ? false : 'redis is not installed';

test('measure() lets a real redis-server meet a load in every round', { skip }, async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-bench-'));
  const system = redis();
  t.after(async () => {
    await system.stop();
    rmSync(directory, { recursive: true });
  });
  await system.start(path.join(directory, 'redis'));
  const load: Load = { name: 'get_c5', operation: 'get', clients: 5, pipeline: 1 };
  const measurements = await measure([system], [load], 2, 0.05, () => undefined);
  const rounds = measurements.get('get_c5')?.get('redis') ?? [];
  assert.equal(rounds.length, 2);
  for (const { operationsPerSecond, p99Ms } of rounds) assert.ok(operationsPerSecond > 0 && p99Ms > 0);
});
