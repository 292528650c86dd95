import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { runLocalCluster } from './local-cluster.ts';
import type { LocalOptions } from './options.ts';
import { eventually } from './testing/eventually.ts';
import { localSetup, sealFate } from './testing/local-setup.ts';

/** A running cluster of fake replicas and everything that it has printed. */
function run(t: TestContext, options: LocalOptions & { readonly program: string }) {
  const lines: string[] = [];
  const controller = new AbortController();
  const done = runLocalCluster(options, (line) => lines.push(line), controller.signal);
  const stop = async () => {
    controller.abort();
    return await done;
  };
  t.after(stop);
  const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
  return { lines, count, stop, done };
}

function startedPids(lines: readonly string[], index: number): number[] {
  return lines
    .map((line) => new RegExp(`^replica ${index} started, pid (\\d+)$`).exec(line)?.[1])
    .filter((pid) => pid !== undefined)
    .map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('runLocalCluster() says where the cluster serves and ends every process on Ctrl-C', async (t) => {
  const options = await localSetup(t);
  const cluster = run(t, options);
  await eventually('the table is printed', () => cluster.count(/^The cluster is ready/) === 1);
  const table = cluster.lines.find((line) => line.startsWith('The cluster')) ?? '';
  assert.match(table, new RegExp(`\n  0 +${options.portBase} .* leads\n  1 +${options.portBase + 1} `));
  assert.match(table, new RegExp(`\nTry: redis-cli -p ${options.portBase} set greeting hello\n`));

  const pids = [0, 1, 2].flatMap((index) => startedPids(cluster.lines, index));
  assert.equal(pids.length, 3);
  assert.equal(await cluster.stop(), 0);
  assert.deepEqual(pids.filter(isAlive), []);
  assert.equal(cluster.count(/^\[[012]\] goodbye$/), 3);
  assert.equal(cluster.count(/died/), 0);
});

test('runLocalCluster() starts a killed replica again and says how it died', async (t) => {
  const cluster = run(t, await localSetup(t));
  await eventually('the table is printed', () => cluster.count(/^The cluster is ready/) === 1);
  const [pid = 0] = startedPids(cluster.lines, 1);
  process.kill(pid, 'SIGKILL');
  await eventually('it runs again', () => startedPids(cluster.lines, 1).length === 2);
  assert.ok(cluster.lines.includes(`replica 1 (pid ${pid}) died: SIGKILL`));
});

test('runLocalCluster() waits longer and longer for a replica that dies at once', async (t) => {
  const options = await localSetup(t);
  sealFate(options.directory, 2, 1);
  const cluster = run(t, options);
  await eventually('it has died three times', () => cluster.count(/^replica 2 .* died: exit code 1$/) >= 3);
  await eventually('it waits', () => cluster.lines.includes('replica 2 starts again in 500 ms'));
  assert.ok(cluster.lines.includes('replica 2 starts again in 250 ms'));
  assert.ok(cluster.lines.includes('[2] my fate is sealed'));
});

test('runLocalCluster() gives up a replica whose directory or options are refused', async (t) => {
  const options = await localSetup(t);
  sealFate(options.directory, 0, 3);
  sealFate(options.directory, 1, 2);
  const cluster = run(t, options);
  await eventually('both are given up', () => cluster.count(/is not started again/) === 2);
  assert.equal(cluster.count(/^replica 0 is not started again: its directory is damaged/), 1);
  assert.equal(cluster.count(/^replica 1 is not started again: it refused its options$/), 1);
  assert.equal(startedPids(cluster.lines, 0).length, 1);
});

test('runLocalCluster() ends with 1 when every replica is given up', async (t) => {
  const options = await localSetup(t, { replicas: 1, restart: false });
  const cluster = run(t, options);
  await eventually('the table is printed', () => cluster.count(/^The cluster is ready/) === 1);
  process.kill(startedPids(cluster.lines, 0)[0] ?? 0, 'SIGKILL');
  assert.equal(await cluster.done, 1);
  assert.ok(cluster.lines.includes('replica 0 is not started again: --no-restart'));
  assert.equal(cluster.lines.at(-1), 'No replica is left.');
});

test('runLocalCluster() with crashEveryMs kills replicas, and they come back', async (t) => {
  const cluster = run(t, await localSetup(t, { crashEveryMs: 50 }));
  await eventually('two were killed', () => cluster.count(/^kill -9 of replica \d \(--crash-every\)$/) >= 2);
  await eventually('they run again', () => cluster.count(/^replica \d started, pid \d+$/) >= 5);
  assert.ok(cluster.count(/died: SIGKILL$/) >= 2);
});

test('a supervisor killed with kill -9 takes its replicas with it', async (t) => {
  const options = await localSetup(t);
  const module = pathToFileURL(path.join(import.meta.dirname, 'local-cluster.ts')).href;
  const program = `
    const { runLocalCluster } = await import(${JSON.stringify(module)});
    await runLocalCluster(${JSON.stringify(options)}, console.log, new AbortController().signal);`;
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', program]);
  t.after(() => supervisor.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: supervisor.stdout }).on('line', (line) => lines.push(line));
  await eventually('the cluster is ready', () =>
    lines.some((line) => line.startsWith('The cluster is ready')),
  );

  const pids = [0, 1, 2].flatMap((index) => startedPids(lines, index));
  assert.equal(pids.length, 3);
  supervisor.kill('SIGKILL');
  await eventually('no replica is left', () => !pids.some(isAlive));
});
