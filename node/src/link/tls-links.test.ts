/** Links over TLS: who is let in, who is not, and what is said to whom. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect as connectSecurely } from 'node:tls';

import { OTHER_SECRET, readAgain, SECRET, secretsOf } from '../auth/testing/secret-files.ts';
import { Authority, withoutOpenssl } from '../tls/testing/certificates.ts';
import type { TlsFileNames } from '../tls/tls-files.ts';
import { Tls } from '../tls/tls.ts';
import { QUICK, introduce, linked, refusals, start, until } from './loopback.fixture.ts';
import type { Replica } from './loopback.fixture.ts';
import { PENDING_CONNECTIONS_MAX } from './acceptor.ts';

const skip = withoutOpenssl;

function tlsOf(context: TestContext, names: TlsFileNames, reports: string[] = []): Tls {
  const tls = new Tls(names, (text) => reports.push(text), 2);
  context.after(() => tls.close());
  return tls;
}

/** Everything that a replica has said about links that did not come to be. */
function complaints(replica: Replica): string {
  return replica.events
    .map((event) => (event.kind === 'refusedLink' ? event.reason : event.kind === 'notice' ? event.text : ''))
    .join('\n');
}

test(
  'replicas with certificates of one authority link up over TLS, with a secret and without',
  { skip },
  async (context) => {
    const authority = new Authority(context);
    for (const secret of [undefined, SECRET]) {
      const replicas = await Promise.all(
        [1, 2, 3].map((id) =>
          start(context, {
            id,
            tls: tlsOf(context, authority.replicaFiles()),
            ...(secret === undefined ? {} : { secrets: secretsOf(context, [secret]).file }),
          }),
        ),
      );
      introduce(...replicas);
      await until('linked', () => linked(...replicas));
      const [one, two] = replicas as [Replica, Replica, Replica];
      const bytes = Buffer.alloc(3 * 1024 * 1024, 7);
      assert.ok(one.links.send(2, bytes) && two.links.send(1, bytes));
      await until('large frames arrive', () =>
        [one, two].every(({ frames }) => frames.some((frame) => bytes.equals(frame.bytes))),
      );
      await until('bulk is up', () => one.links.sendBulk(2, Buffer.of(1)));
      assert.equal(replicas.map(refusals).join('').trim(), '');
    }
  },
);

test('a TLS link on which only pings pass is not taken for a silent one', { skip }, async (context) => {
  const authority = new Authority(context);
  const timing = { ...QUICK, pingIntervalMs: 5, silenceMsMax: 250 };
  const [one, two] = await Promise.all(
    [1, 2].map((id) => start(context, { id, timing, tls: tlsOf(context, authority.replicaFiles()) })),
  );
  assert.ok(one && two);
  introduce(one, two);
  const roundTrips = () => one.events.filter(({ kind }) => kind === 'peerRoundTrip').length;
  // More than twice the pings that a silence may last.
  await until('enough pings', () => roundTrips() > 120);
  assert.deepEqual(
    [one, two].flatMap(({ story }) => story.filter((line) => line.startsWith('down'))),
    [],
  );
});

