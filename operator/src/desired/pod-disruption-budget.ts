/** How many pods drains of nodes and the like may take away at once. */
import { podSelector } from './labels.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import type { Wanted } from './wanted.ts';

export function podDisruptionBudget(wanted: Wanted): OwnedObject | undefined {
  const { metadata, spec } = wanted;
  if (!spec.podDisruptionBudget.enabled) return undefined;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMetadata(wanted, metadata.name),
    spec: {
      maxUnavailable: unavailableMax(spec.replicas, wanted.voterCount, wanted.lostVoterCount),
      // A pod that serves nobody must not hold up a drain: without it nothing is lost that is not lost already.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: podSelector(metadata.name) },
    },
  };
}

/**
 * As many as the votes allow: those that there are, not those that there will be. Counted from all pods downward rather than up to
 * a quorum, since a learner is a healthy pod, too, and must not stand in for a voter.
 *
 * A voter whose disk is lost counts for the quorum and can't be part of it, though a healthy pod, of its successor, is in its place.
 *
 * One replica may always go: its cluster can't be without an outage, and a budget of none would hold up every drain for ever.
 */
export function unavailableMax(replicas: number, voterCount: number, lostVoterCount = 0): number {
  if (replicas === 1 && voterCount <= 1) return 1;
  const voters = voterCount === 0 ? replicas : Math.min(replicas, voterCount);
  return Math.max(0, Math.floor((voters - 1) / 2) - lostVoterCount);
}
