/** Who may open connections to the pods: each other, clients, and at the admin port the operator and monitors. Kubelets always may. */
import { podSelector } from './labels.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import { CLIENT_PORTS, PEER_PORTS, policyPorts, type PortName } from './ports.ts';
import type { OperatorPods, Wanted } from './wanted.ts';

/** As Kubernetes and its charts label them. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
const PROMETHEUS = {
  namespaceSelector: {},
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
};

export function networkPolicy(wanted: Wanted): OwnedObject | undefined {
  const { metadata, spec, operator } = wanted;
  const { enabled, clients, monitors = [PROMETHEUS] } = spec.networkPolicy;
  if (!enabled) return undefined;
  const pods = podSelector(metadata.name);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMetadata(wanted, metadata.name),
    spec: {
      podSelector: { matchLabels: pods },
      policyTypes: ['Ingress'],
      ingress: [
        ...allow([{ podSelector: { matchLabels: pods } }], PEER_PORTS),
        ...allow(clients, CLIENT_PORTS),
        // An operator outside of the cluster has no pods that a policy could name; the admin port asks for a secret all the same.
        ...allow(operator === undefined ? undefined : [operatorPeer(operator), ...monitors], ['admin']),
      ],
    },
  };
}

function operatorPeer({ namespace, labels }: OperatorPods): object {
  return {
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
    podSelector: { matchLabels: labels },
  };
}

/** `from` undefined: everybody. Nobody at all is a rule that is not there: a rule with an empty list would let everybody in. */
function allow(from: readonly object[] | undefined, ports: readonly PortName[]): object[] {
  if (from === undefined) return [{ ports: policyPorts(ports) }];
  return from.length === 0 ? [] : [{ from, ports: policyPorts(ports) }];
}
