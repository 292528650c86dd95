import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { addressesInHosts, candidateNames, resolveHost } from './resolve-host.ts';
import type { HostSources } from './resolve-host.ts';

function resolved(host: string, sources?: HostSources): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    resolveHost(
      host,
      (error, addresses) => (error === undefined ? resolve(addresses) : reject(error)),
      sources,
    );
  });
}

/** A name server for two names: one with an A record, one with only an AAAA record. */
async function sourcesWithServer(context: TestContext, asked: string[] = []): Promise<HostSources> {
  const directory = await mkdtemp(path.join(tmpdir(), 'paxoskv-hosts-'));
  const server = createSocket('udp4');
  context.after(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });
  server.on('message', (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join('.');
    const type = query.readUInt16BE(at + 1);
    asked.push(`${name} ${type}`);
    let address: Buffer | undefined;
    if (name === 'pod.peers.example' && type === 1) address = Buffer.from([10, 1, 2, 3]);
    if (name === 'six.example' && type === 28) address = Buffer.from('fd00'.padEnd(31, '0') + '7', 'hex');
    const known = name === 'pod.peers.example' || name === 'six.example';
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(address === undefined ? 0 : 1, 6);
    header.writeUInt32BE(0, 8);
    const parts: Uint8Array[] = [header, query.subarray(12, at + 5)];
    if (address !== undefined) {
      const record = Buffer.from('c00c00000001000000000000', 'hex');
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(address.length, 10);
      parts.push(record, address);
    }
    server.send(Buffer.concat(parts), from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const hostsPath = path.join(directory, 'hosts');
  const resolvConfPath = path.join(directory, 'resolv.conf');
  await writeFile(hostsPath, '10.9.9.9 written.example # a comment\n');
  await writeFile(resolvConfPath, 'search example\noptions ndots:5\n');
  return { hostsPath, resolvConfPath, servers: [`127.0.0.1:${server.address().port}`] };
}

test('resolveHost() answers literal addresses and localhost without asking anybody', async () => {
  const nothing = { hostsPath: '/nowhere/hosts', resolvConfPath: '/nowhere/resolv.conf' };
  assert.deepEqual(await resolved('10.0.0.7', nothing), ['10.0.0.7']);
  assert.deepEqual(await resolved('fd00::7', nothing), ['fd00::7']);
  assert.deepEqual(await resolved('LocalHost', nothing), ['127.0.0.1', '::1']);
});

test('resolveHost() asks the hosts file, then the name servers with the search list, A before AAAA', async (context) => {
  const asked: string[] = [];
  const sources = await sourcesWithServer(context, asked);
  assert.deepEqual(await resolved('written.example', sources), ['10.9.9.9']);
  assert.deepEqual(asked, []);
  assert.deepEqual(await resolved('pod.peers', sources), ['10.1.2.3']);
  assert.deepEqual(asked, ['pod.peers.example 1']);
  assert.deepEqual(await resolved('six', sources), ['fd00::7']);
});

test('resolveHost() fails with the name when nobody knows it', async (context) => {
  const sources = await sourcesWithServer(context);
  await assert.rejects(resolved('nobody', sources), /nobody/);
});

test('resolveHost() is silent after it was cancelled', async (context) => {
  const sources = await sourcesWithServer(context);
  const cancel = resolveHost('pod.peers', () => assert.fail('it was cancelled'), sources);
  cancel();
  assert.deepEqual(await resolved('six', sources), ['fd00::7']);
});

test('addressesInHosts() reads every name of a line and skips comments and nonsense', () => {
  const text = '# 1.1.1.1 a\n127.0.0.1\tlocalhost a\nnonsense a\n::1 A b # a\n\n10.0.0.1 ab\n';
  assert.deepEqual(addressesInHosts(text, 'a'), ['127.0.0.1', '::1']);
  assert.deepEqual(addressesInHosts(text, 'ab'), ['10.0.0.1']);
  assert.deepEqual(addressesInHosts(text, 'c'), []);
});

test('candidateNames() follows resolv.conf: enough dots means the full name first', () => {
  const pod =
    'search ns.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:1\nnameserver 10.0.0.10\n';
  assert.deepEqual(candidateNames('a.b', pod), ['a.b.ns.svc.cluster.local', 'a.b.svc.cluster.local', 'a.b']);
  assert.deepEqual(candidateNames('a.b.', pod), ['a.b']);
  assert.deepEqual(candidateNames('a.b', 'search x\n'), ['a.b', 'a.b.x']);
  assert.deepEqual(candidateNames('a', ''), ['a']);
});
