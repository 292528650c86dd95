import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podSelector } from './labels.ts';
import { networkPolicy } from './network-policy.ts';
import { specOf, wantedExample } from './testing/wanted-example.ts';

interface IngressRule {
  readonly from?: readonly object[];
  readonly ports: readonly { readonly port: string }[];
}

/** Who may reach a port: a list of peers, `all`, or nobody. */
function whoReaches(port: string, rules: readonly IngressRule[]): unknown {
  const rule = rules.filter(({ ports }) => ports.some((each) => each.port === port));
  if (rule.some(({ from }) => from === undefined)) return 'all';
  return rule.flatMap(({ from }) => from ?? []);
}

const PEERS = { podSelector: { matchLabels: podSelector('demo') } };
const OPERATOR = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'paxoskv-system' } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'paxoskv-operator' } },
};
const PROMETHEUS = {
  namespaceSelector: {},
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
};

test('networkPolicy() lets only replicas to the peer port, everybody to those for clients, and few to the admin port', () => {
  const { ingress, podSelector: pods, policyTypes } = specOf(networkPolicy(wantedExample()));
  assert.deepEqual(pods.matchLabels, podSelector('demo'));
  assert.deepEqual(policyTypes, ['Ingress']);
  assert.deepEqual(whoReaches('peer', ingress), [PEERS]);
  assert.deepEqual(whoReaches('admin', ingress), [PEERS, OPERATOR, PROMETHEUS]);
  for (const port of ['redis', 'http', 'cluster']) assert.equal(whoReaches(port, ingress), 'all');
});

test('networkPolicy() lets in whom the spec names, and nobody where the list is empty', () => {
  const shop = { podSelector: { matchLabels: { app: 'shop' } } };
  const named = specOf(
    networkPolicy(wantedExample({ networkPolicy: { clients: [shop], monitors: [shop] } })),
  );
  assert.deepEqual(whoReaches('redis', named.ingress), [shop]);
  assert.deepEqual(whoReaches('admin', named.ingress), [PEERS, OPERATOR, shop]);
  const closed = specOf(networkPolicy(wantedExample({ networkPolicy: { clients: [], monitors: [] } })));
  assert.deepEqual(whoReaches('redis', closed.ingress), []);
  assert.deepEqual(whoReaches('admin', closed.ingress), [PEERS, OPERATOR]);
});

test('networkPolicy() has the admin port open for an operator that runs outside, and can be switched off', () => {
  const outside = specOf(networkPolicy(wantedExample({}, { operator: undefined })));
  assert.equal(whoReaches('admin', outside.ingress), 'all');
  assert.equal(networkPolicy(wantedExample({ networkPolicy: { enabled: false } })), undefined);
});
