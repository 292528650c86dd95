/** Opens what the options name: the secrets and certificates that the ports ask for. */
import { SecretFile } from './auth/secret-file.ts';
import type { Report } from './followed-files.ts';
import type { AccessFiles } from './access-options.ts';
import { Tls } from './tls/tls.ts';

/** What is undefined is not asked for. */
export interface Access {
  /** Of clients. */
  readonly passwords: SecretFile | undefined;
  /** Of the replicas, and of whoever looks after them. */
  readonly clusterSecrets: SecretFile | undefined;
  readonly tls: Tls | undefined;
}

/** How good a password is, is its owner's affair: each guess at it takes a connection to a port. */
const PASSWORD_BYTES_MIN = 1;
/** Whoever has seen a handshake can try to guess offline: what a person can remember would be found. */
const CLUSTER_SECRET_BYTES_MIN = 32;

/** Throws `InvalidInput`; `report` hears of every file that is read again, or can't be. */
export function openAccess(files: AccessFiles, report: Report): Access {
  const { password, clusterSecret, tls } = files;
  const open = (option: string, name: string | undefined, noun: string, bytesMin: number) =>
    name === undefined ? undefined : new SecretFile({ option, name, noun, bytesMin, report });
  return {
    passwords: open('--password-file', password, 'password', PASSWORD_BYTES_MIN),
    clusterSecrets: open('--cluster-secret-file', clusterSecret, 'cluster secret', CLUSTER_SECRET_BYTES_MIN),
    tls: tls === undefined ? undefined : new Tls(tls, report),
  };
}
