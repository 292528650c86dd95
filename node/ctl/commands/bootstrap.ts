/** `paxosctl bootstrap`: founds a cluster, once, at one fresh replica. */
import { randomBytes } from 'node:crypto';
import { InvalidInput } from '../../src/errors.ts';
import { askFollowing } from '../admin-call.ts';
import type { Command, Invocation } from '../command.ts';
import type { Endpoint } from '../endpoint.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { refused } from '../failure.ts';
import { ADDRESS_HELP, parseMemberAddress } from '../member-address.ts';
import { statusOf } from '../survey.ts';
import { changeTimeoutMs, parseId } from './member.ts';

const CLUSTER_ID_BYTES = 16;

export const BOOTSTRAP: Command = {
  name: 'bootstrap',
  operands: [],
  summary: 'founds a cluster at the fresh replica that --endpoints names, once in its life',
  notes:
    'Asks exactly one endpoint. Other fresh replicas can be founders, too; later ones come in with paxosctl member add.\n' +
    'Asked again with the same --cluster it says that it is done already; a replica of another cluster refuses.',
  options: [
    { name: 'cluster', value: 'ID', help: 'the id of the cluster: 32 hexadecimal digits (default: drawn)' },
    {
      name: 'member',
      value: 'ID=ADDRESS',
      help: `a founder, if there is more than one: repeat it, for this replica too. ADDRESS: ${ADDRESS_HELP}`,
      repeatable: true,
    },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { line, connections, output, signal } = invocation;
    const endpoint = oneEndpoint(connections.endpoints);
    const cluster = line.text('cluster') ?? randomBytes(CLUSTER_ID_BYTES).toString('hex');
    if (!/^[0-9a-f]{32}$/.test(cluster)) {
      throw new InvalidInput('--cluster', cluster, 'must be 32 hexadecimal digits in lower case');
    }
    const members = line.texts('member').map(parseFounder);
    const status = await statusOf(connections, endpoint, signal);
    if (status.cluster !== undefined && line.text('cluster') === undefined) {
      throw refused(
        `${endpoint} belongs to cluster ${status.cluster} already`,
        'paxosctl status; a replica founds one cluster in its life',
      );
    }
    const { body } = await askFollowing(connections, endpoint, {
      method: 'POST',
      path: '/v1/bootstrap',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ cluster, replica: status.id, ...(members.length === 0 ? {} : { members }) }),
      timeoutMs: changeTimeoutMs(invocation),
      signal,
    });
    output.result({ cluster, replica: status.id, ...body }, `${status.id} has founded cluster ${cluster}`);
    return EXIT.ok;
  },
};

function oneEndpoint(endpoints: readonly Endpoint[]): Endpoint {
  const [only] = endpoints;
  if (only !== undefined && endpoints.length === 1) return only;
  throw new InvalidInput(
    '--endpoints',
    endpoints,
    'must name exactly one replica, which is to found the cluster',
  );
}

function parseFounder(text: string): Readonly<Record<string, unknown>> {
  const equals = text.indexOf('=');
  if (equals < 0) throw new InvalidInput('--member', text, 'must be ID=ADDRESS');
  return { id: parseId(text.slice(0, equals)), ...parseMemberAddress('--member', text.slice(equals + 1)) };
}
