import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyText } from '../../node/console/byte-text.js';

/** One character per byte. */
const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

test('a key is shown as it is, and what can not be seen in it by its number', () => {
  assert.equal(keyText(latin1('user:é 1')), 'user:é 1');
  assert.equal(keyText(latin1(' a  b ')), '␣a␣ b␣');
  assert.equal(keyText(latin1('a\tb\u202ec')), String.raw`a\u{9}b\u{202e}c`);
  assert.equal(keyText('\x00\xff'), String.raw`\x00\xff`);
  assert.equal(keyText(''), '(empty)');
});

test('of a long key the beginning is shown, and its length', () => {
  assert.equal(keyText('k'.repeat(1_000)), `${'k'.repeat(200)}… (1000 bytes)`);
});
