import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logChoice, type Surroundings } from './log-choice.ts';

const NOWHERE: Surroundings = { env: {}, stdout: {} };
const TERMINAL: Surroundings = { env: {}, stdout: { isTTY: true } };
const POD: Surroundings = { env: { PAXOSKV_LOG_FORMAT: 'text', PAXOSKV_LOG_LEVEL: 'warn' }, stdout: {} };

function choose(where: Surroundings, format?: string, level?: string) {
  return logChoice({ format, level }, where, (field, value, rule) => {
    throw new Error(`${field} ${rule}: ${value}`);
  });
}

test('logChoice() is for a person at a terminal and for programs elsewhere', () => {
  assert.deepEqual(choose(TERMINAL), { format: 'text', level: 'info' });
  assert.deepEqual(choose(NOWHERE), { format: 'json', level: 'info' });
});

test('logChoice() takes an option before a variable, and a variable before the default', () => {
  assert.deepEqual(choose(POD), { format: 'text', level: 'warn' });
  assert.deepEqual(choose(POD, 'json', 'trace'), { format: 'json', level: 'trace' });
});

test('logChoice() refuses what it does not know, by the name under which it was given', () => {
  assert.throws(() => choose(NOWHERE, 'xml'), /^Error: --log-format must be text or json: xml$/);
  assert.throws(() => choose(NOWHERE, 'text', 'loud'), /^Error: --log-level must be one of error, warn/);
  const env = { PAXOSKV_LOG_FORMAT: 'json', PAXOSKV_LOG_LEVEL: '' };
  assert.throws(() => choose({ env, stdout: {} }), /^Error: \$PAXOSKV_LOG_LEVEL must be one of/);
  assert.throws(
    () => choose({ env: { PAXOSKV_LOG_FORMAT: 'x' }, stdout: {} }),
    /^Error: \$PAXOSKV_LOG_FORMAT must be/,
  );
});
