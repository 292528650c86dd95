/** Settings of the replicas' program that are safe to change while the cluster runs. */
import { atLeast, boolean, defaulted, optional, quantity, record } from '../schema/description.ts';

const QUOTA_MIN = '1Mi';

export const ENGINE = record("Settings of the replicas' program. A change rolls the pods.", {
  dataQuota: optional(
    quantity(
      'What all keys and values may take, each key counted with 240 bytes more; over it writes are refused and deletes go on. At most a third of storage.size. Without it there is no quota.',
      { rules: [atLeast(QUOTA_MIN, `must be at least ${QUOTA_MIN}; for no quota leave it out`)] },
    ),
  ),
  leaseReads: defaulted(
    boolean(
      'Whether a leader answers reads by a lease: quicker, and stale when a clock errs by a fifth or a machine is frozen.',
    ),
    false,
  ),
});
