/** What the clients do: one operation, over and over, by so many connections, so many in flight on each. */
export interface Load {
  /** Also the key of its figures in the results. */
  readonly name: string;
  readonly operation: 'put' | 'get';
  readonly clients: number;
  readonly pipeline: number;
}

/** The values that every system stores. */
export const VALUE_BYTES = 256;
/** Puts and gets draw their keys from this many. */
export const KEYS = 100_000;

function load(operation: Load['operation'], clients: number, pipeline = 1): Load {
  const name = `${operation}_c${clients}${pipeline === 1 ? '' : `_p${pipeline}`}`;
  return { name, operation, clients, pipeline };
}

export const LOADS: readonly Load[] = (['put', 'get'] as const).flatMap((operation) => [
  load(operation, 1),
  load(operation, 50),
  load(operation, 1_000),
  load(operation, 50, 16),
]);

export const QUICK_LOADS: readonly Load[] = [load('put', 50), load('get', 50)];