test(
  'a peer with a certificate of another authority is refused, and both ends say why',
  { skip },
  async (context) => {
    const ours = new Authority(context);
    const theirs = new Authority(context, 'another');
    const one = await start(context, { id: 1, tls: tlsOf(context, ours.replicaFiles()) });
    const two = await start(context, { id: 2, tls: tlsOf(context, theirs.replicaFiles()) });
    introduce(one, two);
    await until('both said why', () => complaints(one).trim() !== '' && complaints(two).trim() !== '');
    assert.match(complaints(one), /can not be reached: .*(certificate|issuer)/);
    assert.match(complaints(two), /no TLS with it: /);
    assert.deepEqual([one.story, two.story], [[], []]);

    // It believes us, but we don't believe it.
    const both = { ...theirs.replicaFiles(), authority: ours.file };
    const zero = await start(context, { id: 0xa, tls: tlsOf(context, both) });
    const last = await start(context, { id: 0xb, tls: tlsOf(context, ours.replicaFiles()) });
    zero.links.setPeers([last.peer]);
    await until('refused', () =>
      /no TLS with it: its certificate is refused: UNABLE_TO_VERIFY/.test(refusals(last)),
    );
    await until('told', () => /can not be reached: .*\(this replica speaks TLS/.test(complaints(zero)));
    assert.deepEqual([zero.story, last.story], [[], []]);
  },
);

test(
  'a peer without a certificate, and one whose certificate is for servers only, is not let in',
  { skip },
  async (context) => {
    const authority = new Authority(context);
    const one = await start(context, { id: 9, tls: tlsOf(context, authority.replicaFiles()) });
    const bare = connectSecurely({ port: one.port, host: '127.0.0.1', ca: authority.pem });
    let alert = '';
    bare.on('error', (error) => (alert = error.message)).resume();
    await until('it is cut off', () => bare.closed);
    assert.match(alert, /alert certificate required/);
    await until('said', () => /no TLS with it/.test(refusals(one)));
    const server = {
      ...authority.issue(undefined, 'serverAuth'),
      authority: authority.file,
      clientAuthority: undefined,
    };
    const two = await start(context, { id: 2, tls: tlsOf(context, server) });
    two.links.setPeers([one.peer]);
    await until('refused', () => /certificate is refused|unsupported certificate/i.test(refusals(one)));
    assert.deepEqual(one.story, []);
  },
);

test('a certificate for another host is refused by the end that dials', { skip }, async (context) => {
  const authority = new Authority(context);
  const one = await start(context, { id: 1, tls: tlsOf(context, authority.replicaFiles()) });
  const two = await start(context, { id: 2, tls: tlsOf(context, authority.replicaFiles('DNS:elsewhere')) });
  one.links.setPeers([two.peer]);
  await until('said', () => /IP: 127\.0\.0\.1 is not in the cert's list/.test(complaints(one)));
  assert.deepEqual(one.story, []);
  // The name that was asked for, not the address behind it, is what counts.
  const zero = await start(context, { id: 0xa, tls: tlsOf(context, authority.replicaFiles()) });
  const last = await start(context, {
    id: 0xb,
    tls: tlsOf(context, authority.replicaFiles('DNS:localhost')),
  });
  zero.links.setPeers([{ ...last.peer, host: 'localhost' }]);
  await until('linked', () => zero.links.isUp(0xb));
});

test(
  'TLS at a plain port, and a plain peer at a port with TLS, end with a sentence',
  { skip },
  async (context) => {
    const authority = new Authority(context);
    const secure = await start(context, { id: 1, tls: tlsOf(context, authority.replicaFiles()) });
    const plain = await start(context, { id: 2 });
    secure.links.setPeers([plain.peer]);
    await until('said', () => complaints(secure).trim() !== '');
    assert.match(
      complaints(secure),
      /\(this replica speaks TLS: does the other one, and trust its certificate\?\)/,
    );
    const probed = await new Promise<string>((resolve) => {
      plain.links.probe('127.0.0.1', secure.port, (error) => resolve(error?.message ?? 'no error'));
    });
    assert.match(probed, /\(it may want TLS: see --tls-cert-file\)/);
  },
);

test(
  'connections that dawdle before or in their TLS handshake are bounded in time and number',
  { skip },
  async (context) => {
    const authority = new Authority(context);
    const one = await start(context, {
      id: 1,
      tls: tlsOf(context, authority.replicaFiles()),
      timing: { ...QUICK, handshakeMsMax: 300 },
    });
    const sockets = Array.from({ length: PENDING_CONNECTIONS_MAX + 10 }, () =>
      connect(one.port, '127.0.0.1'),
    );
    for (const [index, socket] of sockets.entries()) {
      socket.on('error', () => undefined);
      // Half of them begin a record and go no further.
      if (index % 2 === 0) socket.write(Buffer.from('1603010200', 'hex'));
    }
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
    const two = await start(context, { id: 2, tls: tlsOf(context, authority.replicaFiles()) });
    introduce(one, two);
    await until('peers get through', () => linked(one, two));
  },
);

test(
  'new certificates, even of a new authority, are for new links; those that are up stay',
  { skip },
  async (context) => {
    const [before, after] = [new Authority(context, 'before'), new Authority(context, 'after')];
    const files = [1, 2].map(() => before.replicaFiles());
    const reports: string[] = [];
    const replicas = await Promise.all(
      files.map((names, index) => start(context, { id: index + 1, tls: tlsOf(context, names, reports) })),
    );
    const [one, two] = replicas as [Replica, Replica];
    introduce(one, two);
    await until('linked', () => linked(one, two));
    for (const names of files) {
      const next = after.issue();
      copyFileSync(next.certificate, names.certificate);
      copyFileSync(next.key, names.key);
    }
    // All authorities have one file here.
    copyFileSync(after.file, before.file);
    await until(
      'both read again',
      () => reports.filter((text) => /companions read again/.test(text)).length >= 2,
    );
    await readAgain(reports, 2);
    assert.ok(linked(one, two));
    assert.deepEqual(
      one.story.filter((line) => line.startsWith('down')),
      [],
    );
    const three = await start(context, { id: 3, tls: tlsOf(context, after.replicaFiles()) });
    introduce(one, two, three);
    await until('the new one is linked', () => linked(one, two, three));
  },
);

test('over TLS a wrong secret is refused as without it', { skip }, async (context) => {
  const authority = new Authority(context);
  const [one, two] = await Promise.all(
    [SECRET, OTHER_SECRET].map((secret, index) =>
      start(context, {
        id: index + 1,
        tls: tlsOf(context, authority.replicaFiles()),
        secrets: secretsOf(context, [secret]).file,
      }),
    ),
  );
  assert.ok(one && two);
  introduce(one, two);
  await until(
    'refused',
    () => /different cluster secrets/.test(refusals(one)) && /different/.test(refusals(two)),
  );
  assert.deepEqual([one.story, two.story], [[], []]);
});
