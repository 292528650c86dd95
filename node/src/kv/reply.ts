/**
 * What a command answers. Strings hold bytes, one per character (latin1), as keys and values do:
 * V8 stores them compactly and the garbage collector moves them cheaply, which buffers do not get.
 */
export type Reply =
  /** A bulk string. */
  | string
  /** An integer; a bigint beyond 2^53. */
  | number
  | bigint
  /** Nil: no such key. */
  | null
  | Status
  | ErrorReply
  | Double
  | MapReply
  | readonly Reply[];

/** A simple string, such as `OK`. */
export class Status {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An error with Redis's own text, code word first: `WRONGTYPE Operation against …`. */
export class ErrorReply {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** A floating-point number: RESP3 has a type for it, RESP2 sends its text as a bulk string. */
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Field and value pairs in order: a map in RESP3, a flat array in RESP2. */
export class MapReply {
  readonly entries: readonly (readonly [Reply, Reply])[];
  constructor(entries: readonly (readonly [Reply, Reply])[]) {
    this.entries = entries;
  }
}

export const OK = new Status('OK');
