/** What stands in a Lease, read and written. */
import { LEASE } from './builtin-kinds.ts';
import type { KubeObject, Live, ObjectName } from './kube-object.ts';
import { microTime } from './micro-time.ts';

export interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

/** Whose the lease is; nobody's after a clean stop. */
export function holderOf(lease: Live<LeaseObject>): string | undefined {
  return lease.spec?.holderIdentity || undefined;
}

/** What its holder has promised: to renew within this time, or to have stopped. */
export function promisedMs(lease: Live<LeaseObject>): number | undefined {
  const seconds = lease.spec?.leaseDurationSeconds;
  return typeof seconds === 'number' ? seconds * 1_000 : undefined;
}

export function newLease(name: ObjectName, identity: string, leaseMs: number): LeaseObject {
  const now = microTime(new Date());
  return {
    apiVersion: LEASE.apiVersion,
    kind: LEASE.kind,
    metadata: name,
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: leaseMs / 1_000,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    },
  };
}

/** The same lease, held by `identity` from now on. */
export function taken(lease: Live<LeaseObject>, identity: string, leaseMs: number): Live<LeaseObject> {
  const now = microTime(new Date());
  const leaseTransitions = (lease.spec?.leaseTransitions ?? 0) + 1;
  const leaseDurationSeconds = leaseMs / 1_000;
  return {
    ...lease,
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds,
      acquireTime: now,
      renewTime: now,
      leaseTransitions,
    },
  };
}

export function renewed(lease: Live<LeaseObject>): Live<LeaseObject> {
  return { ...lease, spec: { ...lease.spec, renewTime: microTime(new Date()) } };
}

/** Nobody's, and soon over even for a reader that looks at the time alone. */
export function released(lease: Live<LeaseObject>): Live<LeaseObject> {
  return {
    ...lease,
    spec: {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: microTime(new Date()),
    },
  };
}
