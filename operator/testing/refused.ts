/** What the stand-in for an API server says no with: the status, reason and message of the real one. */
import type { Kind } from '../src/kube/kind.ts';

export interface StatusAnswer {
  readonly status: number;
  readonly body: unknown;
}

export class Refused extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  get answer(): StatusAnswer {
    const { status, reason, message } = this;
    return {
      status,
      body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code: status },
    };
  }
}

/** `statefulsets.apps "x"`: how the real one names an object. */
export function named({ apiVersion, plural }: Kind, name: string): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${plural}${group} "${name}"`;
}
