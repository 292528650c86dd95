import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELP, InvalidOption, parseOptions } from './options.ts';

/** No terminal, no variables. */
const NOWHERE = { env: {}, stdout: {} };

test('parseOptions() has a default for everything', () => {
  assert.deepEqual(parseOptions([], NOWHERE), {
    namespaces: [],
    leaseNamespace: undefined,
    leaseName: 'paxoskv-operator',
    healthHost: '0.0.0.0',
    healthPort: 8_081,
    consolePort: undefined,
    podLabels: { 'app.kubernetes.io/name': 'paxoskv-operator' },
    documentation: 'docs',
    log: { format: 'json', level: 'info' },
  });
  assert.equal(parseOptions(['--help'], NOWHERE), HELP);
});

test('parseOptions() takes lists', () => {
  const options = parseOptions(['--namespaces', 'shop, bank', '--pod-labels=a=b,c/d=e'], NOWHERE);
  assert.ok(typeof options === 'object');
  assert.deepEqual(options.namespaces, ['shop', 'bank']);
  assert.deepEqual(options.podLabels, { a: 'b', 'c/d': 'e' });
});

test('parseOptions() takes an address of the documentation, with a slash at the end or without', () => {
  for (const given of ['https://example.com/docs', 'https://example.com/docs/']) {
    const options = parseOptions(['--documentation', given], NOWHERE);
    assert.ok(typeof options === 'object');
    assert.equal(options.documentation, 'https://example.com/docs');
  }
});

for (const argv of [
  ['--health-port', 'x'],
  ['--console-port', '65536'],
  ['--namespaces', 'Shop'],
  ['--pod-labels', 'a'],
  ['--documentation', 'docs'],
  ['--documentation', 'https://example.com/docs?page=1'],
  ['--log-level', 'loud'],
  ['--nonsense'],
  ['word'],
]) {
  test(`parseOptions() refuses ${argv.join(' ')}`, () =>
    assert.throws(() => parseOptions(argv, NOWHERE), InvalidOption));
}
