/** Whether and where traces go, as the options and OpenTelemetry's own variables say. */
import type { CommandLine, OptionSpec } from './command-line.ts';
import { InvalidInput } from './errors.ts';
import type { Surroundings } from './journal/log-choice.ts';

export interface TracesChoice {
  /** Spans are posted to it, as OTLP over HTTP in JSON. */
  readonly url: string;
  /** Share of the requests that are traced, from 0 to 1, where the client doesn't say. */
  readonly ratio: number;
}

/** What OTLP says: the endpoint is a base. */
const TRACES_PATH = '/v1/traces';

export const TRACES_SPECS: readonly OptionSpec[] = [
  {
    name: 'traces-endpoint',
    value: 'URL',
    help: 'send traces of requests to this OTLP collector (default: $OTEL_EXPORTER_OTLP_ENDPOINT, else no traces)',
  },
  {
    name: 'traces-ratio',
    value: 'SHARE',
    help: 'of the requests that are traced, 0 to 1 (default: $OTEL_TRACES_SAMPLER_ARG, else 0.01)',
  },
];

export interface TracesSettings {
  /** Undefined: no traces. */
  readonly traces: TracesChoice | undefined;
  /** What the log is to say of a variable that makes no sense. */
  readonly tracesNotice: string | undefined;
}

const RATIO = 0.01;

/**
 * Throws `InvalidInput` for an option that makes no sense. The variables are often there for all programs of a machine or a
 * namespace, and no reason for a database not to start.
 */
export function parseTraces(line: CommandLine, { env }: Surroundings): TracesSettings {
  const variables = isSwitchedOff(env) ? {} : env;
  const option = line.text('traces-endpoint');
  const optionRatio = line.text('traces-ratio');
  const given = {
    url: option === undefined ? undefined : endpointOf('--traces-endpoint', option, TRACES_PATH),
    ratio: optionRatio === undefined ? undefined : ratioOf('--traces-ratio', optionRatio),
  };
  const endpoint = option === undefined ? lenient(() => endpointIn(variables)) : { value: given.url };
  if (endpoint.value === undefined) return withNotice(undefined, endpoint.problem, 'no traces are sent');
  const ratio = given.ratio === undefined ? lenient(() => ratioIn(variables)) : { value: given.ratio };
  const choice = Object.freeze({ url: endpoint.value, ratio: ratio.value ?? RATIO });
  return withNotice(choice, ratio.problem, `${RATIO} counts instead`);
}

function withNotice(
  traces: TracesChoice | undefined,
  problem: string | undefined,
  consequence: string,
): TracesSettings {
  return { traces, tracesNotice: problem === undefined ? undefined : `${consequence}: ${problem}` };
}

/** As OpenTelemetry has it: the SDK as a whole, or traces, or those that go by OTLP. */
function isSwitchedOff({ OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER }: Surroundings['env']): boolean {
  if (OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return true;
  if (isUnset(OTEL_TRACES_EXPORTER)) return false;
  return !OTEL_TRACES_EXPORTER.split(',').some((name) => name.trim().toLowerCase() === 'otlp');
}

function endpointIn(env: Surroundings['env']): string | undefined {
  const own = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (!isUnset(own)) return endpointOf('$OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', own, '');
  const base = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  return isUnset(base) ? undefined : endpointOf('$OTEL_EXPORTER_OTLP_ENDPOINT', base, TRACES_PATH);
}

function ratioIn({ OTEL_TRACES_SAMPLER_ARG: text }: Surroundings['env']): number | undefined {
  return isUnset(text) ? undefined : ratioOf('$OTEL_TRACES_SAMPLER_ARG', text);
}

/** OpenTelemetry takes an empty variable for one that is not there. */
function isUnset(text: string | undefined): text is undefined | '' {
  return text === undefined || text === '';
}

interface Understood<T> {
  readonly value: T | undefined;
  readonly problem?: string;
}

/** What `parse` answers, or what it objects to. */
function lenient<T>(parse: () => T | undefined): Understood<T> {
  try {
    return { value: parse() };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { value: undefined, problem: error.message };
  }
}

/** An empty text is none. */
function endpointOf(field: string, text: string, path: string): string | undefined {
  if (text === '') return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidInput(field, text, 'must be an address that begins with http:// or https://');
  return path === '' ? url.href : `${url.href.replace(/\/$/, '')}${path}`;
}

function ratioOf(field: string, text: string): number {
  const ratio = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(ratio >= 0 && ratio <= 1)) throw new InvalidInput(field, text, 'must be a number from 0 to 1');
  return ratio;
}
