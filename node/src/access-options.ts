/** The options that say who may speak, and over which channel: of one replica, and of a cluster on one machine. */
import type { CommandLine, OptionSpec } from './command-line.ts';
import { InvalidInput } from './errors.ts';
import type { TlsFileNames } from './tls/tls-files.ts';

/** Names of files; what isn't there isn't asked for. */
export interface AccessFiles {
  /** With the passwords of clients. */
  readonly password: string | undefined;
  /** With what the replicas share. */
  readonly clusterSecret: string | undefined;
  readonly tls: TlsFileNames | undefined;
}

/** Whoever reaches a port may speak. */
export const OPEN_ACCESS: AccessFiles = Object.freeze({
  password: undefined,
  clusterSecret: undefined,
  tls: undefined,
});

/** Needed together or not at all. */
const TLS_OPTIONS = ['tls-cert-file', 'tls-key-file', 'tls-ca-file'] as const;

export const ACCESS_SPECS: readonly OptionSpec[] = [
  { name: 'password-file', value: 'FILE', help: 'clients must give a password: one a line, at most two' },
  {
    name: 'cluster-secret-file',
    value: 'FILE',
    help: 'replicas and the admin port must know this secret: one a line, at most two, of 32 bytes or more',
  },
  { name: 'tls-cert-file', value: 'FILE', help: 'all ports speak TLS with this certificate (PEM)' },
  { name: 'tls-key-file', value: 'FILE', help: 'its private key' },
  {
    name: 'tls-ca-file',
    value: 'FILE',
    help: 'the authority that has signed the certificates of all replicas',
  },
  {
    name: 'tls-client-ca-file',
    value: 'FILE',
    help: 'clients must show a certificate that this authority has signed',
  },
];

/** Throws `InvalidInput`; the files are not read yet. */
export function parseAccess(line: CommandLine): AccessFiles {
  return Object.freeze({
    password: line.text('password-file'),
    clusterSecret: line.text('cluster-secret-file'),
    tls: parseTls(line),
  });
}

/** The same as arguments for a replica's command line. */
export function accessArguments({ password, clusterSecret, tls }: AccessFiles): string[] {
  const values = {
    'password-file': password,
    'cluster-secret-file': clusterSecret,
    'tls-cert-file': tls?.certificate,
    'tls-key-file': tls?.key,
    'tls-ca-file': tls?.authority,
    'tls-client-ca-file': tls?.clientAuthority,
  };
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
}

function parseTls(line: CommandLine): TlsFileNames | undefined {
  const [certificate, key, authority] = TLS_OPTIONS.map((name) => line.text(name));
  const clientAuthority = line.text('tls-client-ca-file');
  if ([certificate, key, authority, clientAuthority].every((name) => name === undefined)) return undefined;
  if (certificate === undefined || key === undefined || authority === undefined) {
    const missing = TLS_OPTIONS.find((name) => line.text(name) === undefined);
    throw new InvalidInput(`--${missing}`, undefined, 'must be given too, when another --tls option is');
  }
  return Object.freeze({ certificate, key, authority, clientAuthority });
}
