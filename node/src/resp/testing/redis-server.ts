/** A real Redis on a free port, for one test that compares us with it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { RawClient } from './raw-client.ts';

/** It may not be there: such a test is then skipped. */
export const REDIS = '/usr/bin/redis-server';
const START_DEADLINE_MS = 10_000;

/** Its port; further options are Redis's own. */
export async function startRedis(context: TestContext, ...options: readonly string[]): Promise<number> {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-redis-'));
  const port = await freePort();
  const redis = spawn(
    REDIS,
    ['--port', String(port), '--save', '', '--dir', directory, '--bind', '127.0.0.1', ...options],
    {
      stdio: 'ignore',
    },
  );
  context.after(async () => {
    const ended = new Promise((resolve) => {
      redis.once('exit', resolve);
    });
    redis.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true });
  });
  const deadlineMs = performance.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      (await RawClient.open(port)).close();
      return port;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
