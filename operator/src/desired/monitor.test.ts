import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monitor } from './monitor.ts';
import { peerService } from './peer-service.ts';
import { specOf, wantedExample } from './testing/wanted-example.ts';

const SERVICE_MONITOR = {
  monitoring: { monitor: 'ServiceMonitor', labels: { release: 'prometheus' }, interval: '15s' },
};

test('monitor() makes a ServiceMonitor that finds the peer Service, ready or not', () => {
  const wanted = wantedExample(SERVICE_MONITOR);
  const object = monitor(wanted);
  assert.equal(object?.kind, 'ServiceMonitor');
  assert.equal(object.metadata.labels['release'], 'prometheus');
  const spec = specOf(object);
  const { labels } = peerService(wanted).metadata;
  for (const [key, value] of Object.entries(spec.selector.matchLabels)) assert.equal(labels[key], value);
  assert.deepEqual(spec.podTargetLabels, ['paxoskv.dev/cluster']);
  assert.deepEqual(spec.endpoints, [{ port: 'admin', path: '/metrics', interval: '15s', scheme: 'http' }]);
});

test('monitor() makes a PodMonitor that speaks TLS where the pods do', () => {
  const wanted = wantedExample({ monitoring: { monitor: 'PodMonitor' }, tls: { secretName: 'mine' } });
  const object = monitor(wanted);
  assert.equal(object?.kind, 'PodMonitor');
  assert.deepEqual(specOf(object).podTargetLabels, ['paxoskv.dev/cluster']);
  const [endpoint] = specOf(object).podMetricsEndpoints;
  assert.equal(endpoint.scheme, 'https');
  assert.deepEqual(endpoint.tlsConfig, {
    ca: { secret: { name: 'mine', key: 'ca.crt' } },
    serverName: 'demo.shop.svc',
  });
});

test('monitor() makes nothing that nobody asks for or knows', () => {
  assert.equal(monitor(wantedExample()), undefined);
  const served = { serviceMonitor: false, podMonitor: true, certificate: true };
  assert.equal(monitor(wantedExample(SERVICE_MONITOR, { served })), undefined);
});
