/** The table of cases against the parser; `test/crd` shows it to a real API server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParsedPaxosCluster, parsePaxosCluster } from './paxos-cluster.ts';
import { faultText } from './schema/parse.ts';
import { ACCEPTED_SPECS } from './testing/accepted-specs.ts';
import { REFUSED_SPECS } from './testing/refused-specs.ts';

function parsed(
  spec: unknown,
  { name = 'case', ...more }: { name?: string; status?: unknown } = {},
): ParsedPaxosCluster {
  const metadata = { name, namespace: 'default', uid: 'u', generation: 2, resourceVersion: '7' };
  return parsePaxosCluster({ metadata, spec, ...more });
}

for (const { what, spec, name = 'case', path, must } of REFUSED_SPECS.filter((each) => !each.serverOnly)) {
  test(`parsePaxosCluster() refuses ${what}`, () => {
    const result = parsed(spec, { name });
    assert.equal(result.kind, 'faulty');
    const fault = result.faults.find((each) => each.path === path);
    assert.ok(fault, result.faults.map(faultText).join('\n'));
    if (must !== undefined) assert.ok(fault.must.startsWith(must), faultText(fault));
  });
}

for (const { what, spec } of ACCEPTED_SPECS) {
  test(`parsePaxosCluster() accepts ${what}`, () => {
    const result = parsed(spec);
    assert.equal(
      result.kind,
      'parsed',
      result.kind === 'faulty' ? result.faults.map(faultText).join('\n') : '',
    );
  });
}

test('parsePaxosCluster() finds nothing to change in what it has parsed', () => {
  for (const { what, spec } of ACCEPTED_SPECS) {
    const once = parsed(spec);
    assert.equal(once.kind, 'parsed', what);
    const twice = parsed(once.cluster.spec);
    assert.equal(twice.kind, 'parsed', what);
    assert.deepEqual(twice.cluster.spec, once.cluster.spec, what);
  }
});

test('parsePaxosCluster() puts every default in its place', () => {
  const result = parsed({ storage: { retentionPolicy: { whenScaled: 'Retain' } } });
  assert.equal(result.kind, 'parsed');
  assert.deepEqual(result.cluster.spec, {
    replicas: 3,
    image: 'paxoskv/node:0.1.0',
    imagePullPolicy: 'IfNotPresent',
    storage: { size: '10Gi', retentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } },
    resources: { requests: { cpu: '100m', memory: '256Mi' } },
    scheduling: {},
    updateStrategy: { type: 'LeaderLast' },
    paused: false,
    podDisruptionBudget: { enabled: true },
    service: { type: 'ClusterIP' },
    monitoring: { monitor: 'None', interval: '30s' },
    networkPolicy: { enabled: true },
    auth: { enabled: true },
    pod: {},
    engine: { leaseReads: false },
  });
});

test('parsePaxosCluster() leaves out what it does not know, and makes texts of amounts', () => {
  const result = parsed({ later: true, resources: { limits: { cpu: 2, gpu: 1 } } });
  assert.equal(result.kind, 'parsed');
  assert.deepEqual(result.cluster.spec.resources, { limits: { cpu: '2' } });
  assert.ok(!('later' in result.cluster.spec));
});

test('parsePaxosCluster() keeps the status, and refuses one that it would misread', () => {
  const bootstrap = { clusterId: 'a'.repeat(32), seed: 'b'.repeat(12) };
  const good = parsed({}, { status: { bootstrap, members: [] } });
  assert.equal(good.kind, 'parsed');
  assert.deepEqual(good.cluster.status, { bootstrap, members: [] });
  const bad = parsed({}, { status: { bootstrap: { seed: 'b' } } });
  assert.equal(bad.kind, 'faulty');
  assert.equal(
    bad.faults.map(faultText).join('\n'),
    'status.bootstrap.clusterId must be given: it is absent',
  );
});

test('parsePaxosCluster() tells all faults at once, each with what was written', () => {
  const result = parsed({ replicas: 2, image: 'a', storage: 7 }, { name: 'No' });
  assert.equal(result.kind, 'faulty');
  assert.equal(
    result.faults.map(faultText).join('\n'),
    [
      'metadata.name must have lower-case letters, digits and "-" only in metadata.name, beginning with a letter, such as my-cluster: it is "No"',
      'spec.replicas must be 1, 3, 5 or 7: one more than an odd number survives no more losses, and has more to lose: it is 2',
      'spec.image must be an image with a tag or a digest, such as paxoskv/node:0.1.0: it is "a"',
      'spec.storage must be a record: it is 7',
    ].join('\n'),
  );
});
