import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CONNECTION_VARIABLES } from '../../../node/ctl/connections.ts';
import { type Options, parseOptions } from '../../../node/src/options.ts';
import { podTemplate } from './pod-template.ts';
import { FULL_SPEC, wantedExample } from './testing/wanted-example.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a test names the fields that it expects
function podOf(...given: Parameters<typeof wantedExample>): any {
  const template = podTemplate(wantedExample(...given)) as { spec: unknown };
  return template.spec;
}

/** What the replica itself makes of the arguments, in the pod of ordinal 0. */
function optionsOf(...given: Parameters<typeof wantedExample>): Options {
  const args = podOf(...given).containers[0].args as string[];
  const real = args.map((each) => each.replace('$(POD_NAME)', 'demo-0'));
  const options = parseOptions(real, { env: {}, stdout: {} });
  assert.ok(typeof options !== 'string');
  return options;
}

test('podTemplate() gives arguments that a replica understands: it waits to be told, at an address that stays', () => {
  const options = optionsOf();
  assert.equal(options.join, true);
  assert.deepEqual(options.peers, []);
  assert.equal(options.directory, '/data/replica');
  assert.deepEqual(options.addresses, {
    host: 'demo-0.demo-peers.shop.svc',
    redisPort: 6379,
    peerPort: 7379,
    httpPort: 8379,
    adminPort: 9379,
    clusterPort: 5379,
  });
  assert.equal(options.listenHost, '0.0.0.0');
  assert.equal(options.dataQuotaBytes, 0);
  assert.equal(options.lease, false);
  assert.equal(options.drainMs, 5_000);
  assert.deepEqual(options.access, {
    password: '/run/paxoskv/auth/password',
    clusterSecret: '/run/paxoskv/cluster-secret/secret',
    tls: undefined,
  });
});

test('podTemplate() passes on the settings of the engine and the certificates', () => {
  const options = optionsOf(FULL_SPEC);
  assert.equal(options.dataQuotaBytes, 2 ** 30);
  assert.equal(options.lease, true);
  assert.deepEqual(options.access.tls, {
    certificate: '/run/paxoskv/tls/tls.crt',
    key: '/run/paxoskv/tls/tls.key',
    authority: '/run/paxoskv/tls/ca.crt',
    clientAuthority: '/run/paxoskv/client-authority/ca.crt',
  });
  assert.equal(optionsOf({ auth: { enabled: false } }).access.password, undefined);
});

test('podTemplate() mounts every file that an argument names', () => {
  for (const spec of [{}, FULL_SPEC, { auth: { secretName: 'mine' }, tls: { secretName: 'certificate' } }]) {
    const pod = podOf(spec);
    const [{ args, volumeMounts }] = pod.containers;
    const files = (args as string[]).flatMap((each) => /-file=(.*)$/.exec(each)?.[1] ?? []);
    for (const file of files) {
      const mount = volumeMounts.find(({ mountPath }: { mountPath: string }) =>
        file.startsWith(`${mountPath}/`),
      );
      assert.ok(mount?.readOnly, file);
      const volume = pod.volumes.find(({ name }: { name: string }) => name === mount.name);
      const key = file.slice(mount.mountPath.length + 1);
      assert.ok(
        volume.secret.items.some((item: { path: string }) => item.path === key),
        file,
      );
      assert.equal(volume.secret.defaultMode, 0o440);
    }
  }
});

