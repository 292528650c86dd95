/** How much a line of the log matters: from what ends a process to what only a developer wants to see. */
export const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const;

export type Level = (typeof LEVELS)[number];

/** 0 for an error, and more for what matters less. */
export const RANK: Readonly<Record<Level, number>> = { error: 0, warn: 1, info: 2, debug: 3, trace: 4 };

export function isLevel(value: unknown): value is Level {
  return LEVELS.some((level) => level === value);
}
