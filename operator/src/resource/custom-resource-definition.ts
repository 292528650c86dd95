/** What teaches an API server the resource. `npm run manifests` writes it to `manifests/crd.yaml`. */
import { API_VERSION_NAME, GROUP, KIND, PLURAL } from './release.ts';
import { NAME_RULES } from './cluster-name.ts';
import { section } from './schema/description.ts';
import { type Schema, structuralSchema, validation } from './schema/structural-schema.ts';
import { SPEC } from './spec/spec.ts';
import { STATUS } from './status/status.ts';

/** `kubectl get pxc`; those with a priority with `-o wide` only. */
const COLUMNS: readonly Schema[] = [
  { name: 'Ready', type: 'string', jsonPath: '.status.ready', description: 'Ready pods of those asked for' },
  conditionColumn('Available', 'status', 'Whether clients are served'),
  { name: 'Leader', type: 'string', jsonPath: '.status.leader', description: 'The pod that leads' },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Available")].reason',
    description: 'Why clients are served or not',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  {
    ...conditionColumn('QuorumAvailable', 'status', 'Whether a quorum answers'),
    name: 'Quorum',
    priority: 1,
  },
  { ...conditionColumn('Progressing', 'reason', 'What the operator is at'), priority: 1 },
  { ...conditionColumn('Degraded', 'reason', 'What needs a person'), priority: 1 },
  { name: 'Updated', type: 'integer', jsonPath: '.status.updatedReplicas', priority: 1 },
  { name: 'Image', type: 'string', jsonPath: '.spec.image', priority: 1 },
  { name: 'Cluster-Id', type: 'string', jsonPath: '.status.clusterId', priority: 1 },
];

function conditionColumn(type: string, field: 'status' | 'reason', description: string): Schema {
  return {
    name: type,
    type: 'string',
    jsonPath: `.status.conditions[?(@.type=="${type}")].${field}`,
    description,
  };
}

export function customResourceDefinition(): Schema {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: 'paxoscluster',
        shortNames: ['pxc'],
        categories: ['all'],
      },
      versions: [version()],
    },
  };
}

function version(): Schema {
  return {
    name: API_VERSION_NAME,
    served: true,
    storage: true,
    additionalPrinterColumns: COLUMNS,
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
    schema: {
      openAPIV3Schema: {
        description: 'A PaxosKV cluster: a linearizable key-value store that Redis clients speak to.',
        type: 'object',
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
          spec: structuralSchemaOfSpec(),
          status: structuralSchema(STATUS),
        },
        'x-kubernetes-validations': NAME_RULES.map((rule) => validation(rule)),
      },
    },
  };
}

/** Everything has a default: a PaxosCluster needs no more than a name. */
function structuralSchemaOfSpec(): Schema {
  return { ...structuralSchema(SPEC), default: section(SPEC).fallback };
}
