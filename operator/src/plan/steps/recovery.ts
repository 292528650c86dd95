/**
 * Rule 6: a lost quorum is said, and never repaired on a guess. Somebody may order it, by an annotation that repeats the cluster's
 * name and names the survivors: `paxoskv.dev/recover: demo=demo-0,demo-2`. It can lose acknowledged writes, so it is refused while a
 * quorum may be left, and while a volume is there that was not named.
 *
 * The intent goes into the status. Then every pod is made anew and reads its orders: survivors hold still, the seed's directory
 * becomes the first of a new cluster, and when it answers as such, whatever is left of the old one is set aside. Until then the
 * intent can be replaced by another order, and it is taken back when the old quorum returns.
 */
import type { Action, Step } from '../decision.ts';
import { type Observed, type ObservedPod, ordinalOf, type RecoveryLatch } from '../observed.ts';
import type { QuorumFinding } from '../quorum.ts';
import { quorumRunbook } from '../runbook.ts';
import { reportsOf } from '../view.ts';
import { faultOf, parseRequest, refusal, refusalOf } from './recovery-request.ts';

/** A pod that runs on as a member of the old cluster has not read its orders: it was made before they could be read. */
const ORDER_PATIENCE_MS = 30_000;
/** So long a loss must have been said: one that is gone again with the next look is a restart. */
const LOST_BEFORE_MS = 10_000;
/** Pods start and survivors are read in less; what lasts longer does not end by itself. */
const STUCK_MS = 300_000;

/** Undefined: nobody asks for anything. */
export function recover(observed: Observed, quorum: QuorumFinding): Step | undefined {
  const { recovery } = observed.status;
  if (recovery !== undefined && !recovery.done) return carryOn(observed, recovery, quorum);
  const request = observed.recover;
  if (request === undefined) return undefined;
  const refused = refusalOf(observed);
  if (refused !== undefined)
    return { reason: 'RecoveryRefused', message: refused.message, actions: [], needsPerson: true };
  return request === recovery?.request ? undefined : begin(observed, request, quorum);
}

function begin(observed: Observed, request: string, quorum: QuorumFinding): Step {
  const { clusterId } = observed.status;
  if (clusterId === undefined)
    return refuse(request, 'no cluster was ever founded here: there is nothing to recover');
  const survivors = parseRequest(request, observed.name);
  if (typeof survivors === 'string') return refuse(request, survivors);
  if (quorum.kind !== 'lost') {
    return refuse(request, 'a quorum is not known to be lost: as long as it may come back, wait for it');
  }
  const fault = faultOf(survivors, observed, clusterId);
  if (fault !== undefined) return refuse(request, fault);
  if (!wasLostBefore(observed)) {
    const seconds = LOST_BEFORE_MS / 1_000;
    const message = `the quorum was lost just now: the recovery begins when that has been so for ${seconds} s`;
    return { reason: 'Recovering', message, actions: [] };
  }
  return start({
    request,
    fromCluster: clusterId,
    toCluster: observed.drawnClusterId,
    seedPod: bestOf(survivors, observed, clusterId),
    survivors,
    done: false,
    startedMs: observed.nowMs,
  });
}

function wasLostBefore({ status, nowMs }: Observed): boolean {
  const said = status.conditions.find(({ type }) => type === 'QuorumAvailable');
  return said?.status === 'False' && said.reason === 'QuorumLost' && nowMs - said.sinceMs >= LOST_BEFORE_MS;
}

/** Who knows most to be chosen; the others add what they accepted beyond it. */
function bestOf(survivors: readonly string[], observed: Observed, clusterId: string): string {
  const [best] = reportsOf(observed, clusterId).toSorted(([, left], [, right]) => right.chosen - left.chosen);
  return best?.[0] ?? survivors[0] ?? '';
}

function start(latch: RecoveryLatch): Step {
  const message = `cluster ${latch.fromCluster} has lost its quorum and goes on as ${latch.toCluster}, with what ${latch.survivors.join(', ')} hold`;
  return {
    reason: 'Recovering',
    message,
    actions: [{ kind: 'recordRecovery', latch }],
    event: { type: 'Warning', reason: 'RecoveryStarted', message },
  };
}

