/** The parts of the operator's chart that are made: the definition of PaxosCluster, and the rules of its Roles. */
import { dump } from 'js-yaml';
import {
  CLUSTER_PERMISSIONS,
  LEASE_PERMISSIONS,
  type Permission,
  type Verb,
} from '../operator/src/controller/permissions.ts';
import { customResourceDefinition } from '../operator/src/resource/custom-resource-definition.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Filled in by the chart. */
const LEASE_NAME = '{{ include "paxoskv-operator.leaseName" . }}';
const MADE = '{{- /* Made by `npm run manifests`. */}}';

export function rulesOf(permissions: readonly Permission[]): Rule[] {
  return permissions.map(({ kind, subresource, verbs }) => ({
    apiGroups: [kind.apiVersion.includes('/') ? (kind.apiVersion.split('/')[0] ?? '') : ''],
    resources: [subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`],
    verbs,
  }));
}

/** The lease alone, wherever a rule can name one: what is created has no name yet. */
export function leaseRules(leaseName: string): Rule[] {
  return [
    ...rulesOf(onlyVerbs((verb) => verb === 'create')),
    ...rulesOf(onlyVerbs((verb) => verb !== 'create')).map((rule) => ({
      ...rule,
      resourceNames: [leaseName],
    })),
  ];
}

function onlyVerbs(keep: (verb: Verb) => boolean): Permission[] {
  return LEASE_PERMISSIONS.map((permission) => ({ ...permission, verbs: permission.verbs.filter(keep) }));
}

/** `templates/_permissions.tpl`. */
export function permissionsTemplate(): string {
  return [
    MADE,
    rulesTemplate('clusterRules', rulesOf(CLUSTER_PERMISSIONS)),
    rulesTemplate('leaseRules', leaseRules(LEASE_NAME)),
  ].join('\n');
}

function rulesTemplate(name: string, rules: readonly Rule[]): string {
  const text = dump(rules, { flowLevel: 2, lineWidth: -1, noRefs: true });
  return `{{- define "paxoskv-operator.${name}" -}}\n${text}{{- end }}\n`;
}

/** `templates/crd.yaml`. */
export function definitionTemplate(): string {
  const { apiVersion, kind, metadata, spec } = customResourceDefinition() as {
    apiVersion: string;
    kind: string;
    metadata: { name: string };
    spec: object;
  };
  const text = dump({ spec }, { lineWidth: -1, noRefs: true });
  if (text.includes('{{')) throw new Error('the definition holds what Helm takes for a template: escape it');
  return `${MADE}
{{- if .Values.crds.create }}
apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: ${metadata.name}
  labels:
    {{- include "paxoskv-operator.labels" . | nindent 4 }}
  {{- $keep := ternary (dict "helm.sh/resource-policy" "keep") (dict) .Values.crds.keep }}
  {{- with mergeOverwrite (deepCopy .Values.commonAnnotations) $keep }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
${text}{{- end }}
`;
}
