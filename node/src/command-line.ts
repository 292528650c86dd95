/**
 * The command line of a program of ours, parsed once. A program lists its options; this file refuses
 * whatever isn't one of them, prints the help from the same list, and turns texts into values. Every
 * refusal is an `InvalidInput` that names the option, the value and the rule.
 */
import { parseArgs } from 'node:util';
import { InvalidInput } from './errors.ts';

export interface OptionSpec {
  /** Without the two dashes. */
  readonly name: string;
  /** What stands for the value in the help text; undefined for an option that has none. */
  readonly value?: string;
  readonly help: string;
  /** The text that counts when the option isn't given. */
  readonly fallback?: string;
  /** It may be given more than once: see `texts`. */
  readonly repeatable?: true;
}

const DURATION_UNITS_MS = { ms: 1, s: 1_000, m: 60_000 };
/** What a timer of Node.js can hold: longer ones fire at once. */
const DURATION_MAX_MS = 2 ** 31 - 1;

const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
};

export class CommandLine {
  readonly #specs: readonly OptionSpec[];
  readonly #given = new Map<string, string[]>();
  /** What is no option, in order. */
  readonly operands: readonly string[];

  /** `argv` without the program, with at most `operandsMax` arguments that are no options. Throws `InvalidInput`. */
  constructor(specs: readonly OptionSpec[], argv: readonly string[], operandsMax = 0) {
    this.#specs = specs;
    const operands: string[] = [];
    this.operands = operands;
    const { tokens } = parseArgs({
      args: [...argv],
      options: Object.fromEntries(
        specs.map((spec) => [spec.name, { type: spec.value === undefined ? 'boolean' : 'string' } as const]),
      ),
      // We check the tokens ourselves: the runtime's messages name no rule.
      strict: false,
      tokens: true,
    });
    for (const token of tokens) {
      if (token.kind === 'positional') {
        if (operands.length === operandsMax)
          throw new InvalidInput('argument', token.value, 'must be an option');
        operands.push(token.value);
      }
      if (token.kind === 'option') this.#accept(token.name, token.rawName, token.value, token.inlineValue);
    }
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  /** What was given, or the fallback, or undefined. */
  text(name: string): string | undefined {
    return this.#given.get(name)?.[0] ?? this.#spec(name)?.fallback;
  }

  /** Every text that was given for an option that may be repeated, in order. */
  texts(name: string): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  /** The option's text as a whole number; it must have been given or have a fallback. */
  integer(name: string, min: number, max: number): number {
    return parseInteger(`--${name}`, this.text(name), min, max);
  }

  /** Milliseconds of a text such as `500ms`, `10s` or `2m`; undefined when the option isn't given. */
  durationMs(name: string, min = 1, max = DURATION_MAX_MS): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [, amount, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
    const milliseconds =
      Number(amount) * (DURATION_UNITS_MS[unit as keyof typeof DURATION_UNITS_MS] ?? Number.NaN);
    if (!(milliseconds >= min && milliseconds <= max)) {
      const most = max === DURATION_MAX_MS ? '24 days' : `${max / DURATION_UNITS_MS.m}m`;
      throw new InvalidInput(`--${name}`, text, `must be a time such as 500ms, 10s or 2m, at most ${most}`);
    }
    return milliseconds;
  }

  /** Bytes of a text such as `1048576`, `512MiB` or `2GB`; undefined when the option isn't given. */
  bytes(name: string, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [, amount, unit] = /^(\d+)([KMG]i?B)?$/.exec(text) ?? [];
    const bytes = Number(amount) * (SIZE_UNITS_BYTES[unit ?? ''] ?? Number.NaN);
    if (!(bytes >= 0 && bytes <= max)) {
      throw new InvalidInput(
        `--${name}`,
        text,
        `must be a size such as 1048576, 512MiB or 2GB, at most ${max}`,
      );
    }
    return bytes;
  }

  #accept(name: string, rawName: string, value: string | undefined, inline: boolean | undefined): void {
    const spec = this.#spec(name);
    if (spec === undefined || rawName !== `--${name}`) {
      throw new InvalidInput('option', rawName, 'must be one that --help lists');
    }
    const before = this.#given.get(name);
    if (before !== undefined && spec.repeatable !== true) {
      throw new InvalidInput(rawName, value, 'must be given once only');
    }
    if (spec.value === undefined) {
      if (value !== undefined) throw new InvalidInput(rawName, value, 'takes no value');
    } else if (value === undefined || value === '' || (inline !== true && value.startsWith('--'))) {
      throw new InvalidInput(rawName, value, `must be followed by its value (${spec.value})`);
    }
    if (before === undefined) this.#given.set(name, [value ?? '']);
    else before.push(value ?? '');
  }

  #spec(name: string): OptionSpec | undefined {
    return this.#specs.find((spec) => spec.name === name);
  }
}

/** Throws `InvalidInput` with the name of the field unless the text is such a number. */
export function parseInteger(field: string, text: string | undefined, min: number, max: number): number {
  const value = text !== undefined && /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new InvalidInput(field, text, `must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/** The options in two columns, as `--help` shows them. */
export function describeOptions(specs: readonly OptionSpec[]): string {
  const left = specs.map(({ name, value }) => `--${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...left.map((text) => text.length));
  return specs
    .map(({ help, fallback }, index) => {
      const end = fallback === undefined ? '' : ` (default ${fallback})`;
      return `  ${(left[index] ?? '').padEnd(width)}  ${help}${end}`;
    })
    .join('\n');
}

/**
 * Runs a parser for a program's `main`: prints the help and ends with 0 when the parser answers with
 * a text, prints a refusal and ends with 2.
 */
export function optionsOrExit<Options extends object>(parse: () => Options | string): Options {
  try {
    const parsed = parse();
    if (typeof parsed !== 'string') return parsed;
    console.log(parsed);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    console.error(`${error.message}\n--help lists the options.`);
    process.exit(2);
  }
}
