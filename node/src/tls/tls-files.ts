/**
 * The files that TLS needs: this replica's certificate and key, the authority that vouches for the replicas, and, when
 * clients must show certificates too, the authority that vouches for them.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { InvalidInput } from '../errors.ts';
import { readSmallFile } from '../followed-files.ts';

export interface TlsFileNames {
  /** This replica's certificate, and behind it those that lead to the authority. PEM. */
  readonly certificate: string;
  /** PEM, without a passphrase. */
  readonly key: string;
  /** Certificates of the authorities whose word counts for the replicas. PEM. */
  readonly authority: string;
  /** The same for clients; undefined: clients need no certificate. */
  readonly clientAuthority: string | undefined;
}

export interface TlsMaterial {
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly authority: Buffer;
  readonly clientAuthority: Buffer | undefined;
  /** Whose certificate it is and until when. */
  readonly text: string;
  /** When the first certificate ends, in milliseconds since 1970. */
  readonly endMs: number;
}

export const TLS_VERSION_MIN = 'TLSv1.2';

/** A bundle of all public authorities has 220 KiB. */
const FILE_BYTES_MAX = 1024 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Throws `InvalidInput` with the option's name unless the files hold what they must and belong together. */
export function readTlsFiles(names: TlsFileNames): TlsMaterial {
  const certificate = readSmallFile('--tls-cert-file', names.certificate, FILE_BYTES_MAX);
  const leaf = firstCertificate('--tls-cert-file', names.certificate, certificate);
  const key = readSmallFile('--tls-key-file', names.key, FILE_BYTES_MAX);
  requireKey(names.key, key, leaf);
  const authority = readAuthority('--tls-ca-file', names.authority);
  const clientAuthority =
    names.clientAuthority === undefined
      ? undefined
      : readAuthority('--tls-client-ca-file', names.clientAuthority);
  try {
    createSecureContext({ cert: certificate, key, ca: authority, minVersion: TLS_VERSION_MIN });
  } catch (cause) {
    const rule = `must be a certificate and a key that TLS can use (${reasonOf(cause)})`;
    throw new InvalidInput('--tls-cert-file', names.certificate, rule, { cause });
  }
  return {
    certificate,
    key,
    authority,
    clientAuthority,
    text: describe(leaf),
    endMs: Date.parse(leaf.validTo),
  };
}

function firstCertificate(option: string, name: string, bytes: Buffer): X509Certificate {
  return certificatesIn(option, name, bytes)[0] as X509Certificate;
}

function certificatesIn(option: string, name: string, bytes: Buffer): X509Certificate[] {
  const texts = bytes.toString('latin1').match(CERTIFICATE) ?? [];
  if (texts.length === 0) throw new InvalidInput(option, name, 'must hold a certificate in PEM');
  return texts.map((text) => {
    try {
      return new X509Certificate(text);
    } catch (cause) {
      throw new InvalidInput(option, name, `must hold certificates that can be read (${reasonOf(cause)})`, {
        cause,
      });
    }
  });
}

function requireKey(name: string, bytes: Buffer, leaf: X509Certificate): void {
  let key;
  try {
    key = createPrivateKey(bytes);
  } catch {
    // What the library says of a key that it can't read is left out: it may quote it.
    throw new InvalidInput('--tls-key-file', name, 'must hold a private key in PEM, without a passphrase');
  }
  if (!leaf.checkPrivateKey(key)) {
    throw new InvalidInput('--tls-key-file', name, 'must hold the key of the first one in --tls-cert-file');
  }
}

function readAuthority(option: string, name: string): Buffer {
  const bytes = readSmallFile(option, name, FILE_BYTES_MAX);
  for (const certificate of certificatesIn(option, name, bytes)) {
    if (!certificate.ca) {
      const rule = `must hold certificates of authorities only, and not that of ${oneLine(certificate.subject)}`;
      throw new InvalidInput(option, name, rule);
    }
  }
  return bytes;
}

function describe({ subject, subjectAltName, validFrom, validTo }: X509Certificate): string {
  const names = subjectAltName ?? oneLine(subject);
  const nowMs = Date.now();
  const state =
    nowMs > Date.parse(validTo)
      ? 'EXPIRED since'
      : nowMs < Date.parse(validFrom)
        ? `NOT VALID before ${validFrom}, until`
        : 'valid until';
  return `the certificate for ${names}, ${state} ${validTo}`;
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ', ');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
