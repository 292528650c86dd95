/** The admin port of a replica of which nothing is known but what its door tells: whoever gets through to what changes members makes it throw. */
import type { TestContext } from 'node:test';
import { listening } from '../../http/testing/running-door.ts';
import { DigestHistory } from '../../kv/digest-history.ts';
import type { ReplicaAdmin } from '../../replica/admin-door.ts';
import type { ReplicaDoor } from '../../replica/door.ts';
import { AdminServer, type AdminServerOptions } from '../server.ts';
import { consoleParts } from './console-parts.ts';
import { QuietLog } from './quiet-log.ts';

const HOST = '127.0.0.1';

/** Resolves when it listens; it is closed with the test. */
export async function runningAdmin(
  t: TestContext,
  door: ReplicaDoor,
  changes: Partial<AdminServerOptions> = {},
): Promise<{ readonly server: AdminServer; readonly port: number }> {
  const server = new AdminServer({
    door,
    admin: {} as ReplicaAdmin,
    metrics: { contentType: 'text/plain', text: () => Promise.resolve('') },
    log: { firstSlot: 0, read: (_from, _through, _bytesMax, done) => done(undefined, []) },
    journal: new QuietLog(),
    digests: new DigestHistory(),
    backups: { openBackup: () => undefined },
    takeSnapshot: (done) => done(undefined, 7),
    release: '0.1.0',
    host: HOST,
    listenHost: HOST,
    listenPort: 0,
    secrets: undefined,
    tls: undefined,
    observer: undefined,
    console: consoleParts(door),
    ...changes,
  });
  const port = await listening(server);
  t.after(() => new Promise<void>((resolve) => server.close(resolve)));
  return { server, port };
}
