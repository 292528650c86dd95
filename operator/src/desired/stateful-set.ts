/**
 * The pods and their volumes. All pods are made at once, since none is ready before a quorum runs; and none is replaced by
 * the StatefulSet's own controller, which knows nothing of quorums.
 */
import { objectLabels, podSelector } from './labels.ts';
import { DATA_VOLUME, peerServiceName } from './names.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import { podTemplate } from './pod-template.ts';
import type { Wanted } from './wanted.ts';

/** Enough to look up what the last changes were. */
const REVISIONS_KEPT = 5;

export function statefulSet(wanted: Wanted): OwnedObject {
  const { metadata, spec } = wanted;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: ownedMetadata(wanted, metadata.name),
    spec: {
      replicas: wanted.podCount,
      serviceName: peerServiceName(metadata.name),
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      revisionHistoryLimit: REVISIONS_KEPT,
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: spec.storage.retentionPolicy.whenDeleted,
        // Otherwise whoever scales the stateful set by hand would take the volumes of members along.
        whenScaled: wanted.surplusVolumesGo ? spec.storage.retentionPolicy.whenScaled : 'Retain',
      },
      selector: { matchLabels: podSelector(metadata.name) },
      template: podTemplate(wanted),
      volumeClaimTemplates: [claimTemplate(wanted)],
    },
  };
}

/** Nobody can change it once it is there; claims grow by themselves: see `volume-claim.ts`. */
function claimTemplate({ metadata, spec, templateSize }: Wanted): object {
  const { size, storageClassName } = spec.storage;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: DATA_VOLUME, labels: objectLabels(metadata.name) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage: templateSize ?? size } },
    },
  };
}
