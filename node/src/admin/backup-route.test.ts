import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { HttpListener } from '../http/listener.ts';
import { application } from '../http/routes.ts';
import { eventuallyOf } from '../http/testing/patience.ts';
import { addBackupRoute } from './backup-route.ts';

test('a client that takes a backup too slowly is cut, and the backup is closed', async (t) => {
  let closed = 0;
  const endless = {
    slot: 5,
    cluster: '00'.repeat(16),
    keys: 1,
    estimatedBytes: 1,
    next: () => Buffer.alloc(64 * 1024),
    close: () => {
      closed += 1;
    },
  };
  const listener = new HttpListener(
    application((routes) => addBackupRoute(routes, { openBackup: () => endless }, 200)),
    { secure: undefined, door: 'admin', observer: undefined },
  );
  t.after(() => new Promise<void>((resolve) => listener.close(resolve)));
  const port = await new Promise<number>((resolve) => {
    listener.listen('127.0.0.1', 0, (_error, bound) => resolve(bound));
  });
  const slow = connect(port, '127.0.0.1');
  await once(slow, 'connect');
  slow.on('error', () => undefined).write('GET /v1/backup HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(slow, 'data');
  // A little now and then: the connection is never silent for long.
  slow.pause();
  const sips = setInterval(() => slow.read(1_000), 20);
  t.after(() => {
    clearInterval(sips);
    slow.destroy();
  });
  await eventuallyOf(() => closed === 1);
});
