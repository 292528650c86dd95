/** The charts: their values are explained, bounded and of this release; what they make has the rights that the operator needs, and no others. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, test } from 'node:test';
import { load } from 'js-yaml';
import { CLUSTER_PERMISSIONS } from '../operator/src/controller/permissions.ts';
import { parsePaxosCluster } from '../operator/src/resource/paxos-cluster.ts';
import { ACCEPTED_SPECS } from '../operator/src/resource/testing/accepted-specs.ts';
import { FULL_SPEC } from '../operator/src/desired/testing/wanted-example.ts';
import { NODE_IMAGE, VERSION } from '../operator/src/resource/release.ts';
import { leaseRules, type Rule, rulesOf } from '../scripts/operator-chart.ts';
import { leavesOf, unexplained, valueRows } from '../scripts/value-table.ts';
import { helm, helmMissing, type Manifest, rendered } from './testing/helm.ts';

const root = path.join(import.meta.dirname, '..');
const CHARTS = ['paxoskv-operator', 'paxoskv-cluster'] as const;

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** Paths that a schema knows, down to where anything goes. */
function schemaLeaves({ properties }: JsonSchema, at: readonly string[] = []): string[] {
  if (properties === undefined) return [at.join('.')];
  return Object.entries(properties).flatMap(([name, schema]) => schemaLeaves(schema, [...at, name]));
}

for (const chart of CHARTS) {
  const values = read(`charts/${chart}/values.yaml`);
  const schema = JSON.parse(read(`charts/${chart}/values.schema.json`)) as JsonSchema;

  test(`${chart} is of this release`, () => {
    const about = load(read(`charts/${chart}/Chart.yaml`)) as Record<string, unknown> & {
      annotations: Record<string, string>;
    };
    assert.equal(about['version'], VERSION);
    assert.equal(about['appVersion'], VERSION);
    assert.ok(about.annotations['artifacthub.io/images']?.includes(NODE_IMAGE));
  });

  test(`every value of ${chart} has an explanation and a place in the schema`, () => {
    assert.deepEqual(unexplained(values), []);
    const known = schemaLeaves(schema);
    const strangers = leavesOf(load(values)).filter(
      (leaf) =>
        !known.some((each) => leaf === each || leaf.startsWith(`${each}.`) || each.startsWith(`${leaf}.`)),
    );
    assert.deepEqual(strangers, []);
  });

  test(`the schema of ${chart} names nothing that values.yaml does not`, () => {
    const explained = valueRows(values).map((row) => row.path);
    const unknown = schemaLeaves(schema).filter(
      (leaf) => leaf !== 'global' && !explained.some((each) => leaf === each || leaf.startsWith(`${each}.`)),
    );
    assert.deepEqual(unknown, []);
  });
}

const RIGHTS = ['Role', 'ClusterRole'];

function rolesOf(objects: readonly Manifest[]): (Manifest & { readonly rules: readonly Rule[] })[] {
  return objects.filter(({ kind }) => RIGHTS.includes(kind)) as never;
}

/** Of the definition of PaxosCluster. */
function policyOf(values: object): unknown {
  return rendered('paxoskv-operator', values).find(({ kind }) => kind === 'CustomResourceDefinition')
    ?.metadata.annotations?.['helm.sh/resource-policy'];
}

/** The roles that are for people are told by the label by which Kubernetes adds them to its own. */
function isForPeople({ metadata }: Manifest): boolean {
  return Object.keys(metadata.labels ?? {}).some((name) => name.includes('/aggregate-to-'));
}

