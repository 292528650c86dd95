import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientService } from './client-service.ts';
import { podSelector, podSelectorText } from './labels.ts';
import { leaderService } from './leader-service.ts';
import { peerService } from './peer-service.ts';
import { podTemplate } from './pod-template.ts';
import { specOf, wantedExample } from './testing/wanted-example.ts';

test('peerService() names pods before they are ready', () => {
  const service = peerService(wantedExample());
  const spec = specOf(service);
  assert.equal(service.metadata.name, 'demo-peers');
  assert.equal(spec.clusterIP, 'None');
  assert.equal(spec.publishNotReadyAddresses, true);
});

test('clientService() offers the ports of clients on all ready pods, in the way that is asked for', () => {
  const service = { type: 'NodePort', annotations: { 'example.com/a': 'b' } };
  const object = clientService(wantedExample({ service }));
  const spec = specOf(object);
  assert.equal(spec.type, 'NodePort');
  assert.deepEqual(object.metadata.annotations, { 'example.com/a': 'b' });
  assert.ok(!('publishNotReadyAddresses' in spec));
  assert.deepEqual(
    spec.ports.map(({ name, port }: { name: string; port: number }) => [name, port]),
    [
      ['redis', 6379],
      ['http', 8379],
      ['cluster', 5379],
    ],
  );
});

test('leaderService() selects the pod that leads, and every pod while nobody is known to', () => {
  const [known, unknown] = [true, false].map((leaderKnown) =>
    specOf(leaderService(wantedExample({}, { leaderKnown }))),
  );
  assert.deepEqual(known.selector, { ...podSelector('demo'), 'paxoskv.dev/role': 'leader' });
  assert.deepEqual(unknown.selector, podSelector('demo'));
});

test('services lead to ports that the pods have', () => {
  const wanted = wantedExample();
  const { spec } = podTemplate(wanted) as { spec: { containers: { ports: { name: string }[] }[] } };
  const names = spec.containers[0]?.ports.map(({ name }) => name) ?? [];
  for (const service of [peerService(wanted), clientService(wanted), leaderService(wanted)]) {
    for (const { targetPort } of specOf(service).ports) assert.ok(names.includes(targetPort), targetPort);
  }
});

test('podSelectorText() is the selector in one line', () => {
  assert.equal(
    podSelectorText('demo'),
    'app.kubernetes.io/name=paxoskv,app.kubernetes.io/component=replica,paxoskv.dev/cluster=demo',
  );
});
