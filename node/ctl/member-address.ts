/**
 * Where a member will be reached, as a user writes it: `HOST[:PEERPORT][,redis=N][,cluster=N][,http=N][,admin=N]`. Ports that
 * are not named keep the distance from the peer port that they have by default.
 */
import { parseInteger } from '../src/command-line.ts';
import { InvalidInput } from '../src/errors.ts';
import type { Addresses } from '../src/paxos/configuration.ts';

export const ADDRESS_VALUE = 'HOST[:PORT]';
export const ADDRESS_HELP =
  'HOST[:PEERPORT][,redis=N][,cluster=N][,http=N][,admin=N]; ports that are not given keep their distance from 7379';

const PEER_PORT = 7_379;
/** From the peer port. */
const DISTANCES = { redis: -1_000, cluster: -2_000, http: 1_000, admin: 2_000 } as const;
const HOST_CHARACTERS_MAX = 253;

/** Throws `InvalidInput`. */
export function parseMemberAddress(option: string, text: string): Addresses {
  const [place = '', ...settings] = text.split(',');
  const [, bracketed, plain, port] = /^(?:\[([^\]\s]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(place) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || host.length > HOST_CHARACTERS_MAX) {
    throw new InvalidInput(option, text, `must be ${ADDRESS_HELP}`);
  }
  const peerPort = port === undefined ? PEER_PORT : parseInteger(`${option} (peer port)`, port, 1, 65_535);
  const named = new Map<string, number>();
  for (const setting of settings) {
    const [, name, value] = /^(redis|cluster|http|admin)=(\d+)$/.exec(setting) ?? [];
    if (name === undefined) throw new InvalidInput(option, text, `must be ${ADDRESS_HELP}`);
    named.set(name, parseInteger(`${option} (${name})`, value, 1, 65_535));
  }
  const portOf = (name: keyof typeof DISTANCES): number => {
    const given = named.get(name);
    const usual = peerPort + DISTANCES[name];
    if (given === undefined && (usual < 1 || usual > 65_535)) {
      const rule = `must name the ${name} port, too (…,${name}=N), since ${Math.abs(DISTANCES[name])} ${usual < 1 ? 'below' : 'above'} ${peerPort} there is none`;
      throw new InvalidInput(option, text, rule);
    }
    return given ?? usual;
  };
  return {
    host,
    peerPort,
    redisPort: portOf('redis'),
    clusterPort: portOf('cluster'),
    httpPort: portOf('http'),
    adminPort: portOf('admin'),
  };
}

/** The address of replica `index` of a cluster that `npm start` runs. */
export function localAddress(index: number): Addresses {
  return parseMemberAddress('--address', `127.0.0.1:${PEER_PORT + index}`);
}
