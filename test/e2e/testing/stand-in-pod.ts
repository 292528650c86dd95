/**
 * The program of a pod that answers for the replicas of many clusters: at `/v1/status` of the admin port, by the host that is asked for, as
 * a healthy member of a founded cluster would whose first pod leads. That is all that an operator asks at rest, and it is no replica:
 * nothing can be changed, written or read. `/asked` tells how many were asked so far.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const ADMIN_PORT = 9379;
const REPLICAS = Number(process.env['STAND_IN_REPLICAS'] ?? '3');
/** `demo-1.demo-peers.shop.svc`: cluster, ordinal, and the domain that its pods share. */
const HOST = /^(.+)-(\d+)(\.\1-peers\..+)$/;

const drawn = (text: string, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);

function statusOf(cluster: string, ordinal: number, domain: string): object {
  const hosts = Array.from({ length: REPLICAS }, (_, index) => `${cluster}-${index}${domain}`);
  const ids = hosts.map((host) => drawn(host, 12));
  const [leader = ''] = ids;
  return {
    release: '0.1.0',
    version: 2,
    id: ids[ordinal],
    cluster: drawn(domain, 32),
    role: ordinal === 0 ? 'leader' : 'follower',
    leader,
    ballot: `1.${leader}`,
    promised: `1.${leader}`,
    chosen: 8,
    ready: true,
    unreadyReasons: [],
    members: hosts.map((host, index) => ({
      id: ids[index],
      voter: true,
      connected: true,
      lagSlots: 0,
      addresses: { host },
    })),
    removed: [],
    changeUnderWay: false,
  };
}

const counts = { asked: 0 };

createServer((request, response) => {
  const [host = ''] = (request.headers.host ?? '').split(':');
  const [, cluster = '', ordinal = '', domain = ''] = HOST.exec(host) ?? [];
  if (request.url === '/livez') response.end('ok\n');
  else if (request.url === '/asked') response.end(String(counts.asked));
  else if (request.url !== '/v1/status' || request.method !== 'GET' || cluster === '') {
    response.writeHead(404).end();
  } else {
    counts.asked += 1;
    response.end(JSON.stringify(statusOf(cluster, Number(ordinal), domain)));
  }
}).listen(ADMIN_PORT);

process.once('SIGTERM', () => process.exit(0));
