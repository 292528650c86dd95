import type { Done } from './files.ts';

/** A promise of one completion, for callers that have nothing else to do meanwhile: a start, a test. */
export function completion<T>(begin: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    begin((error, value) => {
      if (error === undefined) resolve(value);
      else reject(error);
    });
  });
}
