import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { InvalidInput } from './errors.ts';
import { type Options, parseOptions } from './options.ts';

/** No terminal, no variables. */
const NOWHERE = { env: {}, stdout: {} };

function parse(...argv: string[]): Options {
  const options = parseOptions(argv, NOWHERE);
  assert.ok(typeof options !== 'string');
  return options;
}

function refuses(argv: string[], message: RegExp): void {
  assert.throws(
    () => parseOptions(argv, NOWHERE),
    (error) => {
      assert.ok(error instanceof InvalidInput);
      assert.match(error.message, message);
      return true;
    },
  );
}

const list = (text: string) => ['--dir', 'd', '--peers', text];

test('parseOptions() gives a replica on its own the default ports', () => {
  const options = parse('--dir', 'd');
  assert.deepEqual(options, {
    directory: 'd',
    addresses: {
      host: '127.0.0.1',
      redisPort: 6379,
      peerPort: 7379,
      httpPort: 8379,
      adminPort: 9379,
      clusterPort: 5379,
    },
    listenHost: '127.0.0.1',
    peers: [{ host: '127.0.0.1', peerPort: 7379 }],
    join: false,
    drainMs: 0,
    dataQuotaBytes: undefined,
    lease: false,
    crashRoute: false,
    falsifiesDigests: false,
    consoleWrites: false,
    log: { format: 'json', level: 'info' },
    traces: undefined,
    tracesNotice: undefined,
    exitWithParent: false,
    access: { password: undefined, clusterSecret: undefined, tls: undefined },
  });
  assert.ok(Object.isFrozen(options) && Object.isFrozen(options.addresses) && Object.isFrozen(options.peers));
});

test('parseOptions() listens on the announced host unless told otherwise', () => {
  assert.equal(parse('--dir', 'd', '--host', 'db-0.db').listenHost, 'db-0.db');
  assert.equal(parse('--dir', 'd', '--host', 'db-0.db', '--listen-host', '::').listenHost, '::');
});

test('parseOptions() gives a replica that joins no peers, and refuses to be given some', () => {
  const options = parse('--dir', 'd', '--join');
  assert.equal(options.join, true);
  assert.deepEqual(options.peers, []);
  refuses(['--join', ...list('127.0.0.1,b')], /^--join must not be given together with --peers/);
  refuses(
    ['--join', '--dir', 'd', '--peers-file', 'f'],
    /^--join must not be given together with --peers-file/,
  );
});

test('parseOptions() reads a list of peers', () => {
  const options = parse('--dir', 'd', '--peers', '127.0.0.1:7379, b, [::1]:7381');
  assert.deepEqual(options.peers, [
    { host: '127.0.0.1', peerPort: 7379 },
    { host: 'b', peerPort: 7379 },
    { host: '::1', peerPort: 7381 },
  ]);
});

test('parseOptions() reads a file of hosts with comments and default ports', (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-options-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'hosts');
  writeFileSync(file, '# the cluster\na:7001\n\nb   # the second\n127.0.0.1:7005\n');
  assert.deepEqual(parse('--dir', 'd', '--peer-port', '7005', '--peers-file', file).peers, [
    { host: 'a', peerPort: 7001 },
    { host: 'b', peerPort: 7005 },
    { host: '127.0.0.1', peerPort: 7005 },
  ]);
  refuses(['--dir', 'd', '--peers-file', path.join(directory, 'none')], /^--peers-file must be a file that/);
  refuses(['--dir', 'd', '--peers-file', file, '--peers', 'a'], /^--peers-file must not be given together/);
});

test('parseOptions() refuses a bad value by the name of its option, its rule and the value', () => {
  refuses([], /^--dir must be given: it is undefined$/);
  refuses(['--dir', 'd', '--redis-port', '0'], /^--redis-port must be a whole number .* 65535: it is "0"$/);
  refuses(['--dir', 'd', '--admin-port', '6379'], /^--admin-port must differ from --redis-port: it is 6379$/);
  refuses(['--dir', 'd', '--host', 'a b'], /^--host must be a host name .*: it is "a b"$/);
  refuses(['--dir', 'd', '--listen-host', 'x'.repeat(254)], /^--listen-host must be a host name/);
});

