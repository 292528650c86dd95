/**
 * Rule 6: a lost quorum is said, and never repaired on a guess. Somebody may order it, by an annotation that repeats the cluster's
 * name and names the survivors: `paxoskv.dev/recover: demo=demo-0,demo-2`. It can lose acknowledged writes, so it is refused while a
 * quorum may be left, and while a survivor answers that was not named.
 *
 * The intent goes into the status. Then every pod is made anew and reads its orders: survivors hold still, the seed's directory
 * becomes the first of a new cluster, and when it answers as such, whatever is left of the old one is set aside.
 */
import type { Step } from '../decision.ts';
import { type Observed, ordinalOf, type RecoveryLatch } from '../observed.ts';
import type { QuorumFinding } from '../quorum.ts';
import { reportsOf } from '../view.ts';

/** The status has no room for more: seven pods have hundreds. */
const REQUEST_CHARACTERS_MAX = 1_024;
const RECOVERED_BY = 'paxoskv.dev/recover';
/** A pod that runs on as a member of the old cluster has not read its orders: it was made before they could be read. */
const ORDER_PATIENCE_MS = 30_000;

/** Undefined: nobody asks for anything. */
export function recover(observed: Observed, quorum: QuorumFinding): Step | undefined {
  const { recovery } = observed.status;
  if (recovery !== undefined && !recovery.done) return carryOn(observed, recovery);
  if (observed.recover === undefined || observed.recover === recovery?.request) return undefined;
  return begin(observed, observed.recover, quorum);
}

function begin(observed: Observed, request: string, quorum: QuorumFinding): Step {
  const survivors = parseRequest(request, observed.name);
  if (typeof survivors === 'string') return refuse(survivors);
  const { clusterId } = observed.status;
  if (clusterId === undefined) return refuse('no cluster was ever founded here: there is nothing to recover');
  if (quorum.kind !== 'lost') {
    return refuse('a quorum is not known to be lost: as long as it may come back, wait for it');
  }
  const kept = (name: string): boolean =>
    observed.volumes.some(
      (volume) =>
        volume.ordinal === ordinalOf(observed.name, name) &&
        volume.clusterId === clusterId &&
        volume.replicaId !== undefined,
    );
  const unknown = survivors.find((name) => !kept(name));
  if (unknown !== undefined) return refuse(`${unknown} has no volume with a replica of cluster ${clusterId}`);
  const answering = reportsOf(observed, clusterId);
  const unnamed = answering.map(([name]) => name).find((name) => !survivors.includes(name));
  if (unnamed !== undefined) {
    return refuse(
      `${unnamed} answers, too, and may hold what the others lack: name it, or delete its volume`,
    );
  }
  // Who knows most to be chosen; the others add what they accepted beyond it.
  const [best] = answering.toSorted(([, left], [, right]) => right.chosen - left.chosen);
  const seedPod = best?.[0] ?? survivors[0] ?? '';
  const latch = {
    request,
    fromCluster: clusterId,
    toCluster: observed.drawnClusterId,
    seedPod,
    survivors,
    done: false,
    startedMs: observed.nowMs,
  };
  const message = `cluster ${clusterId} has lost its quorum and goes on as ${latch.toCluster}, with what ${survivors.join(', ')} hold`;
  return {
    reason: 'Recovering',
    message,
    actions: [{ kind: 'recordRecovery', latch }],
    event: { type: 'Warning', reason: 'RecoveryStarted', message },
  };
}

function carryOn(observed: Observed, latch: RecoveryLatch): Step {
  const recovered = reportsOf(observed, latch.toCluster)[0];
  if (recovered !== undefined) {
    const message = `cluster ${latch.fromCluster} is no more, ${recovered[0]} leads the new cluster ${latch.toCluster}: the others join it afresh`;
    return {
      reason: 'Recovering',
      message,
      actions: [{ kind: 'recordRecovery', latch: { ...latch, done: true } }],
      event: { type: 'Warning', reason: 'Recovered', message },
    };
  }
  const unaware = observed.pods.filter(
    ({ name, createdMs, deleting }) =>
      !deleting &&
      (createdMs < latch.startedMs ||
        (observed.nowMs - createdMs >= ORDER_PATIENCE_MS &&
          observed.reports.get(name)?.cluster === latch.fromCluster)),
  );
  return {
    reason: 'Recovering',
    message: `${latch.seedPod} is to become the first replica of the new cluster ${latch.toCluster}`,
    // All at once: without a quorum none of them serves, and none may go on as before.
    actions: unaware.map(({ name, uid }) => ({ kind: 'deletePod', pod: { name, uid }, why: 'Recovery' })),
  };
}

/** The survivors' pods, or what is wrong with the request. */
export function parseRequest(request: string, cluster: string): string[] | string {
  if (request.length > REQUEST_CHARACTERS_MAX) {
    return `the annotation ${RECOVERED_BY} must have at most ${REQUEST_CHARACTERS_MAX} characters`;
  }
  const [name, list, ...rest] = request.split('=');
  const form = `write ${RECOVERED_BY}: ${cluster}=${cluster}-0, with all pods whose volumes are left after the equals sign`;
  if (name?.trim() !== cluster || list === undefined || rest.length > 0) {
    return `the annotation ${RECOVERED_BY} must repeat the cluster's name: ${form}`;
  }
  const survivors = list.split(',').map((each) => each.trim());
  const stranger = survivors.find((each) => ordinalOf(cluster, each) === undefined);
  if (stranger !== undefined) return `${JSON.stringify(stranger)} is no pod of ${cluster}: ${form}`;
  return [...new Set(survivors)].toSorted();
}

function refuse(message: string): Step {
  return {
    reason: 'RecoveryRefused',
    message,
    actions: [],
    event: { type: 'Warning', reason: 'RecoveryRefused', message },
    needsPerson: true,
  };
}
