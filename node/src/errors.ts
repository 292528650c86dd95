/** Failures that a caller can act on. Broken invariants are not here: they are assertions. */
export abstract class NodeError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** A bad option, field or file: says which, what was given and what the rule is. */
export class InvalidInput extends NodeError {
  readonly code = 'INVALID_INPUT';
  constructor(field: string, value: unknown, rule: string, options?: ErrorOptions) {
    super(`${field} ${rule}: it is ${JSON.stringify(value)}`, options);
  }
}

/** Bytes on disk or on a link that can't have been written by us, or have changed since. */
export class Corruption extends NodeError {
  readonly code = 'CORRUPTION';
}
