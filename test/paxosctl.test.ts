/** The commands of `paxosctl` that ask running replicas, against real processes, with what goes wrong. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { eventually } from './testing/deadline.ts';
import { jsonOf, paxosctl, paxosctlAt, statusOnceLed, succeeded, succeeds } from './testing/paxosctl.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { temporaryDirectory } from '../node/src/storage/testing/temporary-directory.ts';

interface StatusRow {
  readonly id: string | null;
  readonly role: string;
  readonly endpoint: string;
  readonly lagSlots: number | null;
  readonly release: string;
  readonly ready: boolean | null;
}

test('paxosctl status follows one endpoint to all replicas, names one leader, and tells who does not answer', async (t) => {
  const cluster = await RealCluster.start(t);
  const rows = jsonOf(
    await statusOnceLed(() => paxosctlAt(cluster, [1], ['status', '--output', 'json'])),
  ) as StatusRow[];
  assert.equal(rows.length, 3);
  assert.equal(rows.filter(({ role }) => role === 'leader').length, 1);
  assert.equal(rows.filter(({ role }) => role === 'follower').length, 2);
  assert.ok(
    rows.every(({ ready, release, lagSlots }) => ready === true && release === '0.1.0' && lagSlots === 0),
  );

  const { httpPort, peerPort, redisPort } = cluster.address(0);
  for (const port of [httpPort, peerPort, redisPort]) {
    const wrong = await paxosctl(['status', '--endpoints', `127.0.0.1:${port}`]);
    assert.equal(wrong.code, 3, wrong.error);
    assert.match(wrong.error, /is not an admin port|look whether it is an admin port/);
  }

  const leader = await cluster.leader();
  const follower = (leader + 1) % 3;
  await cluster.kill(follower);
  const said = await statusOnceLed(() => paxosctlAt(cluster, [leader], ['status']));
  const line =
    said.out.split('\n').find((each) => each.includes(`:${cluster.address(follower).adminPort}`)) ?? '';
  assert.match(line, /^[0-9a-f]{12} {2}unreachable .*ECONNREFUSED/);

  const other = (leader + 2) % 3;
  await cluster.kill(leader);
  const lost = await eventually('the last one knows of no leader', async () => {
    const answer = await paxosctlAt(cluster, [other], ['status']);
    return answer.code === 1 ? answer : undefined;
  });
  assert.match(lost.error, /No replica leads/);

  const nobody = await paxosctlAt(cluster, [leader, follower], ['status', '--output', 'json']);
  assert.equal(nobody.code, 3);
  const { error } = JSON.parse(nobody.error) as {
    error: { message: string; hint: string; exitCode: number };
  };
  assert.match(
    error.message,
    new RegExp(`127.0.0.1:${cluster.address(leader).adminPort} does not answer: ECONNREFUSED`),
  );
  assert.match(error.hint, /--endpoints/);
  assert.equal(error.exitCode, 3);
});

test('paxosctl get, put and del move bytes, and say by their exit code what was so', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const run = (args: readonly string[], input?: Uint8Array) =>
    paxosctlAt(cluster, [0], args, input === undefined ? {} : { input });
  assert.equal((await succeeds(() => run(['put', 'a', 'hello']))).out, 'revision 1\n');
  assert.equal((await succeeds(() => run(['get', 'a']))).out, 'hello');
  const bytes = Buffer.from([0, 255, 10, 128]);
  await succeeds(() => run(['put', 'grüße', '-'], bytes));
  assert.equal((await succeeds(() => run(['get', 'grüße']))).out, bytes.latin1Slice());
  assert.deepEqual(jsonOf(await succeeds(() => run(['get', 'grüße', '--output=json']))), {
    key: 'grüße',
    value: bytes.toString('base64'),
    valueEncoding: 'base64',
    revision: 2,
  });
  assert.equal((await run(['put', 'a', 'x', '--if-revision', '9'])).code, 1);
  assert.equal((await run(['put', 'new', 'x', '--if-revision', '0'])).code, 0);
  assert.match((await run(['put', 'new', 'x', '--if-revision', '0'])).error, /nothing was changed/);
  const withTtl = jsonOf(
    await run(['put', 't', 'x', '--ttl', '60s']).then(() => run(['get', 't', '--output', 'json'])),
  ) as { expiresAtMs: number };
  assert.ok(withTtl.expiresAtMs > Date.now());
  assert.equal((await run(['del', 'a'])).code, 0);
  assert.equal((await run(['del', 'a'])).code, 1);
  const missing = await run(['get', 'a']);
  assert.equal(missing.code, 1);
  assert.equal(missing.out, '');
  const asJson = async (args: readonly string[]) => {
    const said = await run([...args, '--output', 'json']);
    return [said.code, jsonOf(said)];
  };
  assert.deepEqual(await asJson(['get', 'a']), [1, { key: 'a', value: null, revision: null }]);
  assert.deepEqual(await asJson(['put', 'a', 'x', '--if-revision', '9']), [
    1,
    { key: 'a', changed: false, reason: 'If-Match does not hold: the key does not exist' },
  ]);
  assert.deepEqual(await asJson(['del', 'a']), [
    1,
    { key: 'a', changed: false, reason: 'there is no such key' },
  ]);
  const long = await run(['put', 'k'.repeat(70_000), 'x']);
  assert.equal(long.code, 4);
  assert.match(long.error, /must be at most 65536 bytes/);
});

test('paxosctl log, diff and verify look at all replicas; who does not answer is unknown, never right', async (t) => {
  const cluster = await RealCluster.start(t);
  for (const key of ['a', 'b', 'c']) await succeeds(() => paxosctlAt(cluster, [0], ['put', key, 'x']));
  const leader = await cluster.leader();

  const rows = jsonOf(await paxosctlAt(cluster, [0], ['log', '--output', 'json'])) as {
    id: string;
    files: string[];
  }[];
  assert.equal(rows.length, 3);
  const [first] = rows;
  assert.ok(first !== undefined && first.files.includes('log-000000000001'));
  const file = await paxosctlAt(cluster, [0], ['log', 'log-000000000001', '--replica', first.id.slice(0, 6)]);
  assert.match(succeeded(file).out, /^0 header format \d+ replica [0-9a-f]{12} segment 1$/m);
  assert.match(file.out, /accepted slot 1 .* configuration/);
  const ambiguous = await paxosctlAt(cluster, [0], ['log', 'log-000000000001']);
  assert.equal(ambiguous.code, 4);
  assert.match(ambiguous.error, /--replica must name one replica/);
  const noFile = await paxosctlAt(cluster, [0], ['log', 'nothing', '--replica', first.id]);
  assert.match(noFile.error, /there is no log file of that name/);

  const same = await succeeds(() => paxosctlAt(cluster, [0], ['diff']));
  assert.match(same.error, /^\d+ slots compared, 0 differ/);
  const all = jsonOf(
    await paxosctlAt(cluster, [0], ['diff', '--all', '--from', '2', '--limit', '3', '--output', 'json']),
  ) as { compared: number; different: number; logs: unknown[]; slots: { slot: number; state: string }[] };
  assert.deepEqual([all.compared, all.different, all.logs.length], [3, 0, 3]);
  assert.deepEqual(
    all.slots.map(({ slot, state }) => `${slot} ${state}`),
    ['2 same', '3 same', '4 same'],
  );

  const verdicts = jsonOf(await succeeds(() => paxosctlAt(cluster, [0], ['verify', '--output', 'json']))) as {
    state: string;
    slot: number;
  }[];
  assert.deepEqual(
    verdicts.map(({ state }) => state),
    ['same', 'same', 'same'],
  );
  await cluster.kill((leader + 1) % 3);
  const partly = await paxosctlAt(cluster, [leader], ['verify']);
  assert.equal(partly.code, 5);
  assert.match(partly.out, /^[0-9a-f]{12} +unknown .*ECONNREFUSED/m);
  const partlyCompared = await paxosctlAt(cluster, [leader], ['diff']);
  assert.equal(partlyCompared.code, 5);
  assert.match(partlyCompared.error, /unknown: .*ECONNREFUSED/);
});

test('paxosctl load counts what it did, through RESP and HTTP, and finds every acknowledged write', async (t) => {
  const cluster = await RealCluster.start(t);
  interface Summary {
    readonly reads: { readonly requests: number };
    readonly writes: { readonly requests: number; readonly p50Ms: number; readonly p99Ms: number };
    readonly errors: Readonly<Record<string, number>>;
    readonly checkedKeys: number;
    readonly lost: readonly string[];
  }
  for (const door of ['resp', 'http']) {
    const args = ['load', '--for', '700ms', '--clients', '4', '--door', door, '--output', 'json'];
    const summary = jsonOf(await succeeds(() => paxosctlAt(cluster, [0], args))) as Summary;
    assert.ok(summary.writes.requests > 0 && summary.reads.requests > 0 && summary.checkedKeys > 0);
    assert.ok(summary.writes.p50Ms > 0 && summary.writes.p50Ms <= summary.writes.p99Ms);
    assert.deepEqual(summary.errors, {});
    assert.deepEqual(summary.lost, []);
  }
  // Nothing of it is left, and the replicas agree.
  assert.equal((await cluster.status(0))?.keys, 0);
  await cluster.assertSameState();

  const underWay = paxosctlAt(
    cluster,
    [0, 1, 2],
    ['load', '--for', '3s', '--output', 'json', '--timeout', '10s'],
  );
  const leader = await cluster.leader();
  await eventually(
    'the load has begun',
    async () => ((await cluster.status(leader))?.keys ?? 0) > 0 || undefined,
  );
  await cluster.kill(leader);
  cluster.restart(leader);
  const said = await underWay;
  assert.ok(said.code === 0 || said.code === 5, said.error);
  assert.deepEqual((jsonOf(said) as Summary).lost, []);
  const wrong = await paxosctlAt(cluster, [0], ['load', '--door', 'smtp']);
  assert.equal(wrong.code, 2);
});

test('paxosctl snapshot and backup: from any replica, while it serves, checked, and never over another file', async (t) => {
  const cluster = await RealCluster.start(t);
  const directory = temporaryDirectory(t, 'paxosctl');
  await succeeds(() => paxosctlAt(cluster, [0], ['put', 'a', 'hello']));
  const slots = jsonOf(await succeeds(() => paxosctlAt(cluster, [0], ['snapshot', '--output', 'json']))) as {
    slot: number;
    state: string;
  }[];
  assert.deepEqual(
    slots.map(({ state }) => state),
    ['taken', 'taken', 'taken'],
  );
  for (const index of cluster.indexes) {
    assert.ok(readdirSync(cluster.directoryOf(index)).some((name) => /^snapshot-\d{12}$/.test(name)));
  }
  const file = path.join(directory, 'one');
  const made = jsonOf(
    await succeeds(() => paxosctlAt(cluster, [0], ['backup', file, '--output', 'json'])),
  ) as {
    keys: number;
    replica: string;
  };
  assert.equal(made.keys, 1);
  const leader = (await cluster.status(await cluster.leader()))?.id ?? '';
  assert.notEqual(made.replica, leader, 'a follower has less to do');
  const again = await paxosctlAt(cluster, [0], ['backup', file]);
  assert.equal(again.code, 4);
  assert.match(again.error, /exists/);
  const other = path.join(directory, 'other');
  assert.match(
    (await succeeds(() => paxosctlAt(cluster, [0], ['backup', other, '--replica', leader]))).out,
    /1 keys at slot/,
  );
  const unknown = await paxosctlAt(cluster, [0], ['backup', path.join(directory, 'no'), '--replica', 'zz']);
  assert.equal(unknown.code, 4);
  const nowhere = await paxosctlAt(cluster, [0], ['backup', path.join(directory, 'no/such/place')]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.error, /no\/such/);
  assert.deepEqual(readdirSync(directory).toSorted(), ['one', 'other']);
});

test('paxosctl backup leaves no file behind when what comes in is damaged, or breaks off', async (t) => {
  const directory = temporaryDirectory(t, 'paxosctl');
  const id = '0'.repeat(11);
  const addresses = {
    host: '127.0.0.1',
    peerPort: 1,
    redisPort: 2,
    clusterPort: 3,
    httpPort: 4,
    adminPort: 5,
  };
  const status = {
    id: `${id}1`,
    role: 'leader',
    ballot: `1.${id}1`,
    chosen: 1,
    applied: 1,
    digest: { slot: 1, value: '' },
    members: [{ id: `${id}1`, voter: true, addresses }],
  };
  let breaksOff = false;
  const server = createServer((request, response) => {
    if (request.url === '/v1/status') return void response.end(JSON.stringify(status));
    response.writeHead(200);
    response.write('this is no snapshot');
    if (breaksOff) setImmediate(() => response.destroy());
    else response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const endpoints = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = path.join(directory, 'backup');
  const damaged = await paxosctl(['backup', file, '--endpoints', endpoints]);
  assert.equal(damaged.code, 1, damaged.error);
  assert.match(damaged.error, /is damaged/);
  breaksOff = true;
  const broken = await paxosctl(['backup', file, '--endpoints', endpoints]);
  assert.ok(broken.code === 3 || broken.code === 1, broken.error);
  assert.deepEqual(readdirSync(directory), []);
});

test('paxosctl names the endpoint and what to try when something else listens there', async (t) => {
  const server = createServer((_request, response) => void response.end('<html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const said = await paxosctl(['status', '--endpoints', endpoint]);
  assert.equal(said.code, 3);
  assert.match(
    said.error,
    new RegExp(`${endpoint} is not an admin port of PaxosKV[^]*try: name admin ports`),
  );
  const secure = await paxosctl(['status', '--endpoints', endpoint.replace('http:', 'https:')]);
  assert.equal(secure.code, 3);
  assert.match(secure.error, /does not answer: EPROTO[^]*try: .*without TLS the endpoint begins with http:/);

  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.closeAllConnections());
  t.after(() => silent.close());
  const port = (silent.address() as AddressInfo).port;
  const late = await paxosctl(['status', '--endpoints', `127.0.0.1:${port}`, '--timeout', '200ms']);
  assert.equal(late.code, 3);
  assert.match(late.error, /nothing came within 200 ms[^]*--timeout/);
});

test('paxosctl refuses arguments that make no sense by option, value and rule, with 2, and tries nothing', async () => {
  const cases: [readonly string[], RegExp][] = [
    [['stauts'], /the command must be one that paxosctl --help lists: it is "stauts"/],
    [['member'], /the command must be member add or member promote or member remove/],
    [['status', '--colour'], /option must be one that --help lists: it is "--colour"/],
    [['status', 'x'], /argument must be an option: it is "x"/],
    [['status', '--output', 'yaml'], /--output must be text or json/],
    [['status', '--endpoints', 'ftp://x'], /--endpoints must name endpoints such as/],
    [['put', 'a'], /VALUE must be given: paxosctl put KEY VALUE/],
    [['status', '--timeout', '5'], /--timeout must be a time such as/],
    [['status', '--tls-ca-file', '/nowhere'], /--tls-ca-file must be a file that can be read/],
    [['member', 'remove', 'abc'], /ID must be 12 hexadecimal digits/],
    [['member', 'add', '0123456789ab', 'a:b:c'], /ADDRESS must be HOST/],
    [['restore', 'x'], /--dir must be given/],
    [['recover'], /--dir must name the directory of each survivor/],
    [['log', '--from', '3'], /--from "3"|--from needs --dir/],
    [['verify', '--dir', '/nowhere'], /--dir must be a directory that exists/],
    [['bootstrap', '--endpoints', 'a:1,b:2'], /--endpoints must name exactly one replica/],
    [['completion', 'fish'], /SHELL must be bash or zsh/],
    [['backup', '/nowhere/backup'], /FILE must be in a directory that exists, which \/nowhere does not/],
    [
      ['restore', 'x', '--dir', 'a', '--dir', 'b', '--address', 'h', '--address', 'h'],
      /--address must not use h:\d+ a second time/,
    ],
    [['watch', ''], /KEY must not be empty/],
    [['put', 'a', 'b', '--ttl', '0'], /--ttl must be whole seconds .* more than 0/],
    [['member', 'add', '0123456789ab', '127.0.0.1:1'], /ADDRESS must name the redis port, too/],
  ];
  for (const [args, pattern] of cases) {
    const said = await paxosctl(args);
    assert.equal(said.code, 2, `${args.join(' ')}: ${said.error}`);
    assert.match(said.error, pattern);
    assert.equal(said.out, '');
  }
  const help = succeeded(await paxosctl(['--help']));
  assert.match(help.out, /member add ID ADDRESS/);
  assert.match(succeeded(await paxosctl(['member', 'add', '--help'])).out, /--promote/);
  assert.ok(!existsSync('/nowhere'));
});

test('paxosctl starts with whatever Node.js the machine has', () => {
  const program = path.join(import.meta.dirname, '../node/ctl/paxosctl.mjs');
  const said = spawnSync(program, ['status', '--endpoints', '127.0.0.1:1'], { encoding: 'utf8' });
  assert.equal(said.error, undefined);
  assert.equal(said.status, 3);
  assert.match(said.stderr, /^paxosctl: http:\/\/127\.0\.0\.1:1 does not answer: ECONNREFUSED$/m);
});
