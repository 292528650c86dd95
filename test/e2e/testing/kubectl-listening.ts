/** Doors to a Kubernetes on this machine, as a person opens them: kubectl tells where it listens, and does so until the test ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** A port of a pod; `to` as kubectl takes it: `deployment/NAME`. Resolves to the port here when it is open. */
export async function portForward(
  t: TestContext,
  namespace: string,
  to: string,
  port: number,
): Promise<number> {
  const args = ['--namespace', namespace, 'port-forward', to, `:${port}`];
  return Number(await listening(t, args, /^Forwarding from 127\.0\.0\.1:(\d+) /));
}

/** The API server, for programs that know nothing of its certificates. Resolves to HOST:PORT when it serves. */
export async function kubectlProxy(t: TestContext): Promise<string> {
  return await listening(t, ['proxy', '--port=0'], /serve on (\S+)$/);
}

/** What the first line that matches says in its first group. */
async function listening(t: TestContext, args: readonly string[], place: RegExp): Promise<string> {
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill();
    await closed;
  });
  for await (const line of createInterface(child.stdout)) {
    const [, told] = place.exec(line) ?? [];
    if (told === undefined) continue;
    // It may tell of each connection; who does not read that stops it.
    child.stdout.resume();
    return told;
  }
  throw new Error(`kubectl ${args.join(' ')} ends`);
}
