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

/** Throws `InvalidInput`; undefined: no traces. */
export function parseTraces(line: CommandLine, { env }: Surroundings): TracesChoice | undefined {
  const option = line.text('traces-endpoint');
  const isOff = env['OTEL_SDK_DISABLED'] === 'true';
  const choice =
    option !== undefined
      ? endpointOf('--traces-endpoint', option, TRACES_PATH)
      : (endpointOf('$OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'], '') ??
        endpointOf('$OTEL_EXPORTER_OTLP_ENDPOINT', env['OTEL_EXPORTER_OTLP_ENDPOINT'], TRACES_PATH));
  const ratio = ratioOf(line.text('traces-ratio'), env['OTEL_TRACES_SAMPLER_ARG']);
  return choice === undefined || (isOff && option === undefined)
    ? undefined
    : Object.freeze({ url: choice, ratio });
}

function endpointOf(field: string, text: string | undefined, path: string): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidInput(field, text, 'must be an address that begins with http:// or https://');
  return path === '' ? url.href : `${url.href.replace(/\/$/, '')}${path}`;
}

function ratioOf(option: string | undefined, variable: string | undefined): number {
  const text = option ?? variable ?? '0.01';
  const ratio = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(ratio >= 0 && ratio <= 1)) {
    const field = option === undefined ? '$OTEL_TRACES_SAMPLER_ARG' : '--traces-ratio';
    throw new InvalidInput(field, text, 'must be a number from 0 to 1');
  }
  return ratio;
}