function carryOn(observed: Observed, latch: RecoveryLatch, quorum: QuorumFinding): Step {
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
  if (quorum.kind === 'held') return takeBack(observed, latch);
  const request = observed.recover;
  if (request === undefined || request === latch.request) return pursue(observed, latch);
  const refused = refusalOf(observed);
  if (refused !== undefined) {
    const step = pursue(observed, latch);
    return {
      ...step,
      message: `${step.message}. Another order is refused: ${refused.message}`,
      needsPerson: true,
    };
  }
  const survivors = parseRequest(request, observed.name);
  const fault = typeof survivors === 'string' ? survivors : faultOf(survivors, observed, latch.fromCluster);
  if (typeof survivors === 'string' || fault !== undefined) {
    return { ...refuse(request, fault ?? ''), actions: deletions(observed, latch) };
  }
  return start(replaced(observed, latch, request, survivors));
}

/** The same seed keeps the id of the new cluster, since its directory may be of that one by now; another seed never gets it. */
function replaced(
  observed: Observed,
  latch: RecoveryLatch,
  request: string,
  survivors: readonly string[],
): RecoveryLatch {
  const next = { ...latch, request, survivors, startedMs: observed.nowMs };
  if (survivors.includes(latch.seedPod)) return next;
  const seedPod = bestOf(survivors, observed, latch.fromCluster);
  return { ...next, seedPod, toCluster: observed.drawnClusterId };
}

/** It is the new cluster that is no more: should the seed have made its directory one of it, that is set aside. */
function takeBack(observed: Observed, latch: RecoveryLatch): Step {
  const why = `a quorum of cluster ${latch.fromCluster} is back and follows a leader: the recovery is given up, the cluster goes on as it is`;
  const { fromCluster, toCluster } = latch;
  const given = { ...latch, fromCluster: toCluster, toCluster: fromCluster, done: true };
  return {
    ...refuse(observed.recover ?? latch.request, why),
    actions: [{ kind: 'recordRecovery', latch: given }],
  };
}

function pursue(observed: Observed, latch: RecoveryLatch): Step {
  const actions = deletions(observed, latch);
  if (observed.nowMs - latch.startedMs < STUCK_MS) {
    const message = `${latch.seedPod} is to become the first replica of the new cluster ${latch.toCluster}`;
    return { reason: 'Recovering', message, actions };
  }
  const missing = latch.survivors
    .map((name) => troubleOf(name, observed, latch))
    .filter((trouble) => trouble !== undefined);
  const what =
    missing.length > 0
      ? missing.join('; ')
      : `${latch.seedPod} does not answer as its first replica, see the log of its container prepare`;
  const message = `the recovery has made no progress for ${STUCK_MS / 60_000} minutes, and needs a person. The new cluster ${latch.toCluster} waits: ${what}. Mend that, without deleting a volume of which anything can be read, or order it with other survivors: see ${quorumRunbook(observed)}`;
  return {
    reason: 'RecoveryStuck',
    message,
    actions,
    event: { type: 'Warning', reason: 'RecoveryStuck', message },
    needsPerson: true,
  };
}

/** All at once: without a quorum none of them serves, and none may go on as before. */
function deletions(observed: Observed, latch: RecoveryLatch): Action[] {
  return observed.pods
    .filter((pod) => isUnaware(pod, observed, latch))
    .map(({ name, uid }) => ({ kind: 'deletePod', pod: { name, uid }, why: 'Recovery', evicts: false }));
}

function isUnaware(
  { name, createdMs, deleting }: ObservedPod,
  observed: Observed,
  latch: RecoveryLatch,
): boolean {
  if (deleting) return false;
  if (createdMs < latch.startedMs) return true;
  const isSettled = observed.nowMs - createdMs >= ORDER_PATIENCE_MS;
  return isSettled && observed.reports.get(name)?.cluster === latch.fromCluster;
}

/** Why a survivor can't do its part; undefined when nothing is known to be wrong with it. */
function troubleOf(name: string, observed: Observed, { fromCluster }: RecoveryLatch): string | undefined {
  const volume = observed.volumes.find(({ ordinal }) => ordinal === ordinalOf(observed.name, name));
  const isKept = volume?.deleting === false && volume.clusterId === fromCluster;
  const report = observed.reports.get(name);
  if (!isKept || (report !== undefined && report.cluster !== fromCluster))
    return `${name} has lost its volume`;
  const pod = observed.pods.find((each) => each.name === name);
  if (pod === undefined) return `${name} does not exist`;
  // It holds still, or reads the others, before its replica starts.
  if (pod.running || pod.waitingReason === 'PodInitializing') return undefined;
  return `${name} does not run${pod.waitingReason === undefined ? '' : ` (${pod.waitingReason})`}`;
}

function refuse(request: string, why: string): Step {
  const refused = refusal(request, why);
  const { message } = refused;
  return {
    reason: 'RecoveryRefused',
    message,
    actions: [],
    event: { type: 'Warning', reason: 'RecoveryRefused', message },
    needsPerson: true,
    refusal: refused,
  };
}
