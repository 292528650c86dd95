import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authSecret, authSecretName } from './auth-secret.ts';
import { certificate } from './certificate.ts';
import { clusterSecret } from './cluster-secret.ts';
import { orders } from './orders.ts';
import type { OwnedObject } from './owned-object.ts';
import { serviceAccount } from './service-account.ts';
import { specOf, wantedExample } from './testing/wanted-example.ts';

function textsOf(object: OwnedObject | undefined): Record<string, string> {
  const data = object?.['data'] as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

test('authSecret() tells a client everything that it needs to connect', () => {
  assert.deepEqual(textsOf(authSecret(wantedExample())), {
    type: 'redis',
    provider: 'paxoskv',
    host: 'demo.shop.svc',
    port: '6379',
    username: 'default',
    password: 'open sesame',
    uri: 'redis://default:open%20sesame@demo.shop.svc:6379',
  });
  assert.match(textsOf(authSecret(wantedExample({ tls: { secretName: 'mine' } })))['uri'] ?? '', /^rediss:/);
});

test('authSecret() keeps a password that is being replaced, and shows the first in the address', () => {
  const texts = textsOf(authSecret(wantedExample({}, { password: 'new\nold' })));
  assert.equal(texts['password'], 'new\nold');
  assert.equal(texts['uri'], 'redis://default:new@demo.shop.svc:6379');
});

test('authSecretName() is the one that the spec names, ours, or none', () => {
  const cases: [object, string | undefined, boolean][] = [
    [{}, 'demo-auth', true],
    [{ secretName: 'mine' }, 'mine', false],
    [{ enabled: false }, undefined, false],
  ];
  for (const [auth, name, made] of cases) {
    const wanted = wantedExample({ auth });
    assert.equal(authSecretName(wanted), name);
    assert.equal(authSecret(wanted) !== undefined, made);
  }
});

test('clusterSecret() holds the secret alone, as the replicas read it', () => {
  const object = clusterSecret(wantedExample());
  assert.equal(object.metadata.name, 'demo-cluster-secret');
  assert.deepEqual(textsOf(object), { secret: 'c'.repeat(43) });
});

test('certificate() names every host that a replica is dialled by', () => {
  const wanted = wantedExample({
    tls: { certManager: { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } },
  });
  const spec = specOf(certificate(wanted));
  assert.deepEqual(spec.issuerRef, { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' });
  for (const name of ['*.demo-peers.shop.svc', 'demo.shop.svc', 'demo-leader.shop.svc', 'localhost']) {
    assert.ok(spec.dnsNames.includes(name), name);
  }
  assert.ok(spec.usages.includes('server auth') && spec.usages.includes('client auth'));
  assert.equal(certificate(wantedExample({ tls: { secretName: 'mine' } })), undefined);
  assert.equal(certificate({ ...wanted, served: { ...wanted.served, certificate: false } }), undefined);
});

test('orders() holds what pods are told, as JSON', () => {
  const object = orders(wantedExample({}, { orders: { removedReplicas: ['a'] } }));
  assert.deepEqual(object['data'], { 'orders.json': '{"removedReplicas":["a"]}' });
});

test('serviceAccount() has no token', () => {
  assert.equal(serviceAccount(wantedExample())['automountServiceAccountToken'], false);
});
