/**
 * `GET /v1/backup`: the state as one snapshot, chunk by chunk, as fast as the client takes it. While it goes out the
 * replica serves on; what changes meanwhile is copied first, so a client that stops reading is cut off.
 */
import type { Express, Response } from 'express';
import { busy, sendProblem } from '../http/problem.ts';
import { onlyMethods } from '../http/routes.ts';
import type { BackupSource, OpenBackup } from '../replica/backup.ts';

/** Each holds copies of what changes: one is enough for whoever looks after a cluster. */
const BACKUPS_MAX = 1;
/** Copies of what changes pile up until the end: who takes less than this, in any window, is cut. 1 GiB in two hours. */
const BYTES_PER_SECOND_MIN = 128 * 1024;
const WINDOW_MS = 30_000;

/** `windowMs` is the tests' to choose. */
export function addBackupRoute(routes: Express, source: BackupSource, windowMs: number = WINDOW_MS): void {
  let underWay = 0;
  routes
    .route('/v1/backup')
    .head(onlyMethods('GET'))
    .get((_request, response) => {
      if (underWay === BACKUPS_MAX) {
        sendProblem(
          response,
          busy('another backup of this replica is under way: wait, or ask another replica'),
        );
        return;
      }
      const backup = source.openBackup();
      if (backup === undefined) {
        sendProblem(response, busy('this replica belongs to no cluster, or has applied nothing yet'));
        return;
      }
      underWay += 1;
      send(backup, response, windowMs);
      response.once('close', () => {
        underWay -= 1;
        backup.close();
      });
    })
    .all(onlyMethods('GET'));
}

function send(backup: OpenBackup, response: Response, windowMs: number): void {
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Cache-Control': 'no-store',
    'PaxosKV-Slot': String(backup.slot),
    'PaxosKV-Cluster': backup.cluster,
    'PaxosKV-Estimated-Bytes': String(backup.estimatedBytes),
  });
  let bytes = 0;
  const look = setInterval(() => {
    if (bytes < (BYTES_PER_SECOND_MIN * windowMs) / 1000) response.destroy();
    bytes = 0;
  }, windowMs);
  response.once('close', () => clearInterval(look));
  const sendNext = (): void => {
    if (response.destroyed) return;
    const chunk = backup.next();
    if (chunk === undefined) response.end();
    // The next chunk is written into the same memory: this one must have left first.
    else {
      const { length } = chunk;
      response.write(chunk, (error) => {
        if (error) return;
        bytes += length;
        sendNext();
      });
    }
  };
  sendNext();
}
