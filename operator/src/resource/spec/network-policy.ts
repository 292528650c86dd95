/** Who may open connections to the replicas. */
import { boolean, defaulted, list, optional, record, required, text } from '../schema/description.ts';
import { LABEL_SELECTOR } from './selectors.ts';

const PEERS_MAX = 16;
const EXCEPTIONS_MAX = 16;
/** An IPv6 address and the length of its prefix. */
const CIDR_CHARACTERS_MAX = 43;

/** What an address range looks like; the API server looks closer. */
const CIDR =
  /^([0-9]{1,3}([.][0-9]{1,3}){3}[/]([0-9]|[12][0-9]|3[0-2])|[0-9a-f:.]*:[0-9a-f:.]*[/][0-9]{1,3})$/;

function cidr(meaning: string) {
  return text(meaning, {
    charactersMax: CIDR_CHARACTERS_MAX,
    rules: [
      {
        cel: 'isCIDR(self)',
        holds: (value) => CIDR.test(value),
        must: 'must be a range of addresses, such as 10.0.0.0/8 or fd00::/8',
      },
    ],
  });
}

const PEER = record(
  'Pods by their labels, or addresses.',
  {
    podSelector: optional(LABEL_SELECTOR),
    namespaceSelector: optional(LABEL_SELECTOR),
    ipBlock: optional(
      record('Addresses.', {
        cidr: required(cidr('The range.')),
        except: optional(
          list('Ranges in it that are left out.', cidr('A range.'), { itemsMax: EXCEPTIONS_MAX }),
        ),
      }),
    ),
  },
  {
    rules: [
      {
        cel: 'has(self.ipBlock) != (has(self.podSelector) || has(self.namespaceSelector))',
        holds: ({ ipBlock, podSelector, namespaceSelector }) =>
          (ipBlock !== undefined) !== (podSelector !== undefined || namespaceSelector !== undefined),
        must: 'must have either an ipBlock, or a podSelector, a namespaceSelector or both',
      },
    ],
  },
);

export const NETWORK_POLICY = record(
  'Who may open connections to the replicas. It takes a network that enforces NetworkPolicy.',
  {
    enabled: defaulted(
      boolean(
        'Whether the operator makes a NetworkPolicy: replicas reach each other, and only the operator and monitors the admin port.',
      ),
      true,
    ),
    clients: optional(
      list(
        'Who may reach the ports for clients, as in a NetworkPolicy; absent: everybody; an empty list: nobody.',
        PEER,
        {
          itemsMax: PEERS_MAX,
        },
      ),
    ),
    monitors: optional(
      list(
        'Who may read metrics from the admin port, besides the operator; absent: pods of any namespace that are labelled app.kubernetes.io/name: prometheus.',
        PEER,
        { itemsMax: PEERS_MAX },
      ),
    ),
  },
);
