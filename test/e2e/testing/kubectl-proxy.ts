/** A door to the API server for programs that know nothing of its certificates: `kubectl proxy`, on this machine only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** Resolves to HOST:PORT when it serves; it ends with the test. */
export async function kubectlProxy(t: TestContext): Promise<string> {
  const child = spawn('kubectl', ['proxy', '--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill();
    await closed;
  });
  for await (const line of createInterface(child.stdout)) {
    const [, address] = /serve on (\S+)$/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('kubectl proxy does not serve');
}
