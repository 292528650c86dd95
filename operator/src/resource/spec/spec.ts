/** What a user asks for. */
import {
  boolean,
  choice,
  defaulted,
  integer,
  optional,
  record,
  section,
  type ValueOf,
} from '../schema/description.ts';
import { parseQuantity } from '../quantity.ts';
import { AUTH } from './auth.ts';
import { ENGINE } from './engine.ts';
import { IMAGE_FIELDS } from './image.ts';
import { MONITORING } from './monitoring.ts';
import { NETWORK_POLICY } from './network-policy.ts';
import { POD } from './pod.ts';
import { RESOURCES } from './resources.ts';
import { SCHEDULING } from './scheduling.ts';
import { SERVICE } from './service.ts';
import { STORAGE } from './storage.ts';
import { TLS } from './tls.ts';

/** A volume holds the log, the snapshot in force and the next one while it is written. */
const COPIES_ON_DISK = 3n;

export const SPEC = record(
  'What is asked for.',
  {
    replicas: defaulted(
      integer(
        'How many replicas: 1, 3, 5 or 7. With 3 one may be lost, with 5 two, with 7 three. A change adds or removes one at a time.',
        {
          min: 1,
          max: 7,
          rules: [
            {
              cel: 'self % 2 == 1',
              holds: (replicas) => replicas % 2 === 1,
              must: 'must be 1, 3, 5 or 7: one more than an odd number survives no more losses, and has more to lose',
            },
          ],
        },
      ),
      3,
    ),
    ...IMAGE_FIELDS,
    storage: section(STORAGE),
    resources: defaulted(RESOURCES, { requests: { cpu: '100m', memory: '256Mi' } }),
    scheduling: section(SCHEDULING),
    updateStrategy: section(
      record('How pods get a new image or other settings.', {
        type: defaulted(
          choice(
            'LeaderLast: one after the other, the leader last, and never one that the quorum needs. OnDelete: when somebody deletes the pod.',
            ['LeaderLast', 'OnDelete'],
          ),
          'LeaderLast',
        ),
      }),
    ),
    paused: defaulted(
      boolean(
        'Whether the operator leaves everything as it is. The replicas go on, and status is still told.',
      ),
      false,
    ),
    podDisruptionBudget: section(
      record('What stops drains of nodes from taking the quorum away.', {
        enabled: defaulted(boolean('Whether the operator makes a PodDisruptionBudget.'), true),
      }),
    ),
    service: section(SERVICE),
    monitoring: section(MONITORING),
    networkPolicy: section(NETWORK_POLICY),
    auth: section(AUTH),
    tls: optional(TLS),
    pod: section(POD),
    engine: section(ENGINE),
  },
  {
    rules: [
      {
        cel:
          '!has(self.engine.dataQuota) || !isQuantity(self.engine.dataQuota) || !isQuantity(self.storage.size) || ' +
          'quantity(self.engine.dataQuota).add(quantity(self.engine.dataQuota)).add(quantity(self.engine.dataQuota))' +
          '.compareTo(quantity(self.storage.size)) <= 0',
        holds: ({ engine, storage }) =>
          engine.dataQuota === undefined ||
          COPIES_ON_DISK * (parseQuantity(engine.dataQuota) ?? 0n) <= (parseQuantity(storage.size) ?? 0n),
        must: 'must be at most a third of storage.size, since a volume holds the log and up to two snapshots: lower the quota or enlarge the volume',
        field: 'engine.dataQuota',
      },
    ],
    transitions: [
      {
        cel: 'has(self.tls) == has(oldSelf.tls)',
        must: "must be there from the beginning or never: replicas with TLS and without can't talk to each other; restore a backup into a new PaxosCluster",
        field: 'tls',
      },
    ],
  },
);

export type PaxosClusterSpec = ValueOf<typeof SPEC>;
