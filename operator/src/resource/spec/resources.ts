/** Processors and memory of each replica. */
import { optional, quantity, record, type Rule } from '../schema/description.ts';
import { parseQuantity } from '../quantity.ts';

/** Node.js itself, a small heap and the buffers of some clients. */
const MEMORY_LIMIT_MIN = '128Mi';

const AMOUNTS = {
  cpu: optional(quantity('Processors: 2, or 500m for a half.', { bareNumbers: true })),
  memory: optional(quantity('Memory: 2Gi.', { bareNumbers: true })),
  'ephemeral-storage': optional(quantity('Disk of the machine itself: 1Gi.', { bareNumbers: true })),
};

interface Amounts {
  readonly cpu?: string;
  readonly memory?: string;
  readonly 'ephemeral-storage'?: string;
}

export const RESOURCES = record(
  'What each replica asks for, and what it gets at most, as in a container.',
  {
    requests: optional(record('What is reserved.', AMOUNTS)),
    limits: optional(record('What it gets at most.', AMOUNTS)),
  },
  {
    rules: [
      notAbove('cpu'),
      notAbove('memory'),
      notAbove('ephemeral-storage'),
      {
        cel: `!has(self.limits) || !has(self.limits.memory) || !isQuantity(string(self.limits.memory)) || quantity(string(self.limits.memory)).compareTo(quantity('${MEMORY_LIMIT_MIN}')) >= 0`,
        holds: ({ limits }) => limits?.memory === undefined || notBelow(limits.memory, MEMORY_LIMIT_MIN),
        must: `must be at least ${MEMORY_LIMIT_MIN}: with less no replica gets as far as serving`,
        field: 'limits.memory',
      },
    ],
  },
);

function notAbove(name: keyof Amounts): Rule<{ readonly requests?: Amounts; readonly limits?: Amounts }> {
  const field = name === 'ephemeral-storage' ? 'ephemeral__dash__storage' : name;
  return {
    cel:
      `!has(self.requests) || !has(self.limits) || !has(self.requests.${field}) || !has(self.limits.${field}) || ` +
      `!isQuantity(string(self.requests.${field})) || !isQuantity(string(self.limits.${field})) || ` +
      `quantity(string(self.requests.${field})).compareTo(quantity(string(self.limits.${field}))) <= 0`,
    holds: ({ requests, limits }) => {
      const [request, limit] = [requests?.[name], limits?.[name]];
      return request === undefined || limit === undefined || notBelow(limit, request);
    },
    must: `must have no more ${name} in requests than in limits: lower the request or raise the limit`,
  };
}

function notBelow(amount: string, other: string): boolean {
  return (parseQuantity(amount) ?? 0n) >= (parseQuantity(other) ?? 0n);
}
