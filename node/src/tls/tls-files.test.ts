import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readAgain } from '../auth/testing/secret-files.ts';
import { InvalidInput } from '../errors.ts';
import { Authority, withoutOpenssl } from './testing/certificates.ts';
import { readTlsFiles, type TlsFileNames } from './tls-files.ts';
import { Tls } from './tls.ts';

function replace(from: string, to: string): void {
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}

test(
  'readTlsFiles() takes files that belong together, and says whose they are',
  { skip: withoutOpenssl },
  (t) => {
    const authority = new Authority(t);
    const material = readTlsFiles(authority.replicaFiles('DNS:db-0.db,IP:10.0.0.1'));
    assert.match(
      material.text,
      /^the certificate for DNS:db-0\.db, IP Address:10\.0\.0\.1, valid until .* GMT$/,
    );
  },
);

test(
  'readTlsFiles() refuses bad files by option, value and rule, and quotes no key',
  { skip: withoutOpenssl },
  (t) => {
    const authority = new Authority(t);
    const good = authority.replicaFiles();
    const file = (name: string, text: string | Buffer) => {
      const full = path.join(authority.directory, name);
      writeFileSync(full, text);
      return full;
    };
    const broken = readFileSync(good.certificate, 'utf8').replace(/\n\w{4}/, '\n!!!!');
    const locked = path.join(authority.directory, 'locked.key');
    execFileSync('openssl', ['pkcs8', '-topk8', '-in', good.key, '-out', locked, '-passout', 'pass:hush']);
    const cases: [Partial<TlsFileNames>, RegExp][] = [
      [
        { certificate: '/nowhere' },
        /^--tls-cert-file must be a file that can be read \(ENOENT\): it is "\/nowhere"$/,
      ],
      [{ certificate: file('empty', '') }, /^--tls-cert-file must hold a certificate in PEM: it is /],
      [{ certificate: good.key }, /^--tls-cert-file must hold a certificate in PEM: it is /],
      [
        { certificate: file('broken', broken) },
        /^--tls-cert-file must hold certificates that can be read \(/,
      ],
      [
        { key: good.certificate },
        /^--tls-key-file must hold a private key in PEM, without a passphrase: it is /,
      ],
      [{ key: locked }, /^--tls-key-file must hold a private key in PEM, without a passphrase: it is /],
      [
        { key: authority.issue().key },
        /^--tls-key-file must hold the key of the first one in --tls-cert-file: it is /,
      ],
      [{ authority: file('none', 'text') }, /^--tls-ca-file must hold a certificate in PEM: it is /],
      [
        { authority: good.certificate },
        /^--tls-ca-file must hold certificates of authorities only, and not that of CN=issued 1/,
      ],
      [{ clientAuthority: file('nil', '') }, /^--tls-client-ca-file must hold a certificate in PEM: it is /],
      [
        { key: file('large', Buffer.alloc(2 ** 21)) },
        /^--tls-key-file must be a file of at most 1048576 bytes: it is /,
      ],
    ];
    for (const [changes, rule] of cases) {
      assert.throws(
        () => readTlsFiles({ ...good, ...changes }),
        (error) => error instanceof InvalidInput && rule.test(error.message),
        String(rule),
      );
    }
  },
);

test(
  'new files are taken together; bad ones leave the old in force and are reported',
  { skip: withoutOpenssl },
  async (t) => {
    const authority = new Authority(t);
    const names = authority.replicaFiles('DNS:old');
    const reports: string[] = [];
    const tls = new Tls(names, (text) => reports.push(text), 2);
    t.after(() => tls.close());
    assert.match(tls.text, /DNS:old/);
    const next = authority.issue('DNS:new');
    replace(next.certificate, names.certificate);
    await readAgain(reports, 1);
    assert.match(
      reports[0] ?? '',
      /NOT read again: --tls-key-file must hold the key of .*; still in force: .*DNS:old/,
    );
    assert.match(tls.text, /DNS:old/);
    replace(next.key, names.key);
    await readAgain(reports, 2);
    assert.match(
      reports[1] ?? '',
      /^--tls-cert-file and its companions read again: the certificate for DNS:new, valid/,
    );
    assert.match(tls.text, /DNS:new/);
  },
);
