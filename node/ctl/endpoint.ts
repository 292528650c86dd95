/** Where replicas can be reached: what a user writes, and what members announce. */
import { InvalidInput } from '../src/errors.ts';
import type { Addresses } from '../src/paxos/configuration.ts';

/** The origin of a URL: `http://127.0.0.1:9379`. */
export type Endpoint = string;

/** More are a mistake: a configuration has no room for them. */
const ENDPOINTS_MAX = 64;

/** `URL,…`, with this scheme where none is given. Throws `InvalidInput`. */
export function parseEndpoints(field: string, list: string, scheme: 'http' | 'https' = 'http'): Endpoint[] {
  const texts = list.split(',').map((text) => text.trim());
  if (texts.length > ENDPOINTS_MAX) {
    throw new InvalidInput(field, list.slice(0, 100), `must name at most ${ENDPOINTS_MAX} endpoints`);
  }
  return [...new Set(texts.map((text) => parseEndpoint(field, text, scheme)))];
}

function parseEndpoint(field: string, text: string, scheme: string): Endpoint {
  const url = URL.parse(text.includes('://') ? text : `${scheme}://${text}`);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '';
  if (!isPlain || url.username !== '' || url.hostname === '' || url.hash !== '') {
    throw new InvalidInput(field, text, 'must name endpoints such as http://127.0.0.1:9379');
  }
  return url.origin;
}

/** The door of a member, spoken to as the endpoint that told of it was. */
export function endpointOf(like: Endpoint, { host }: Pick<Addresses, 'host'>, port: number): Endpoint {
  const scheme = like.slice(0, like.indexOf(':'));
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether two endpoints are one door, as far as names tell. */
export function isSameEndpoint(left: Endpoint, right: Endpoint): boolean {
  return withoutAlias(left) === withoutAlias(right);
}

function withoutAlias(endpoint: Endpoint): string {
  return endpoint.replace('//localhost:', '//127.0.0.1:');
}
