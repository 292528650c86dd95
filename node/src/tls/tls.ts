/**
 * TLS for every port of a replica, from one set of files. New certificates are for new connections; those that
 * are open stay as they are.
 *
 * Between replicas both ends show a certificate that the authority of `--tls-ca-file` has signed. The end that dials
 * also checks that the certificate is for the host that it dials. The end that is dialled knows no name to check: whoever has a
 * certificate of that authority is let in, so the authority must be the cluster's own, or a cluster secret must
 * decide.
 */
import type { ConnectionOptions, SecureContextOptions, Server, TlsOptions } from 'node:tls';
import { isIP } from 'node:net';
import { FollowedFiles, type Report } from '../followed-files.ts';
import { guardPort } from './guarded-port.ts';
import { readTlsFiles, TLS_VERSION_MIN, type TlsFileNames, type TlsMaterial } from './tls-files.ts';

/** Who comes in at a port: that decides whether a certificate is asked of them, and whose word for it counts. */
export type Callers = 'clients' | 'operators' | 'replicas';

/** A handshake is two round trips, and a busy machine. */
const HANDSHAKE_MS_MAX = 10_000;

export class Tls {
  readonly #files: FollowedFiles<TlsMaterial>;

  /** Throws `InvalidInput`. */
  constructor(names: TlsFileNames, report: Report, lookIntervalMs?: number) {
    const { certificate, key, authority, clientAuthority } = names;
    this.#files = new FollowedFiles({
      names: [certificate, key, authority, ...(clientAuthority === undefined ? [] : [clientAuthority])],
      read: () => readTlsFiles(names),
      describe: ({ text }) => text,
      report: (text, isInForce) => report(`--tls-cert-file and its companions ${text}`, isInForce),
      ...(lookIntervalMs === undefined ? {} : { lookIntervalMs }),
    });
  }

  /** The certificate in force, in words. */
  get text(): string {
    return this.#files.value.text;
  }

  /** When the certificate in force ends, in milliseconds since 1970. */
  get certificateEndMs(): number {
    return this.#files.value.endMs;
  }

  /** What a server for these callers is made with. Pass the server to `guard` as soon as it is made. */
  serverOptions(callers: Callers): TlsOptions {
    const shown = callers === 'replicas' || this.#authorityOf(callers) !== undefined;
    return {
      ...this.#contextOptions(callers),
      requestCert: shown,
      rejectUnauthorized: shown,
      handshakeTimeout: HANDSHAKE_MS_MAX,
    };
  }

  /**
   * Keeps a server's certificates up to date, and has it tell `plainAnswer` to who speaks no TLS. To be called
   * before anybody else listens for its connections.
   */
  guard(server: Server, callers: Callers, plainAnswer: string): void {
    this.#files.onChange(() => server.setSecureContext(this.#contextOptions(callers)));
    guardPort(server, plainAnswer, HANDSHAKE_MS_MAX);
  }

  /** For a connection to another replica at `host`, a name or an address, whatever it resolves to. */
  dialOptions(host: string): ConnectionOptions {
    return { ...this.#contextOptions('replicas'), servername: isIP(host) === 0 ? host : '' };
  }

  close(): void {
    this.#files.close();
  }

  #contextOptions(callers: Callers): SecureContextOptions {
    const { certificate, key } = this.#files.value;
    const authority = this.#authorityOf(callers);
    return {
      cert: certificate,
      key,
      minVersion: TLS_VERSION_MIN,
      ...(authority === undefined ? {} : { ca: authority }),
    };
  }

  /** Operators are asked for none: a kubelet that looks after a pod has no certificate to show. */
  #authorityOf(callers: Callers): Buffer | undefined {
    const { authority, clientAuthority } = this.#files.value;
    if (callers === 'replicas') return authority;
    return callers === 'clients' ? clientAuthority : undefined;
  }
}
