/** The Service that clients use. */
import { choice, defaulted, record, optional } from '../schema/description.ts';
import { ownAnnotations } from '../schema/names.ts';

export const SERVICE = record(
  'The Service of all ready replicas, that clients use. Every replica answers everything.',
  {
    type: defaulted(choice('How it is reached.', ['ClusterIP', 'NodePort', 'LoadBalancer']), 'ClusterIP'),
    annotations: optional(
      ownAnnotations('Annotations of the Service: what load balancers and name servers are told by.'),
    ),
  },
);
