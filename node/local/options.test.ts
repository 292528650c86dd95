import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { accessArguments } from '../src/access-options.ts';
import { InvalidInput } from '../src/errors.ts';
import { addressesOf, parseLocalOptions } from './options.ts';

function refuses(argv: string[], message: string): void {
  assert.throws(
    () => parseLocalOptions(argv),
    (error) => {
      assert.ok(error instanceof InvalidInput);
      assert.equal(error.message, message);
      return true;
    },
  );
}

test('parseLocalOptions() starts three replicas on the ports of the manual', () => {
  const directory = path.join(tmpdir(), 'paxoskv-there-is-no-such-directory');
  assert.deepEqual(parseLocalOptions(['--dir', directory]), {
    replicas: 3,
    directory,
    portBase: 6379,
    verbose: false,
    crashEveryMs: undefined,
    restart: true,
    crashRoute: false,
    consoleWrites: false,
    access: { password: undefined, clusterSecret: undefined, tls: undefined },
    dataQuota: undefined,
  });
  assert.deepEqual(addressesOf(6379, 2), {
    host: '127.0.0.1',
    redisPort: 6381,
    clusterPort: 5381,
    peerPort: 7381,
    httpPort: 8381,
    adminPort: 9381,
  });
});

test('parseLocalOptions() refuses bad values by option, value and rule', () => {
  refuses(['--replicas', 'many'], '--replicas must be a whole number from 1 to 7: it is "many"');
  refuses(['--replicas', '9'], '--replicas must be a whole number from 1 to 7: it is "9"');
  refuses(['--replicas', '4'], '--replicas must be odd (4 replicas survive no more losses than 3): it is 4');
  refuses(['--port-base', '80'], '--port-base must be a whole number from 2100 to 62000: it is "80"');
  refuses(
    ['--crash-every', 'often'],
    '--crash-every must be a time such as 500ms, 10s or 2m, at most 24 days: it is "often"',
  );
  refuses(['--no-restarts'], 'option must be one that --help lists: it is "--no-restarts"');
});

test('parseLocalOptions() refuses another number of replicas than the directory holds', (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-local-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const index of [0, 1, 2]) mkdirSync(path.join(directory, `replica-${index}`));
  assert.ok(typeof parseLocalOptions(['--dir', directory]) === 'object');
  refuses(
    ['--dir', directory, '--replicas', '5'],
    `--replicas must be 3, as many as ${directory} holds (or name another --dir): it is 5`,
  );
});

test('parseLocalOptions() takes the files that say who may speak, TLS whole or not at all', () => {
  const directory = path.join(tmpdir(), 'paxoskv-there-is-no-such-directory');
  const files = [
    '--cluster-secret-file',
    's',
    '--tls-cert-file',
    'c',
    '--tls-key-file',
    'k',
    '--tls-ca-file',
    'a',
  ];
  const options = parseLocalOptions(['--dir', directory, ...files]);
  assert.ok(typeof options === 'object');
  assert.deepEqual(options.access, {
    password: undefined,
    clusterSecret: 's',
    tls: { certificate: 'c', key: 'k', authority: 'a', clientAuthority: undefined },
  });
  assert.deepEqual(
    accessArguments(options.access),
    ['cluster-secret-file=s', 'tls-cert-file=c', 'tls-key-file=k', 'tls-ca-file=a'].map(
      (text) => `--${text}`,
    ),
  );
  refuses(
    ['--dir', directory, '--tls-client-ca-file', 'c'],
    '--tls-cert-file must be given too, when another --tls option is: it is undefined',
  );
});

test('parseLocalOptions() answers --help', () => {
  const help = parseLocalOptions(['--help']);
  assert.ok(typeof help === 'string' && help.includes('--crash-every TIME'));
});
