/** What the Prometheus operator is told: to read the metrics of every pod, ready or not, at the admin port. */
import { CLUSTER_LABEL, podSelector } from './labels.ts';
import { serviceHost, tlsSecretName } from './names.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import type { Wanted } from './wanted.ts';

/** Of the Services only that one has the admin port. */
const PEER_SERVICE_LABEL = { 'paxoskv.dev/service': 'peers' };

/**
 * Labels of the pod that its series bear, beside `namespace` and `pod`: `paxoskv_dev_cluster`. Not `cluster`, which many a
 * Prometheus says which Kubernetes it watches with. Who reads pods by annotations, with all of their labels, gets the same name.
 */
const SERIES_LABELS = [CLUSTER_LABEL];

/** Undefined: none is asked for, or nobody here knows the kind. */
export function monitor(wanted: Wanted): OwnedObject | undefined {
  const { spec, served } = wanted;
  switch (spec.monitoring.monitor) {
    case 'None':
      return undefined;
    case 'ServiceMonitor':
      return served.serviceMonitor ? serviceMonitor(wanted) : undefined;
    case 'PodMonitor':
      return served.podMonitor ? podMonitor(wanted) : undefined;
  }
}

function serviceMonitor(wanted: Wanted): OwnedObject {
  const selector = { matchLabels: { ...podSelector(wanted.metadata.name), ...PEER_SERVICE_LABEL } };
  return monitorOf(wanted, 'ServiceMonitor', { selector, endpoints: [endpoint(wanted)] });
}

function podMonitor(wanted: Wanted): OwnedObject {
  const selector = { matchLabels: podSelector(wanted.metadata.name) };
  return monitorOf(wanted, 'PodMonitor', { selector, podMetricsEndpoints: [endpoint(wanted)] });
}

function monitorOf(wanted: Wanted, kind: string, spec: object): OwnedObject {
  const { labels } = wanted.spec.monitoring;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind,
    metadata: ownedMetadata(wanted, wanted.metadata.name, labels === undefined ? {} : { labels }),
    spec: { ...spec, podTargetLabels: SERIES_LABELS },
  };
}

function endpoint({ metadata, spec }: Wanted): object {
  const plain = { port: 'admin', path: '/metrics', interval: spec.monitoring.interval };
  if (spec.tls === undefined) return { ...plain, scheme: 'http' };
  const name = spec.tls.secretName ?? tlsSecretName(metadata.name);
  return {
    ...plain,
    scheme: 'https',
    tlsConfig: {
      ca: { secret: { name, key: 'ca.crt' } },
      // Prometheus dials addresses, which stand on no certificate.
      serverName: serviceHost(metadata.name, metadata.namespace),
    },
  };
}
