/**
 * What the operator has written down for the pods of a cluster, and what follows from it for one directory. An order names
 * replicas and clusters by their ids, which never come back: it may be read at any time, by any pod, and again.
 */
import { readFileSync } from 'node:fs';
import { InvalidInput } from '../../src/errors.ts';
import type { DirectoryNames } from './directory-names.ts';

export interface Orders {
  readonly removedReplicas: readonly string[];
  readonly retiredClusters: readonly string[];
  readonly recovery: RecoveryOrder | undefined;
}

export interface RecoveryOrder {
  readonly fromCluster: string;
  readonly toCluster: string;
  readonly seedPod: string;
  readonly survivors: readonly string[];
}

/** What a directory is known by. */
export interface DirectoryIdentity extends DirectoryNames {
  /** A replica refuses its log. */
  readonly isDamaged: boolean;
}

export type Duty =
  | { readonly kind: 'goOn' }
  /** It belongs to the past: a fresh one takes its place. */
  | { readonly kind: 'setAside'; readonly why: 'removed' | 'retired' }
  /** It becomes the first of a new cluster, with what the survivors hold. */
  | { readonly kind: 'recover'; readonly order: RecoveryOrder }
  /** Its cluster is being recovered elsewhere: nothing may run on it meanwhile, but it may be read. */
  | { readonly kind: 'holdStill'; readonly order: RecoveryOrder };

export function dutyOf(identity: DirectoryIdentity, orders: Orders, pod: string): Duty {
  const { replica, cluster } = identity;
  if (replica !== undefined && orders.removedReplicas.includes(replica))
    return { kind: 'setAside', why: 'removed' };
  if (cluster !== undefined && orders.retiredClusters.includes(cluster))
    return { kind: 'setAside', why: 'retired' };
  const order = orders.recovery;
  if (order === undefined || !isMeant(identity, order, pod)) return { kind: 'goOn' };
  return { kind: order.seedPod === pod ? 'recover' : 'holdStill', order };
}

/**
 * What is damaged may not tell any more whose it is; whoever named its pod as a survivor knew, and to be read does it no harm. It is
 * not enough to recover into: it may be the new cluster's, which is on that pod as soon as it was made.
 */
function isMeant(
  { cluster, isDamaged }: DirectoryIdentity,
  { fromCluster, survivors, seedPod }: RecoveryOrder,
  pod: string,
): boolean {
  if (cluster !== undefined || !isDamaged) return cluster === fromCluster;
  return pod !== seedPod && survivors.includes(pod);
}

export function saysNothing({ removedReplicas, retiredClusters, recovery }: Orders): boolean {
  return removedReplicas.length === 0 && retiredClusters.length === 0 && recovery === undefined;
}

/** Throws `InvalidInput`: a replica must not start by orders that nobody can read. */
export function readOrders(file: string): Orders {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new InvalidInput('--orders', file, 'must be a file of JSON that can be read', { cause });
  }
  const { removedReplicas, retiredClusters, recovery } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!areTexts(removedReplicas) || !areTexts(retiredClusters) || !isRecoveryOrNone(recovery)) {
    throw new InvalidInput(
      '--orders',
      file,
      'must hold removedReplicas, retiredClusters and perhaps recovery',
    );
  }
  return { removedReplicas, retiredClusters, recovery: recovery ?? undefined };
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isRecoveryOrNone(value: unknown): value is RecoveryOrder | undefined | null {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  const { fromCluster, toCluster, seedPod, survivors } = value as Readonly<Record<string, unknown>>;
  return areTexts([fromCluster, toCluster, seedPod]) && areTexts(survivors) && survivors.length > 0;
}