test('podTemplate() keeps to the restricted standard, and has no token', () => {
  const pod = podOf();
  const [container] = pod.containers;
  assert.equal(pod.automountServiceAccountToken, false);
  assert.equal(pod.securityContext.runAsNonRoot, true);
  assert.deepEqual(pod.securityContext.seccompProfile, { type: 'RuntimeDefault' });
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('podTemplate() gives a replica more time to end than its drain takes', () => {
  const pod = podOf();
  const drain = (pod.containers[0].args as string[]).find((each) => each.startsWith('--drain-time='));
  assert.equal(drain, '--drain-time=5s');
  // Five seconds to finish requests, two to hand over the lead.
  assert.ok(pod.terminationGracePeriodSeconds >= 5 + 5 + 2);
});

test('podTemplate() asks at the admin port, in the language that it speaks', () => {
  for (const [spec, scheme] of [
    [{}, 'HTTP'],
    [{ tls: { secretName: 'mine' } }, 'HTTPS'],
  ] as const) {
    const [container] = podOf(spec).containers;
    assert.deepEqual(container.startupProbe.httpGet, { path: '/livez', port: 'admin', scheme });
    assert.deepEqual(container.livenessProbe.httpGet, { path: '/livez', port: 'admin', scheme });
    assert.deepEqual(container.readinessProbe.httpGet, { path: '/readyz', port: 'admin', scheme });
  }
});

test('podTemplate() spreads pods over zones and nodes as far as possible, unless told otherwise', () => {
  const labelSelector = {
    matchLabels: {
      'app.kubernetes.io/name': 'paxoskv',
      'app.kubernetes.io/component': 'replica',
      'paxoskv.dev/cluster': 'demo',
    },
  };
  const rest = { maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector };
  assert.deepEqual(podOf().topologySpreadConstraints, [
    { topologyKey: 'topology.kubernetes.io/zone', ...rest },
    { topologyKey: 'kubernetes.io/hostname', ...rest },
  ]);
  assert.deepEqual(podOf({ scheduling: { topologySpreadConstraints: [] } }).topologySpreadConstraints, []);
  const own = { maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} };
  const given = { scheduling: { topologySpreadConstraints: [own] } };
  assert.deepEqual(podOf(given).topologySpreadConstraints, [own]);
});

test('podTemplate() tells paxosctl in the pod where to ask, and shows it the files that the replica has', () => {
  for (const spec of [{}, FULL_SPEC, { auth: { enabled: false } }]) {
    const [{ args, env }] = podOf(spec).containers;
    const told = new Map((env as { name: string; value: string }[]).map(({ name, value }) => [name, value]));
    const { endpoints = '', ...files } = CONNECTION_VARIABLES;
    assert.equal(told.get(endpoints), '$(POD_NAME).demo-peers.shop.svc:9379');
    for (const [option, variable] of Object.entries(files)) {
      const given = (args as string[]).find((each) => each.startsWith(`--${option}=`));
      assert.equal(told.get(variable), given?.slice(option.length + 3), variable);
    }
  }
});

test("podTemplate() adds the user's variables behind its own", () => {
  const env = podOf(FULL_SPEC).containers[0].env as { name: string }[];
  assert.equal(env.at(0)?.name, 'POD_NAME');
  assert.equal(env.at(-1)?.name, 'NODE_OPTIONS');
});

test('before the replica starts, its directory is prepared by the orders, with the same volumes and no more rights', () => {
  const { initContainers, containers } = podOf(FULL_SPEC);
  const [prepare] = initContainers;
  assert.deepEqual(prepare.command, ['paxosctl', 'prepare']);
  assert.ok(prepare.args.includes('--orders=/run/paxoskv/orders/orders.json'), prepare.args.join(' '));
  assert.ok(prepare.args.includes('--address={pod}.demo-peers.shop.svc'), prepare.args.join(' '));
  assert.ok(
    !prepare.args.some((each: string) => each.startsWith('--tls-client') || each.startsWith('--password')),
  );
  assert.deepEqual(prepare.volumeMounts, containers[0].volumeMounts);
  assert.deepEqual(prepare.securityContext, containers[0].securityContext);
});

/** `RECORD=1 npm test -- pod-template` writes it anew; `npx oxfmt` makes it pretty. */
test('podTemplate() is as it was: a change rolls every pod of every cluster when the operator is upgraded', () => {
  const file = path.join(import.meta.dirname, 'testing/pod-template.json');
  // The image is written into each cluster when it is made.
  const template = podTemplate(wantedExample({ image: 'paxoskv/node:0.1.0' }));
  if (process.env['RECORD'] === '1') writeFileSync(file, `${JSON.stringify(template, undefined, 2)}\n`);
  assert.deepEqual(template, JSON.parse(readFileSync(file, 'utf8')), 'if it must be, say so in CHANGELOG.md');
});
