/** Authorities and certificates for one test, made by `openssl`: Node.js can make keys, and no certificates. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { TlsFileNames } from '../tls-files.ts';

/** For the option `skip` of a test. */
export const withoutOpenssl: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';

/** Of a certificate of this machine. */
export const LOCAL_NAMES = 'DNS:localhost,IP:127.0.0.1';

const DAYS = 2;
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** One authority, and what it has signed, as files in a directory of their own. */
export class Authority {
  readonly directory: string;
  /** The file with its certificate. */
  readonly file: string;
  #issued = 0;

  constructor(context: TestContext, name = 'PaxosKV test') {
    this.directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-authority-'));
    context.after(() => rmSync(this.directory, { recursive: true, force: true }));
    this.file = path.join(this.directory, 'ca.pem');
    const subject = ['-subj', `/CN=${name}`];
    this.#openssl(
      'req',
      '-x509',
      ...KEY,
      '-days',
      String(DAYS),
      ...subject,
      '-keyout',
      this.#keyFile,
      '-out',
      this.file,
    );
  }

  /** `names` as in a certificate's alternative names; `usage` as in its extended key usage, empty for none. */
  issue(names = LOCAL_NAMES, usage = 'serverAuth,clientAuth', days = DAYS): Issued {
    this.#issued += 1;
    const base = path.join(this.directory, `issued-${this.#issued}`);
    const [certificate, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map(
      (end) => `${base}.${end}`,
    ) as [string, string, string, string];
    const purposes = usage === '' ? '' : `extendedKeyUsage=${usage}\n`;
    writeFileSync(extensions, `basicConstraints=CA:FALSE\nsubjectAltName=${names}\n${purposes}`);
    this.#openssl('req', ...KEY, '-subj', `/CN=issued ${this.#issued}`, '-keyout', key, '-out', request);
    const signer = ['-CA', this.file, '-CAkey', this.#keyFile, '-CAcreateserial'];
    this.#openssl(
      'x509',
      '-req',
      '-in',
      request,
      ...signer,
      '-days',
      String(days),
      '-extfile',
      extensions,
      '-out',
      certificate,
    );
    return { certificate, key };
  }

  /** The files of one replica; `clientAuthority`: whose clients are let in. */
  replicaFiles(names = LOCAL_NAMES, clientAuthority?: Authority): TlsFileNames {
    return { ...this.issue(names), authority: this.file, clientAuthority: clientAuthority?.file };
  }

  get pem(): Buffer {
    return readFileSync(this.file);
  }

  get #keyFile(): string {
    return path.join(this.directory, 'ca.key');
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
