/** Mutants of sessions: done once, answered alike, and evicted by every replica at the same moment. */
import type { Mutant } from './mutant.ts';

const COMMANDS = 'src/kv/commands/sessions.ts';
const SESSIONS = 'src/kv/sessions.ts';

export const SESSION_MUTANTS: readonly Mutant[] = [
  {
    name: 'reply of a session not stored',
    file: COMMANDS,
    replace: 'store.sessions.replace({ id, sequence, fingerprint, reply: kept });',
    by: 'store.sessions.replace({ id, sequence, fingerprint, reply: undefined });',
    why: 'a client whose answer was lost never gets it',
  },
  {
    name: 'sequence of a session not stored',
    file: COMMANDS,
    replace: 'store.sessions.replace({ id, sequence, fingerprint, reply: kept });',
    by: 'store.sessions.replace({ ...session, reply: kept });',
    why: 'what is sent again is done again',
  },
  {
    name: 'retry in a session done again',
    file: COMMANDS,
    replace: 'if (sequence === session.sequence) {',
    by: 'if (sequence + 1 === session.sequence) {',
    why: 'what is sent again is done again',
  },
  {
    name: 'older sequence done',
    file: COMMANDS,
    replace: 'if (sequence < session.sequence) return oldSequence(sequence, session.sequence);',
    by: '',
    why: 'a late copy of an older request is done again',
  },
  {
    name: 'request of a session not compared',
    file: COMMANDS,
    replace: 'if (fingerprint !== session.fingerprint) return OTHER_REQUEST;',
    by: '',
    why: 'a client takes the reply to another request for its own',
  },
  {
    name: 'unknown session taken for a new one',
    file: COMMANDS,
    replace: 'if (session === undefined) return NO_SESSION;',
    by: 'if (session === undefined) {\n    store.sessions.open(id);\n    return once(store, args, context);\n  }',
    why: 'after an eviction a request that was done is done again',
  },
  {
    name: 'eviction by local order',
    file: SESSIONS,
    replace: 'for (const session of this.#table.values()) {',
    by: 'for (const session of [...this.#table.values()].toSorted(() => Math.random() - 0.5)) {',
    why: 'replicas evict different sessions: one refuses what the other answers',
  },
  {
    name: 'session not moved up when it is named',
    file: SESSIONS,
    replace: '    this.#table.delete(id);\n    this.#table.set(id, session);\n    return session;',
    by: '    return session;',
    why: 'a replica that was restored from a snapshot may have another order than the others',
  },
  {
    // No run restores a snapshot yet.
    name: 'sessions left out of what is restored',
    file: 'src/codec/snapshot-sessions.ts',
    replace: '  store.sessions.restore(sessions);',
    by: '',
    why: 'whoever retries after a snapshot was taken over is refused, or diverges',
    seenBy: {
      file: 'src/codec/snapshot-sessions.test.ts',
      name: 'sessions come back from their chunks as they were, in their order',
    },
  },
];
