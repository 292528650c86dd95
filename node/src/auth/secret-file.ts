/**
 * A file with one secret a line, and up to two of them, so that one can replace the other without a moment in which
 * somebody is locked out: first both stand in the file, then only the new one.
 */
import { InvalidInput } from '../errors.ts';
import { FollowedFiles, readSmallFile, type Report } from '../followed-files.ts';
import { matchingSecret, Secret } from './secret.ts';

/** One in use and one that replaces it. */
const SECRETS_MAX = 2;
/** Redis's own bound of a password. */
const SECRET_BYTES_MAX = 512;
/** Two secrets, their line ends, and room for some empty lines. */
const FILE_BYTES_MAX = 4_096;
/** What the value of an HTTP header can't carry, or loses on its way. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const UNUSABLE = /[\u0000-\u001f\u007f]|^ | $/;

export interface SecretFileOptions {
  /** The option that named the file, dashes included, for errors. */
  readonly option: string;
  readonly name: string;
  /** What one secret is called in sentences: `password`. */
  readonly noun: string;
  /** A shorter secret is refused. */
  readonly bytesMin: number;
  readonly report: Report;
  readonly lookIntervalMs?: number;
}

export class SecretFile {
  readonly #files: FollowedFiles<readonly Secret[]>;

  /** Throws `InvalidInput`, which quotes the file's name and never its content. */
  constructor(options: SecretFileOptions) {
    const { option, name, noun, report, lookIntervalMs } = options;
    this.#files = new FollowedFiles<readonly Secret[]>({
      names: [name],
      // A secret that stays is the same object before and after: that is how the others are known to be gone.
      read: (previous = []) =>
        readLines(options).map((text) => matchingSecret(previous, text) ?? new Secret(text)),
      describe: (secrets) => `${secrets.length} ${noun}${secrets.length === 1 ? '' : 's'} of ${name}`,
      report: (text, isInForce) => report(`${option} ${text}`, isInForce),
      ...(lookIntervalMs === undefined ? {} : { lookIntervalMs }),
    });
  }

  /** Those in force, in the order of the file; at least one. */
  get current(): readonly Secret[] {
    return this.#files.value;
  }

  /** The secret in force whose text was given, one character per byte; in constant time. */
  match(given: string): Secret | undefined {
    return matchingSecret(this.current, given);
  }

  /** Is called when the file was read again, with the secrets in force from now on. */
  onChange(listener: (current: readonly Secret[]) => void): void {
    this.#files.onChange(listener);
  }

  close(): void {
    this.#files.close();
  }
}

function readLines({ option, name, noun, bytesMin }: SecretFileOptions): string[] {
  const text = readSmallFile(option, name, FILE_BYTES_MAX).toString('latin1');
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const refuse = (rule: string): never => {
    throw new InvalidInput(option, name, `must name a file ${rule}`);
  };
  if (lines.length === 0) refuse(`with a ${noun} in it`);
  if (lines.length > SECRETS_MAX) refuse(`of at most ${SECRETS_MAX} lines, a ${noun} each`);
  for (const line of lines) {
    if (line.length < bytesMin) refuse(`whose ${noun}s have at least ${bytesMin} bytes each`);
    if (line.length > SECRET_BYTES_MAX) refuse(`whose ${noun}s have at most ${SECRET_BYTES_MAX} bytes each`);
    if (UNUSABLE.test(line)) {
      refuse(`whose ${noun}s hold no control characters, and begin and end with no blank`);
    }
  }
  if (new Set(lines).size < lines.length) refuse(`whose ${noun}s differ`);
  return lines;
}
