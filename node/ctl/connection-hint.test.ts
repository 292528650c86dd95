import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hintFor } from './connection-hint.ts';

const CASES: readonly (readonly [string, string, RegExp])[] = [
  ['https://a:1', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', /--tls-ca-file/],
  ['https://a:1', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /--tls-ca-file/],
  ['https://a:1', 'DEPTH_ZERO_SELF_SIGNED_CERT', /--tls-ca-file/],
  ['https://a:1', 'ERR_TLS_CERT_ALTNAME_INVALID', /a name or an address that stands in its certificate/],
  ['https://a:1', 'CERT_HAS_EXPIRED', /a new certificate/],
  ['https://a:1', 'EPROTO', /without TLS the endpoint begins with http:/],
  ['http://a:1', 'ECONNRESET', /with TLS the endpoint begins with https:/],
  ['http://a:1', 'HPE_INVALID_CONSTANT', /is an admin port/],
  ['http://a:1', 'ECONNREFUSED', /start the replica/],
  ['http://a:1', 'EHOSTUNREACH', /can be reached/],
];

for (const [endpoint, code, hint] of CASES) {
  test(`hintFor() ${code} at ${endpoint} says what to try`, () => {
    assert.match(hintFor(endpoint, code, 'whatever'), hint);
  });
}