test('parseOptions() takes a drain time from nothing to ten minutes', () => {
  assert.equal(parse('--dir', 'd', '--drain-time', '5s').drainMs, 5_000);
  assert.equal(parse('--dir', 'd', '--drain-time', '10m').drainMs, 600_000);
  for (const text of ['601s', '5', '-1s']) {
    refuses(['--dir', 'd', `--drain-time=${text}`], /^--drain-time must be a time .*, at most 10m: it is "/);
  }
});

test('parseOptions() refuses a list of peers that cannot work', () => {
  refuses(list('a:7379,b:7379'), /^--peers must list this replica itself, as 127\.0\.0\.1:7379: it is "a:/);
  refuses(list('127.0.0.1,127.0.0.1:7379'), /^--peers must list each replica once: it is "127/);
  refuses(list('127.0.0.1,,b'), /^--peers must hold entries of the form HOST or HOST:PORT: it is ""$/);
  refuses(list('127.0.0.1,b:x'), /^--peers \(port of b\) must be a whole number .*: it is "x"$/);
  refuses(
    list(Array.from({ length: 65 }, (_, i) => `h${i}`).join(',')),
    /^--peers must list 1 to 64 replicas/,
  );
});

test('parseOptions() takes --verbose for the level that shows every message', () => {
  assert.deepEqual(parse('--dir', 'd', '--verbose', '--log-format=text').log, {
    format: 'text',
    level: 'trace',
  });
  assert.equal(parse('--dir', 'd', '--log-level', 'warn').log.level, 'warn');
  refuses(
    ['--dir', 'd', '--verbose', '--log-level=info'],
    /^--log-level must not be given together with --verbose/,
  );
  refuses(
    ['--dir', 'd', '--log-level=loud'],
    /^--log-level must be one of error, warn, info, debug, trace: it is "loud"$/,
  );
});

function tracesOf(env: Readonly<Record<string, string>>, ...argv: readonly string[]) {
  const options = parseOptions(['--dir', 'd', ...argv], { env, stdout: {} });
  assert.ok(typeof options !== 'string');
  return { traces: options.traces, notice: options.tracesNotice };
}

function tracesIn(env: Readonly<Record<string, string>>, ...argv: readonly string[]) {
  const { traces, notice } = tracesOf(env, ...argv);
  assert.equal(notice, undefined);
  return traces;
}

test("parseOptions() sends traces where it is told, or where OpenTelemetry's variables say, and nowhere else", () => {
  assert.equal(tracesIn({ OTEL_TRACES_SAMPLER_ARG: '1' }), undefined);
  const url = 'http://c:4318/v1/traces';
  assert.deepEqual(tracesIn({}, '--traces-endpoint=http://c:4318', '--traces-ratio=0.5'), {
    url,
    ratio: 0.5,
  });
  const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' };
  assert.deepEqual(tracesIn(base), { url, ratio: 0.01 });
  const own = { ...base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t/x', OTEL_TRACES_SAMPLER_ARG: '1' };
  assert.deepEqual(tracesIn(own), { url: 'https://t/x', ratio: 1 });
  assert.throws(
    () => tracesIn({}, '--traces-endpoint=c:4318'),
    /^InvalidInput: --traces-endpoint must be an address/,
  );
  assert.throws(
    () => tracesIn({}, '--traces-ratio=2'),
    /^InvalidInput: --traces-ratio must be a number from 0 to 1/,
  );
  assert.throws(
    () => tracesIn({ OTEL_SDK_DISABLED: 'true' }, '--traces-ratio='),
    /^InvalidInput: --traces-ratio must be/,
  );
});

test("OpenTelemetry's variables can switch traces off, and then none of the others is looked at", () => {
  const senseless = { OTEL_EXPORTER_OTLP_ENDPOINT: 'c', OTEL_TRACES_SAMPLER_ARG: 'often' };
  const sensible = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_SAMPLER_ARG: '1' };
  for (const off of [
    { OTEL_SDK_DISABLED: 'true' },
    { OTEL_SDK_DISABLED: 'True' },
    { OTEL_TRACES_EXPORTER: 'none' },
    { OTEL_TRACES_EXPORTER: 'console,zipkin' },
  ]) {
    assert.equal(tracesIn({ ...senseless, ...off }), undefined);
    assert.equal(tracesIn({ ...sensible, ...off }), undefined);
    assert.deepEqual(tracesIn({ ...sensible, ...off }, '--traces-endpoint=http://d:1'), {
      url: 'http://d:1/v1/traces',
      ratio: 0.01,
    });
  }
  const on = { OTEL_SDK_DISABLED: 'false', OTEL_TRACES_EXPORTER: 'console, otlp' };
  assert.equal(tracesIn({ ...sensible, ...on })?.ratio, 1);
});

test('a variable that makes no sense is told, and the replica starts', () => {
  const url = 'http://c:4318/v1/traces';
  const { traces, notice } = tracesOf({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317',
    OTEL_TRACES_SAMPLER_ARG: 'x',
  });
  assert.equal(traces, undefined);
  assert.match(
    notice ?? '',
    /^no traces are sent: \$OTEL_EXPORTER_OTLP_ENDPOINT must be .*: it is "c:4317"$/,
  );
  const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'c', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' };
  assert.equal(tracesOf(own).traces, undefined, 'they go nowhere else');
  const ratio = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
    OTEL_TRACES_SAMPLER_ARG: 'pollingIntervalMs=5',
  };
  assert.deepEqual(tracesOf(ratio), {
    traces: { url, ratio: 0.01 },
    notice:
      '0.01 counts instead: $OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1: it is "pollingIntervalMs=5"',
  });
  assert.deepEqual(tracesIn({ ...ratio, OTEL_TRACES_SAMPLER_ARG: '' }), { url, ratio: 0.01 });
  assert.deepEqual(tracesIn(ratio, '--traces-ratio=0.5'), { url, ratio: 0.5 });
  assert.deepEqual(tracesIn({ OTEL_EXPORTER_OTLP_ENDPOINT: 'c' }, '--traces-endpoint=http://c:4318'), {
    url,
    ratio: 0.01,
  });
});

test('parseOptions() answers --help with a text that names every option', () => {
  const help = parseOptions(['--help'], NOWHERE);
  assert.ok(typeof help === 'string');
  for (const name of ['--dir DIR', '--peers LIST', '--exit-with-parent', '--cluster-port PORT']) {
    assert.ok(help.includes(name), name);
  }
});
