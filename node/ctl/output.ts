/**
 * Where results go: standard output, as a table or as sentences for people, as JSON for programs. Progress and whatever is
 * not the result goes to standard error.
 */

export type Row = Readonly<Record<string, unknown>>;

export interface Column {
  /** The member of the row. */
  readonly field: string;
  /** Its heading; the field in capitals when absent. */
  readonly heading?: string;
  readonly align?: 'right';
}

export interface Streams {
  out(text: string | Uint8Array): void;
  error(text: string): void;
  /** Standard output, and standard error, is somebody's screen. */
  readonly outIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
}

/** Between two columns. */
const GAP = '  ';

export class Output {
  readonly json: boolean;
  readonly streams: Streams;

  constructor(json: boolean, streams: Streams) {
    this.json = json;
    this.streams = streams;
  }

  /** The result as rows: a table, or a JSON array. */
  rows(rows: readonly Row[], columns: readonly Column[]): void {
    if (this.json) this.value(rows);
    else this.streams.out(tableOf(rows, columns));
  }

  /** One row of many that come one by one: a line of text, or a line of JSON. */
  row(row: Row, text: string): void {
    this.streams.out(this.json ? `${JSON.stringify(row)}\n` : `${text}\n`);
  }

  /** A result that is no table: a JSON object, or sentences. */
  result(value: Row, text: string): void {
    if (this.json) this.value(value);
    else this.streams.out(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** An answer that is no: where a value would be there is nothing for people, and an object for programs. */
  no(value: Row, text: string): void {
    if (this.json) this.value(value);
    else this.note(text);
  }

  /** Something that people want to know beside the result. */
  note(text: string): void {
    if (!this.json) this.streams.error(`${text}\n`);
  }

  value(value: unknown): void {
    this.streams.out(`${JSON.stringify(value, undefined, 2)}\n`);
  }
}

export function tableOf(rows: readonly Row[], columns: readonly Column[]): string {
  const cells = [
    columns.map((column) => column.heading ?? column.field.toUpperCase()),
    ...rows.map((row) => columns.map((column) => cellText(row[column.field]))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, index) =>
        columns[index]?.align === 'right'
          ? cell.padStart(widths[index] ?? 0)
          : cell.padEnd(widths[index] ?? 0),
      )
      .join(GAP)
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? '' : value.map(String).join('; ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** `1.5 MiB`: three digits at most, binary units. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 || value >= 100
    ? `${Math.round(value)} ${units[unit]}`
    : `${value.toFixed(1)} ${units[unit]}`;
}
