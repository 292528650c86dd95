/** All objects that a cluster owns, and those that it owns no longer. */
import { authSecret, PASSWORD_KEY } from './auth-secret.ts';
import { certificate } from './certificate.ts';
import { clientService } from './client-service.ts';
import { CLUSTER_SECRET_KEY, clusterSecret } from './cluster-secret.ts';
import { leaderService } from './leader-service.ts';
import { monitor } from './monitor.ts';
import { ownAuthSecretName, tlsSecretName } from './names.ts';
import { networkPolicy } from './network-policy.ts';
import { orders } from './orders.ts';
import type { OwnedObject } from './owned-object.ts';
import { peerService } from './peer-service.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';
import { serviceAccount } from './service-account.ts';
import { statefulSet } from './stateful-set.ts';
import type { Wanted } from './wanted.ts';

/**
 * In this order: what pods need comes before the pods, and the doors are guarded before anybody listens behind them.
 */
export function desiredObjects(wanted: Wanted): OwnedObject[] {
  const objects = [
    // What a pod can't start without.
    serviceAccount(wanted),
    withoutDrawn(clusterSecret(wanted), CLUSTER_SECRET_KEY),
    withoutDrawn(authSecret(wanted), PASSWORD_KEY),
    certificate(wanted),
    orders(wanted),
    // Who may come in, and how pods and clients find each other.
    networkPolicy(wanted),
    peerService(wanted),
    clientService(wanted),
    leaderService(wanted),
    // How many may go at once, before there are any.
    podDisruptionBudget(wanted),
    statefulSet(wanted),
    // Somebody else's business.
    monitor(wanted),
  ];
  return objects.filter((object) => object !== undefined);
}

/**
 * What was drawn is written by whoever creates the Secret, and never again: applied with what was read some time ago, it would take back what
 * somebody has put there since.
 */
function withoutDrawn(secret: OwnedObject | undefined, key: string): OwnedObject | undefined {
  if (secret === undefined) return undefined;
  const { data, ...rest } = secret;
  const { [key]: _, ...derived } = data as Readonly<Record<string, string>>;
  return Object.keys(derived).length === 0 ? rest : { ...rest, data: derived };
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** What an earlier spec may have made and this one does not want. Whoever deletes one must see first that this cluster owns it. */
export function surplusObjects(wanted: Wanted): ObjectReference[] {
  const { name } = wanted.metadata;
  const { served } = wanted;
  const ownPassword = ownAuthSecretName(name);
  const optional: ObjectReference[] = [
    // Somebody may have named the very Secret that was made for an earlier spec: it is theirs then.
    ...(namedSecrets(wanted).includes(ownPassword)
      ? []
      : [{ apiVersion: 'v1', kind: 'Secret', name: ownPassword }]),
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name },
    ...(served.certificate
      ? [{ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', name: tlsSecretName(name) }]
      : []),
    ...(served.serviceMonitor
      ? [{ apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', name }]
      : []),
    ...(served.podMonitor ? [{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', name }] : []),
  ];
  const desired = desiredObjects(wanted);
  return optional.filter(
    (reference) =>
      !desired.some(({ kind, metadata }) => kind === reference.kind && metadata.name === reference.name),
  );
}

/** Those that the spec names: never deleted, whoever made them. */
function namedSecrets({ spec: { auth, tls } }: Wanted): (string | undefined)[] {
  return [auth.secretName, tls?.secretName, tls?.clientAuthoritySecretName];
}
