import type { Condition } from '../decision.ts';
import type { ObservedPod } from '../observed.ts';
import type { Course, Situation } from '../situation.ts';
import { retiredClusters } from '../steps/orders.ts';

/** What the program means when it ends with one of these: see `node/src/main.ts`. */
const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  1: 'its disk has failed',
  2: 'its settings are not accepted',
  3: 'its directory is damaged or in use',
  4: 'it was removed from the cluster',
  5: 'its disk went back in time, or a newer process has its id',
  6: 'the cluster has agreed on a version that its release does not know',
};

/** Whether something is less than it should be: fewer voters to lose, or something that only a person can mend. */
export function degradation(
  { observed, cluster, view }: Situation,
  { step, waiting }: Course,
  quorum: Condition,
): Condition {
  const type = 'Degraded';
  const stuck = [step, ...waiting].find((each) => each?.needsPerson === true);
  if (stuck !== undefined) return { type, status: 'True', reason: stuck.reason, message: stuck.message };
  if (cluster.kind === 'conflict') {
    const message = `replicas or volumes of different clusters are found here: ${cluster.clusterIds.join(', ')}. Remove those that don't belong here`;
    return { type, status: 'True', reason: 'ClusterIdMismatch', message };
  }
  const { clusterId } = observed.status;
  const stray = [...observed.reports].find(
    ([, report]) =>
      clusterId !== undefined &&
      report.cluster !== undefined &&
      report.cluster !== clusterId &&
      !retiredClusters(observed).includes(report.cluster),
  );
  if (stray !== undefined) {
    return {
      type,
      status: 'True',
      reason: 'ClusterIdMismatch',
      message: `${stray[0]} is of another cluster, ${stray[1].cluster}`,
    };
  }
  if (quorum.status === 'False' && quorum.reason !== 'NotFounded') {
    return { type, status: 'True', reason: quorum.reason, message: quorum.message };
  }
  if (view === undefined) {
    const troubled = observed.pods.find((pod) => troubleOf(pod) !== undefined);
    return troubled === undefined
      ? { type, status: 'Unknown', reason: quorum.reason, message: quorum.message }
      : { type, status: 'True', reason: 'PodFailing', message: `${troubled.name}: ${troubleOf(troubled)}` };
  }
  const behind = view.voters.filter(({ caughtUp }) => !caughtUp);
  const troubled = observed.pods.find((pod) => troubleOf(pod) !== undefined);
  if (behind.length > 0) {
    const names = behind.map(({ ordinal, id }) =>
      ordinal === undefined ? `replica ${id}` : `${observed.name}-${ordinal}`,
    );
    const why = troubled === undefined ? '' : ` ${troubled.name}: ${troubleOf(troubled)}`;
    return {
      type,
      status: 'True',
      reason: 'VoterMissing',
      message: `${names.join(', ')} not there with all data; the others serve.${why}`,
    };
  }
  if (troubled !== undefined) {
    return {
      type,
      status: 'True',
      reason: 'PodFailing',
      message: `${troubled.name}: ${troubleOf(troubled)}`,
    };
  }
  return {
    type,
    status: 'False',
    reason: 'AllVotersThere',
    message: `all ${view.voters.length} voters are there with all data`,
  };
}

/** Undefined while it is merely starting. */
function troubleOf(pod: ObservedPod): string | undefined {
  if (pod.ready || pod.deleting || pod.waitingReason === undefined) return undefined;
  if (pod.waitingReason === 'ContainerCreating' || pod.waitingReason === 'PodInitializing') return undefined;
  const meaning = pod.exitCode === undefined ? undefined : EXIT_MEANINGS[pod.exitCode];
  return meaning === undefined
    ? pod.waitingReason
    : `${pod.waitingReason}, ${meaning} (exit code ${pod.exitCode})`;
}
