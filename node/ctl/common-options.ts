/** The options that every command takes. */
import type { OptionSpec } from '../src/command-line.ts';
import { CONNECTION_OPTIONS } from './connections.ts';

export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: 'output', value: 'FORMAT', help: 'text or json', fallback: 'text' },
  ...CONNECTION_OPTIONS,
  { name: 'help', help: 'print this text' },
];