describe('the charts, made by Helm', { skip: helmMissing() ?? false }, () => {
  for (const chart of CHARTS) {
    it(`finds nothing to complain about in ${chart}`, () => {
      const { accepted, stdout, stderr } = helm(['lint', '--strict', `charts/${chart}`]);
      assert.ok(accepted, stdout + stderr);
    });

    it(`refuses a value that ${chart} does not have`, () => {
      const { accepted, stderr } = helm(['template', `charts/${chart}`, '--set', 'noSuchValue=1']);
      assert.ok(!accepted && stderr.includes('noSuchValue'), stderr);
    });
  }

  it('gives the operator everywhere the rights that it uses, and no others', () => {
    const roles = rolesOf(rendered('paxoskv-operator')).filter((role) => !isForPeople(role));
    assert.deepEqual(
      roles.map(({ kind, rules }) => ({ kind, rules })),
      [
        { kind: 'ClusterRole', rules: rulesOf(CLUSTER_PERMISSIONS) },
        { kind: 'Role', rules: leaseRules('here-paxoskv-operator') },
      ],
    );
  });

  it('gives the operator of some namespaces no rights anywhere else', () => {
    const objects = rendered('paxoskv-operator', {
      watchNamespaces: ['shop', 'stage'],
      rbac: { aggregateClusterRoles: false },
      crds: { create: false },
    });
    assert.deepEqual(
      rolesOf(objects).map(({ kind, metadata, rules }) => [kind, metadata.namespace, rules]),
      [
        ['Role', 'shop', rulesOf(CLUSTER_PERMISSIONS)],
        ['Role', 'stage', rulesOf(CLUSTER_PERMISSIONS)],
        ['Role', 'there', leaseRules('here-paxoskv-operator')],
      ],
    );
    assert.deepEqual(
      objects.filter(({ metadata }) => metadata.namespace === undefined),
      [],
    );
  });

  it('tells the operator where the documentation is read, if anybody said so', () => {
    const argument = '--documentation=https://example.com/docs';
    const told = rendered('paxoskv-operator', { documentation: 'https://example.com/docs' });
    assert.ok(JSON.stringify(told).includes(argument));
    assert.ok(!JSON.stringify(rendered('paxoskv-operator')).includes('--documentation'));
  });

  it('keeps the definition when the release goes, unless told otherwise', () => {
    assert.equal(policyOf({}), 'keep');
    assert.equal(policyOf({ crds: { keep: false } }), undefined);
  });

  it('makes every object that is off by default', () => {
    const kinds = rendered('paxoskv-operator', {
      metrics: { serviceMonitor: { enabled: true } },
      podDisruptionBudget: { enabled: true },
    }).map(({ kind }) => kind);
    assert.ok(kinds.includes('ServiceMonitor') && kinds.includes('PodDisruptionBudget'));
  });

  for (const { what, spec } of [...ACCEPTED_SPECS, { what: 'everything at once', spec: FULL_SPEC }]) {
    it(`makes of values with ${what} the cluster that the same spec makes`, () => {
      const cluster = rendered('paxoskv-cluster', spec).find(({ kind }) => kind === 'PaxosCluster');
      assert.deepEqual(parsedSpec(cluster?.['spec']), parsedSpec(spec));
    });
  }

  it('tests a cluster with the password and the certificates that it has', () => {
    assert.match(podOf({}), /"secretKeyRef":{"name":"here-auth"/);
    assert.match(podOf({ auth: { secretName: 'given' } }), /"secretKeyRef":{"name":"given"/);
    assert.doesNotMatch(podOf({ auth: { enabled: false } }), /secretKeyRef|"volumes"/);
    assert.match(podOf({ tls: { secretName: 'bought' } }), /"secretName":"bought"/);
    const certManager = { issuerRef: { name: 'house' } };
    assert.match(podOf({ tls: { certManager } }), /"secretName":"here-tls"/);
  });
});

/** Of the pod that `helm test` starts. */
function podOf(values: object): string {
  const pod = rendered('paxoskv-cluster', values).find(({ kind }) => kind === 'Pod');
  return JSON.stringify(pod?.['spec']);
}

/** With all defaults. */
function parsedSpec(spec: unknown): unknown {
  const metadata = { name: 'here', namespace: 'there', uid: 'u', resourceVersion: '1' };
  const parsed = parsePaxosCluster({ metadata, spec });
  assert.equal(parsed.kind, 'parsed');
  return parsed.cluster.spec;
}

test('what runs as the command of a container holds nothing that Kubernetes expands', () => {
  assert.doesNotMatch(read('charts/paxoskv-cluster/files/client.mjs'), /\$\$|\$\(/);
  assert.doesNotMatch(read('charts/paxoskv-operator/templates/tests/ready.yaml'), /\$\$|\$\(/);
});

test('no rule of any Role holds a star', () => {
  const files = [
    'charts/paxoskv-operator/templates/_permissions.tpl',
    'charts/paxoskv-operator/templates/user-roles.yaml',
  ];
  for (const file of files)
    assert.doesNotMatch(read(file), /^\s*(?:-\s)?(?:apiGroups|resources|verbs):.*\*/m);
});
