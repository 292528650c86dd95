/**
 * What a browser may be made to ask of the admin port by a page that has no business here: to change something, by a request that a
 * form could send; or to read, under a name of the page's own whose owner lets it point here (DNS rebinding). Where a cluster
 * secret is in force the latter gets nowhere without it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { foreignPage } from '../http/foreign-pages.ts';
import type { Problem } from '../http/problem.ts';

export interface BrowserRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export interface BrowserTerms {
  /** What the others dial this replica by. */
  readonly ownHost: string;
  readonly hasSecret: boolean;
  /** Targets that are answered under any name. */
  readonly nameless: ReadonlySet<string>;
}

const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** The net's own DNS has none of them: `localhost` is this machine, the others are of a cluster, a link or a private network. */
const PRIVATE_ENDS: readonly string[] = ['.localhost', '.svc', '.local', '.internal'];

/** `host`, `host:port`, `[address]` or `[address]:port`. */
const HOST_HEADER = /^(?:\[(?<address>[^\]]*)\]|(?<name>[^:]*))(?::\d*)?$/;

/** Why a request is refused; undefined: it is not. */
export function refusedBrowser(
  { method, target, headers }: BrowserRequest,
  { ownHost, hasSecret, nameless }: BrowserTerms,
): Problem | undefined {
  if (!READS.includes(method)) {
    const problem = foreignPage(headers);
    if (problem !== undefined) return problem;
  }
  const { host } = headers;
  // Every browser names the host.
  if (hasSecret || host === undefined || nameless.has(target) || isOwnName(host, ownHost)) return undefined;
  const rule =
    'without a cluster secret Host must be an IP address, localhost, a name without a dot, ' +
    `a name that ends in .svc, .local or .internal, or ${JSON.stringify(ownHost)}, as --host says`;
  const detail = `${rule}: it is ${JSON.stringify(host)}`;
  return { status: 403, name: 'foreign-name', title: 'A name that others may own', detail };
}

/** Whether nobody on the net can own the name in that header, or it is the replica's own. */
function isOwnName(header: string, ownHost: string): boolean {
  const { address, name } = HOST_HEADER.exec(header.toLowerCase())?.groups ?? {};
  if (address !== undefined) return isIP(address) === 6;
  if (name === undefined) return false;
  const bare = withoutRoot(name);
  if (bare === withoutRoot(ownHost.toLowerCase()) || isIP(bare) === 4 || !bare.includes('.')) return true;
  return PRIVATE_ENDS.some((end) => bare.endsWith(end));
}

/** A name may end in the dot of the root, and is the same. */
function withoutRoot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
