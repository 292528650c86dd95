import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidInput } from '../src/errors.ts';
import { endpointOf, isSameEndpoint, parseEndpoints } from './endpoint.ts';
import { localAddress, parseMemberAddress } from './member-address.ts';

test('parseEndpoints() takes URLs and HOST:PORT, and drops what is given twice', () => {
  assert.deepEqual(parseEndpoints('--endpoints', 'a:1, https://b:2,http://a:1,[::1]:3'), [
    'http://a:1',
    'https://b:2',
    'http://[::1]:3',
  ]);
});

test('parseEndpoints() takes https where it is told to and nothing else is said', () => {
  assert.deepEqual(parseEndpoints('--endpoints', 'a:1,http://b:2', 'https'), ['https://a:1', 'http://b:2']);
});

test('parseMemberAddress() names the port that does not fit, and how to give it', () => {
  assert.throws(
    () => parseMemberAddress('ADDRESS', '127.0.0.1:1'),
    /ADDRESS must name the redis port, too \(…,redis=N\), since 1000 below 1 there is none: it is "127\.0\.0\.1:1"/,
  );
  assert.equal(parseMemberAddress('ADDRESS', 'a:1500,cluster=9').redisPort, 500);
});

test('parseEndpoints() refuses what is no origin', () => {
  for (const text of [
    '',
    'http://',
    'http://a:1/path',
    'http://user@a:1',
    'a:1?b',
    'redis://a:1',
    'a:1,,b:2',
  ]) {
    assert.throws(() => parseEndpoints('--endpoints', text), InvalidInput, text);
  }
});

test('endpointOf() speaks as the endpoint that told of it was spoken to', () => {
  assert.equal(endpointOf('https://a:1', { host: 'b' }, 2), 'https://b:2');
  assert.equal(endpointOf('http://a:1', { host: '::1' }, 2), 'http://[::1]:2');
  assert.ok(isSameEndpoint('http://localhost:1', 'http://127.0.0.1:1'));
  assert.ok(!isSameEndpoint('http://localhost:1', 'https://localhost:1'));
});

test('parseMemberAddress() derives the ports that are not given', () => {
  assert.deepEqual(parseMemberAddress('ADDRESS', 'db-3'), {
    host: 'db-3',
    peerPort: 7379,
    redisPort: 6379,
    clusterPort: 5379,
    httpPort: 8379,
    adminPort: 9379,
  });
  assert.deepEqual(parseMemberAddress('ADDRESS', '[::1]:7400,redis=1,admin=2'), {
    host: '::1',
    peerPort: 7400,
    redisPort: 1,
    clusterPort: 5400,
    httpPort: 8400,
    adminPort: 2,
  });
  assert.equal(localAddress(2).adminPort, 9381);
  for (const text of ['', 'a:b', 'a:1:2', 'a,redis', 'a,peer=3', 'a:100', 'a:7379,http=70000']) {
    assert.throws(() => parseMemberAddress('ADDRESS', text), InvalidInput, text);
  }
});
