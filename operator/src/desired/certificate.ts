/** What cert-manager is asked for: one certificate for all replicas, for servers and clients, since replicas are both to each other. */
import { leaderServiceName, peerServiceName, serviceHost, tlsSecretName } from './names.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import type { Wanted } from './wanted.ts';

/** Undefined: the certificate is somebody else's, there is no TLS, or nobody here knows the kind. */
export function certificate(wanted: Wanted): OwnedObject | undefined {
  const { metadata, spec, served } = wanted;
  if (spec.tls?.certManager === undefined || !served.certificate) return undefined;
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: ownedMetadata(wanted, tlsSecretName(metadata.name)),
    spec: {
      secretName: tlsSecretName(metadata.name),
      issuerRef: spec.tls.certManager.issuerRef,
      dnsNames: namesOnCertificate(metadata.name, metadata.namespace),
      // Whoever is in the pod, or has forwarded a port.
      ipAddresses: ['127.0.0.1'],
      usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    },
  };
}

function namesOnCertificate(cluster: string, namespace: string): string[] {
  const services = [cluster, leaderServiceName(cluster)];
  return [
    `*.${serviceHost(peerServiceName(cluster), namespace)}`,
    ...services.flatMap((service) => [serviceHost(service, namespace), `${service}.${namespace}`, service]),
    'localhost',
  ];
}
