import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Secret } from '../auth/secret.ts';
import { NodeError } from '../errors.ts';
import { encodeProofs, parseProofs, secretsProven, type Role, type Transcript } from './proof.ts';

const transcripts: fc.Arbitrary<Transcript> = fc.record({
  dialler: fc.string(),
  acceptor: fc.string(),
  channel: fc.uint8Array({ maxLength: 32 }),
});
const roles: fc.Arbitrary<Role> = fc.constantFrom('dialler', 'acceptor');

function proofsOf(secrets: readonly Secret[], role: Role, transcript: Transcript): Buffer[] {
  return parseProofs(JSON.parse(encodeProofs(secrets, role, transcript)));
}

test('a proof is good for its transcript, its role and its secret, and for no other', () => {
  fc.assert(
    fc.property(transcripts, transcripts, roles, roles, (made, shown, role, other) => {
      const secrets = [new Secret('a'), new Secret('b')];
      const proofs = proofsOf([new Secret('b')], role, made);
      const same = role === other && fc.stringify(made) === fc.stringify(shown);
      assert.deepEqual(secretsProven(secrets, other, shown, proofs), same ? [secrets[1]] : []);
      assert.deepEqual(secretsProven([new Secret('c')], role, made, proofs), []);
    }),
  );
});

test('no two transcripts have the same bytes, wherever one part ends and the next begins', () => {
  const channel = new Uint8Array(0);
  const proofs = proofsOf([new Secret('s')], 'dialler', { dialler: 'ab', acceptor: 'c', channel });
  const moved = { dialler: 'a', acceptor: 'bc', channel };
  assert.deepEqual(secretsProven([new Secret('s')], 'dialler', moved, proofs), []);
});

test('a proof is the HMAC that docs/protocol.md describes', () => {
  const parts = ['paxoskv-peer 1 acceptor', '{"a":1}', '{"b":2}', ''].map((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(part.length);
    return Buffer.concat([length, Buffer.from(part)]);
  });
  const expected = createHmac('sha256', 'secret').update(Buffer.concat(parts)).digest('hex');
  const transcript = { dialler: '{"a":1}', acceptor: '{"b":2}', channel: new Uint8Array(0) };
  assert.equal(encodeProofs([new Secret('secret')], 'acceptor', transcript), `{"proofs":["${expected}"]}`);
});

test('parseProofs() answers anything with proofs or a typed error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ proofs: fc.array(fc.string()) })), (value) => {
      try {
        parseProofs(value);
      } catch (error) {
        assert.ok(error instanceof NodeError, String(error));
      }
    }),
  );
  const proof = 'ab'.repeat(32);
  assert.throws(() => parseProofs({ proofs: [proof, proof, proof] }), /proofs must be a list of 1 to 2/);
  assert.throws(() => parseProofs({ proofs: [] }), /proofs must be a list of 1 to 2/);
});
