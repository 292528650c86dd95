/** The volume of each replica. */
import { atLeast, choice, defaulted, optional, quantity, record, section } from '../schema/description.ts';
import { objectName } from '../schema/names.ts';

/** Segments of 32 MiB, one in use, one spare, some that wait for a snapshot, and that snapshot. */
const SIZE_MIN = '256Mi';

const POLICIES = ['Retain', 'Delete'] as const;

export const STORAGE = record(
  'The volume of each replica.',
  {
    size: defaulted(
      quantity('The size of each volume. It can grow later, and never shrink.', {
        rules: [
          atLeast(
            SIZE_MIN,
            `must be at least ${SIZE_MIN}: a replica keeps its log, a spare part of it and two snapshots there`,
          ),
        ],
      }),
      '10Gi',
    ),
    storageClassName: optional(
      objectName(
        "The StorageClass of the volumes; without one the cluster's default class. It can't be changed.",
      ),
    ),
    retentionPolicy: section(
      record('What becomes of the volumes.', {
        whenDeleted: defaulted(
          choice(
            'When the PaxosCluster is deleted: Retain keeps the volumes and the Secrets that the operator made, and a PaxosCluster of the same name finds its data, its id and its password again.',
            POLICIES,
          ),
          'Retain',
        ),
        whenScaled: defaulted(
          choice('When a replica has been removed because `replicas` shrank.', POLICIES),
          'Delete',
        ),
      }),
    ),
  },
  {
    transitions: [
      {
        cel: '!isQuantity(self.size) || quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0',
        must: 'must not shrink: write the old size or a larger one, since volumes only grow',
        field: 'size',
      },
      {
        cel: "(has(self.storageClassName) ? self.storageClassName : '') == (has(oldSelf.storageClassName) ? oldSelf.storageClassName : '')",
        must: 'must stay as it is: to move to another class, restore a backup into a new PaxosCluster',
        field: 'storageClassName',
      },
    ],
  },
);
