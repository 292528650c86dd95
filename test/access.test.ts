/** A whole cluster behind passwords, a cluster secret and TLS: it works, it lets nobody else in, and all three can be replaced. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { describeCluster } from '../node/local/messages.ts';
import type { AccessFiles } from '../node/src/access-options.ts';
import { Authority, withoutOpenssl } from '../node/src/tls/testing/certificates.ts';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

const HOST = '127.0.0.1';
const CURL = '/usr/bin/curl';
const REPLICA = path.join(import.meta.dirname, '../node/src/main.ts');
const LOCAL = path.join(import.meta.dirname, '../node/local/main.ts');
const run = promisify(execFile);

/** A file that is replaced as a whole, like an editor's. */
class Replaceable {
  readonly name: string;

  constructor(directory: string, name: string, ...lines: readonly string[]) {
    this.name = path.join(directory, name);
    this.replace(...lines);
  }

  replace(...lines: readonly string[]): void {
    writeFileSync(`${this.name}.new`, `${lines.join('\n')}\n`);
    renameSync(`${this.name}.new`, this.name);
  }
}

function directoryOf(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-access-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** How often each replica has said something. */
function said(cluster: RealCluster, pattern: RegExp): number[] {
  return cluster.indexes.map((index) => cluster.lines(index).filter((line) => pattern.test(line)).length);
}

async function allSay(cluster: RealCluster, pattern: RegExp, times = 1): Promise<void> {
  await eventually(`all replicas say ${String(pattern)} ${times} times`, () =>
    said(cluster, pattern).every((count) => count >= times) ? true : undefined,
  );
}

test('passwords and the cluster secret of a running cluster are replaced, and nobody else gets in', async (t) => {
  const directory = directoryOf(t);
  const passwords = new Replaceable(directory, 'passwords', 'hush-old-password');
  const [oldSecret, newSecret] = ['hush-old-'.repeat(4), 'hush-new-'.repeat(4)] as const;
  const secrets = new Replaceable(directory, 'secrets', oldSecret);
  const access: AccessFiles = { password: passwords.name, clusterSecret: secrets.name, tls: undefined };
  const cluster = await RealCluster.start(t, 3, { access });
  const port = cluster.address(0).redisPort;

  const client = await RespConnection.open(port);
  assert.equal(await client.ask('SET', 'a', '1'), '-NOAUTH Authentication required.\r\n');
  assert.equal(await client.ask('AUTH', 'hush-old-password'), '+OK\r\n');
  assert.equal(await client.ask('SET', 'a', '1'), '+OK\r\n');
  const { httpPort, adminPort } = cluster.address(1);
  const http = async (password: string) =>
    await fetch(`http://${HOST}:${httpPort}/v1/kv/a`, { headers: { authorization: `Bearer ${password}` } });
  assert.equal((await http('hush-wrong')).status, 401);
  assert.equal(await (await http('hush-old-password')).text(), '1');
  assert.equal((await fetch(`http://${HOST}:${adminPort}/v1/status`)).status, 401);
  assert.equal((await fetch(`http://${HOST}:${adminPort}/readyz`)).status, 200);

  // A file in a bad state changes nothing.
  passwords.replace('');
  await allSay(cluster, /--password-file NOT read again: .*still in force: 1 password of/);
  assert.equal(await (await http('hush-old-password')).text(), '1');

  passwords.replace('hush-old-password', 'hush-new-password');
  await allSay(cluster, /--password-file read again: 2 passwords/);
  const next = await RespConnection.open(port);
  assert.equal(await next.ask('AUTH', 'hush-new-password'), '+OK\r\n');
  assert.equal(await client.ask('GET', 'a'), '$1\r\n1\r\n');
  passwords.replace('hush-new-password');
  await allSay(cluster, /--password-file read again: 1 password/);
  await eventually('who has the old password only is out', () => (client.isClosed ? true : undefined));
  assert.equal(await next.ask('INCR', 'a'), ':2\r\n');
  assert.equal((await http('hush-old-password')).status, 401);

  secrets.replace(oldSecret, newSecret);
  await allSay(cluster, /--cluster-secret-file read again: 2 cluster secrets/);
  secrets.replace(newSecret);
  await allSay(cluster, /--cluster-secret-file read again: 1 cluster secret/);
  await cluster.allReady();
  await eventually('writes go on', async () =>
    (await next.ask('INCR', 'a'))?.startsWith(':') ? true : undefined,
  );

  // Who comes back, comes back with the new secret.
  await cluster.kill(2);
  cluster.restart(2);
  await cluster.allReady();
  await cluster.assertSameState();

  const story = cluster.story();
  assert.ok(!story.includes('hush-'), 'no secret stands in the log');
});

test(
  'a cluster speaks TLS at every port, and takes new certificates without a break',
  { skip: withoutOpenssl },
  async (t) => {
    const directory = directoryOf(t);
    const authority = new Authority(t);
    const password = new Replaceable(directory, 'password', 'open sesame');
    const secret = new Replaceable(directory, 'secret', 's'.repeat(32));
    const tls = authority.replicaFiles();
    const access = { password: password.name, clusterSecret: secret.name, tls };
    const cluster = await RealCluster.start(t, 3, { access });
    const { redisPort, clusterPort, httpPort, adminPort } = cluster.address(0);
    const options = { host: HOST, password: 'open sesame', tls: { ca: authority.pem } };

    const redis = new Redis({ ...options, port: redisPort });
    t.after(() => redis.disconnect());
    assert.equal(await redis.set('a', '1'), 'OK');
    const shards = new Cluster([{ host: HOST, port: clusterPort }], {
      redisOptions: options,
      // Its names for the replicas are addresses, which the certificate is for.
      dnsLookup: (address, done) => done(null, address),
    });
    t.after(() => shards.disconnect());
    assert.equal(await shards.incr('a'), 2);

    if (existsSync(CURL)) {
      const curl = async (url: string, bearer: string) =>
        (await run(CURL, ['-sS', '--cacert', authority.file, '-H', `Authorization: Bearer ${bearer}`, url]))
          .stdout;
      assert.equal(await curl(`https://${HOST}:${httpPort}/v1/kv/a`, 'open sesame'), '2');
      assert.match(await curl(`https://${HOST}:${adminPort}/v1/status`, 's'.repeat(32)), /"ready":true/);
      assert.match(await curl(`https://${HOST}:${adminPort}/livez`, 'nothing'), /"live":true/);
    }
    await allSay(
      cluster,
      /speaks TLS: the certificate for DNS:localhost, IP Address:127\.0\.0\.1, valid until/,
    );

    // While they come up two of them may dial each other at once, and one of the two links goes.
    const downBefore = said(cluster, /link to .* is down/);
    const next = authority.issue('DNS:renewed,IP:127.0.0.1');
    for (const [from, to] of [
      [next.certificate, tls.certificate],
      [next.key, tls.key],
    ] as const) {
      copyFileSync(from, to);
    }
    await allSay(cluster, /companions read again: the certificate for DNS:renewed/);
    assert.equal(await redis.incr('a'), 3, 'an open connection goes on');
    const late = new Redis({ ...options, port: redisPort });
    t.after(() => late.disconnect());
    assert.equal(await late.get('a'), '3');
    assert.deepEqual(said(cluster, /link to .* is down/), downBefore);

    for (const client of [redis, shards, late]) client.disconnect();
    await cluster.kill(await cluster.leader());
    const lost = cluster.indexes.find((index) => !cluster.isRunning(index)) ?? 0;
    cluster.restart(lost);
    await cluster.allReady();
    await cluster.assertSameState();
  },
);

test(
  'bad files are refused at the start by option, value and rule, with exit code 2',
  { skip: withoutOpenssl },
  (t) => {
    const directory = directoryOf(t);
    const authority = new Authority(t);
    const { certificate, key } = authority.issue();
    const empty = new Replaceable(directory, 'empty').name;
    const short = new Replaceable(directory, 'short', 'hush').name;
    const cases: [string[], RegExp][] = [
      [
        ['--password-file', '/nowhere'],
        /^--password-file must be a file that can be read \(ENOENT\): it is "\/nowhere"\n/,
      ],
      [['--password-file', empty], /^--password-file must name a file with a password in it: it is /],
      [
        ['--cluster-secret-file', short],
        /^--cluster-secret-file must name a file whose cluster secrets have at least 32 bytes each/,
      ],
      [
        ['--tls-cert-file', certificate],
        /^--tls-key-file must be given too, when another --tls option is: it is undefined\n/,
      ],
      [
        [
          '--tls-cert-file',
          certificate,
          '--tls-key-file',
          authority.issue().key,
          '--tls-ca-file',
          authority.file,
        ],
        /^--tls-key-file must hold the key of the first one in --tls-cert-file: it is /,
      ],
      [
        ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-file', certificate],
        /^--tls-ca-file must hold certificates of authorities only/,
      ],
    ];
    for (const [options, message] of cases) {
      for (const program of [REPLICA, LOCAL]) {
        const all = [program, '--dir', path.join(directory, 'data'), ...options];
        const { status, stderr, stdout } = spawnSync(process.execPath, all, { encoding: 'utf8' });
        assert.equal(status, 2, stderr);
        assert.match(sentenceOf(stderr), message);
        assert.ok(!(stdout + stderr).includes('hush'));
      }
    }
  },
);

/** Files that are bad are told in a line of the log, arguments to whoever typed them. */
function sentenceOf(stderr: string): string {
  if (!stderr.startsWith('{')) return stderr;
  const { event, message } = JSON.parse(stderr) as { event: string; message: string };
  assert.equal(event, 'bad-option');
  return `${message}\n`;
}

test('npm start says how to get in', () => {
  const address = { host: HOST, redisPort: 1, clusterPort: 2, peerPort: 3, httpPort: 4, adminPort: 5 };
  const tls = { certificate: 'c.pem', key: 'k.pem', authority: 'my ca.pem', clientAuthority: undefined };
  const text = describeCluster([address], 0, { password: './pass', clusterSecret: undefined, tls });
  assert.match(
    text,
    /\nTry: redis-cli -p 1 --tls --cacert 'my ca\.pem' -a "\$\(head -n 1 \.\/pass\)" set greeting hello\n/,
  );
});
