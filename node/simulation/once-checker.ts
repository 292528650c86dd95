/**
 * Exactly once, from what clients saw alone: of all answers to one request of a session at most one says that it was
 * done just then, and all of them give the same reply.
 */
import { INTERNAL } from '../src/kv/internal-codes.ts';
import { Violation } from './violation.ts';
import type { History } from './history.ts';

export function checkOnce(history: History): void {
  const done = new Map<string, { fresh: number; reply: string }>();
  for (const { code, args, outcome } of history.operations) {
    if (code !== INTERNAL.once || !Array.isArray(outcome)) continue;
    const [session = '', sequence = '', fingerprint = ''] = args;
    const request = `${session}/${sequence} ${fingerprint}`;
    const [replayed, reply] = outcome as unknown as readonly [number, unknown];
    const text = JSON.stringify(reply, (_key, part: unknown) =>
      typeof part === 'bigint' ? `${part}n` : part,
    );
    const known = done.get(request) ?? { fresh: 0, reply: text };
    done.set(request, known);
    if (known.reply !== text) {
      throw new Violation(`OnceInSession: request ${request} was answered ${known.reply}, then ${text}`);
    }
    if (replayed === 0) known.fresh += 1;
    if (known.fresh > 1) throw new Violation(`OnceInSession: request ${request} was done twice`);
  }
}
