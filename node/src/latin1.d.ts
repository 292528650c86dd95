/** Methods that every Buffer of Node.js has and its type declarations leave out: the fastest way from bytes to strings. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset?: number, length?: number): number;
}
