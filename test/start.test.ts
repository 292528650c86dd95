/** `npm start` as a person meets it: real replicas, a terminal's signals, a directory that stays. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { freePortBase } from '../node/local/free-ports.ts';
import { eventually, inTime } from './testing/deadline.ts';
import { RespConnection } from './testing/resp-connection.ts';

const PROGRAM = path.join(import.meta.dirname, '../node/local/main.ts');

class Start {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;

  constructor(t: TestContext, options: readonly string[]) {
    const child = spawn(process.execPath, [PROGRAM, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    this.#closed = once(child, 'close');
    createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
    // Its replicas follow it, whatever ends it.
    t.after(() => child.kill('SIGKILL'));
  }

  async line(pattern: RegExp): Promise<RegExpExecArray> {
    return await eventually(
      () => `${String(pattern)} in\n${this.lines.join('\n')}`,
      () => this.lines.map((line) => pattern.exec(line)).find((match) => match !== null),
    );
  }

  /** Ctrl-C; answers with the exit code. */
  async interrupt(): Promise<unknown> {
    this.#child.kill('SIGINT');
    const [code] = await inTime('it ends', this.#closed);
    return code;
  }
}

test('npm start serves, announces deaths, starts again, ends on Ctrl-C and keeps the data', async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-start-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const portBase = await freePortBase(3);
  const options = ['--dir', directory, '--port-base', `${portBase}`];

  const first = new Start(t, options);
  await first.line(/^The cluster is ready on 127\.0\.0\.1:$/);
  const [, port] = await first.line(/^Try: redis-cli -p (\d+) set greeting hello$/);
  await first.line(new RegExp(`^  [012] +${port} .* leads$`));
  const [, address = ''] = await first.line(/^Look: (http:\/\/127\.0\.0\.1:\d+\/console\/)$/);
  assert.match(await (await fetch(address)).text(), /^<!doctype html>/);
  const client = await RespConnection.open(Number(port));
  assert.equal(await client.ask('SET', 'greeting', 'hello'), '+OK\r\n');
  client.close();

  const [, victim, pid] = await first.line(/^replica (\d) started, pid (\d+)$/);
  process.kill(Number(pid), 'SIGKILL');
  await first.line(new RegExp(`^replica ${victim} \\(pid ${pid}\\) died: SIGKILL$`));
  await eventually('it is started again', () =>
    first.lines.filter((line) => line.startsWith(`replica ${victim} started`)).length === 2
      ? true
      : undefined,
  );
  assert.equal(await first.interrupt(), 0);
  const pids = first.lines.flatMap((line) => /^replica \d started, pid (\d+)$/.exec(line)?.[1] ?? []);
  assert.equal(pids.length, 4);
  for (const each of pids) assert.throws(() => process.kill(Number(each), 0), { code: 'ESRCH' });

  const second = new Start(t, options);
  const [, newPort] = await second.line(/^Try: redis-cli -p (\d+)/);
  const reader = await RespConnection.open(Number(newPort));
  assert.equal(await reader.ask('GET', 'greeting'), '$5\r\nhello\r\n');
  reader.close();
  assert.equal(await second.interrupt(), 0);
});

test('npm start refuses a bad option by its name, value and rule, with exit code 2', () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [PROGRAM, '--replicas', '2'], {
    encoding: 'utf8',
  });
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^--replicas must be odd \(.*\): it is 2\n/);
});
