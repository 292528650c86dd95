/** One change of one key, as the history keeps it. It is shared by all who get it, and does not change once the hub has made it. */

/** `clear`: every key was deleted at once. It has no key, and concerns every watch. */
export type ChangeKind = 'put' | 'delete' | 'expire' | 'clear';

/** The object, its place in the history, the headers of its strings. */
const EVENT_BYTES = 160;

export class ChangeEvent {
  readonly kind: ChangeKind;
  /** Latin1, one byte per character, as in the store. */
  readonly key: string;
  /** After a put; empty otherwise. */
  readonly value: string;
  /** What the key held before; undefined when it was absent, and for a clear. */
  readonly previous: string | undefined;
  /** Shared by all changes of one transaction. */
  readonly revision: number;
  /** Of the key. After a put; 0 otherwise. */
  readonly createRevision: number;
  /** Changes of the key since its creation, which counts as the first. After a put; 0 otherwise. */
  readonly version: number;
  /** Milliseconds since 1970, 0 for none. */
  readonly expiresAtMs: number;
  /** Several watches get it: a door may keep what it has made of it for the next one. */
  isShared = false;

  constructor(
    kind: ChangeKind,
    key: string,
    value: string,
    previous: string | undefined,
    revision: number,
    createRevision: number,
    version: number,
    expiresAtMs: number,
  ) {
    this.kind = kind;
    this.key = key;
    this.value = value;
    this.previous = previous;
    this.revision = revision;
    this.createRevision = createRevision;
    this.version = version;
    this.expiresAtMs = expiresAtMs;
  }

  /** About how much memory it keeps from being freed. */
  get bytes(): number {
    return EVENT_BYTES + this.key.length + this.value.length + (this.previous?.length ?? 0);
  }
}
