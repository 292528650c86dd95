/** A replica that belongs to nobody yet, beside a cluster: one more process on this machine. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { REPLICA_PROGRAM } from '../../node/local/supervisor.ts';
import type { Addresses } from '../../node/src/paxos/configuration.ts';
import { eventually } from './deadline.ts';

export class FreshReplica {
  readonly id: string;
  readonly addresses: Addresses;
  readonly directory: string;

  private constructor(id: string, addresses: Addresses, directory: string) {
    this.id = id;
    this.addresses = addresses;
    this.directory = directory;
  }

  /** Starts it `distance` ports behind `first`; it ends with the test. */
  static async start(t: TestContext, first: Addresses, distance: number): Promise<FreshReplica> {
    const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-fresh-'));
    const addresses = {
      host: first.host,
      peerPort: first.peerPort + distance,
      redisPort: first.redisPort + distance,
      clusterPort: first.clusterPort + distance,
      httpPort: first.httpPort + distance,
      adminPort: first.adminPort + distance,
    };
    const ports = {
      peer: addresses.peerPort,
      redis: addresses.redisPort,
      cluster: addresses.clusterPort,
      http: addresses.httpPort,
      admin: addresses.adminPort,
    };
    const child = spawn(
      process.execPath,
      [
        REPLICA_PROGRAM,
        `--dir=${directory}`,
        ...Object.entries(ports).map(([name, port]) => `--${name}-port=${port}`),
        '--join',
        '--exit-with-parent',
      ],
      { stdio: ['pipe', 'ignore', 'inherit'] },
    );
    t.after(() => {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    });
    const id = await eventually('the fresh replica answers', async () => {
      try {
        const response = await fetch(`http://${addresses.host}:${addresses.adminPort}/v1/status`);
        return ((await response.json()) as { id: string }).id;
      } catch {
        // It has not begun to listen.
        return undefined;
      }
    });
    return new FreshReplica(id, addresses, directory);
  }
}
