/** HTTP answers as they come off a socket: the fuzzer asks what no client library would send. */

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** What has been read so far: the answers that are whole, and the bytes of one that is not. */
export interface Reading {
  readonly answers: Answer[];
  readonly rest: Buffer;
  /** The connection has become something else: a WebSocket, or a stream of events. */
  readonly handedOver: boolean;
}

const headEnd = Buffer.from("\r\n\r\n");

/**
 * Takes answers off the front of `bytes`.
 * @param ended whether nothing more will come
 * @param bodyless whether the answers are to HEAD
 */
export function readAnswers(bytes: Buffer, { ended = false, bodyless = false } = {}): Reading {
  const answers: Answer[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf(headEnd);
    if (end < 0) return { answers, rest, handedOver: false };
    const [first = "", ...lines] = rest.subarray(0, end).toString("latin1").split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? Number.NaN);
    const headers = new Map(lines.map((line) => splitHeader(line)));
    const behind = rest.subarray(end + headEnd.length);
    const streams = headers.get("content-type")?.startsWith("text/event-stream") === true;
    if (status === 101 || streams) {
      answers.push({ status, headers, body: Buffer.alloc(0) });
      return { answers, rest: behind, handedOver: true };
    }
    const taken =
      bodyless || status < 200 || status === 204 || status === 304
        ? { body: Buffer.alloc(0), length: 0 }
        : readBody(behind, headers, ended);
    if (taken === undefined) return { answers, rest, handedOver: false };
    // "100 Continue" comes before the answer itself.
    if (status >= 200 || Number.isNaN(status)) answers.push({ status, headers, body: taken.body });
    rest = behind.subarray(taken.length);
  }
}

function splitHeader(line: string): [string, string] {
  const at = line.indexOf(":");
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}

function readBody(bytes: Buffer, headers: ReadonlyMap<string, string>, ended: boolean) {
  const length = headers.get("content-length");
  if (length !== undefined) {
    const wanted = Number(length);
    return bytes.length < wanted ? undefined : { body: bytes.subarray(0, wanted), length: wanted };
  }
  if (headers.get("transfer-encoding") === "chunked") return readChunks(bytes);
  return ended ? { body: bytes, length: bytes.length } : undefined;
}

function readChunks(bytes: Buffer): { body: Buffer; length: number } | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), length: next };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
