import type { Condition } from '../decision.ts';
import type { Situation } from '../situation.ts';

/** Whether each pod that is asked for has its volume. */
export function storageReady({ observed }: Situation): Condition {
  const type = 'StorageReady';
  for (let ordinal = 0; ordinal < observed.spec.replicas; ordinal += 1) {
    const volume = observed.volumes.find((each) => each.ordinal === ordinal);
    const place = `${observed.name}-${ordinal}`;
    if (volume === undefined) {
      return { type, status: 'False', reason: 'VolumeMissing', message: `${place} has no volume yet` };
    }
    if (volume.deleting) {
      return { type, status: 'False', reason: 'VolumeDeleting', message: `${volume.name} is being deleted` };
    }
    if (!volume.bound) {
      return {
        type,
        status: 'False',
        reason: 'VolumePending',
        message: `${volume.name} is not bound to a volume`,
      };
    }
    if (volume.tooSmall !== undefined) {
      const { grows, message } = volume.tooSmall;
      return grows
        ? { type, status: 'False', reason: 'VolumeResizing', message: `${volume.name}: ${message}` }
        : {
            type,
            status: 'False',
            reason: 'VolumeTooSmall',
            message: `${volume.name}: ${message}. Volumes grow where their StorageClass has allowVolumeExpansion`,
          };
    }
  }
  return { type, status: 'True', reason: 'AllVolumesBound', message: 'every volume is bound' };
}
