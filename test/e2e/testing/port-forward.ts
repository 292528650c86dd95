/** A port of a pod on this machine, as a person gets it: `kubectl port-forward`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** `to` as kubectl takes it: `deployment/NAME`. Resolves to the port here when it is open; it is closed with the test. */
export async function portForward(
  t: TestContext,
  namespace: string,
  to: string,
  port: number,
): Promise<number> {
  const child = spawn('kubectl', ['--namespace', namespace, 'port-forward', to, `:${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill();
    await closed;
  });
  const lines = createInterface(child.stdout);
  for await (const line of lines) {
    const [, opened] = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line) ?? [];
    if (opened === undefined) continue;
    // It tells of each connection; who does not read that stops it.
    child.stdout.resume();
    return Number(opened);
  }
  throw new Error(`kubectl port-forward ${to} ends`);
}
