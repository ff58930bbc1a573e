/** One request as the fake upstream sees it, and the troubles that its answer can be staged with. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Left out, an answer comes at once and whole. Outputs are deltas, or pieces of audio. */
export interface Staging {
  /** Answers with this status and `error` in place of the outputs. */
  readonly status?: number;
  readonly error?: { readonly message: string; readonly code?: string; readonly param?: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers 200 with this body in place of the outputs. */
  readonly garbage?: string;
  /** Before the head, ms of real time. */
  readonly delayMs?: number;
  /** Between outputs, ms of real time. */
  readonly gapMs?: number;
  /** After this many outputs nothing comes any more; −1: not even the head. */
  readonly stallAfter?: number;
  /** After this many outputs the connection is cut; −1: before the head. */
  readonly cutAfter?: number;
  /** After this many outputs the answer ends in good order, but too early. */
  readonly endAfter?: number;
}

export interface SeenRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** JSON body, or the fields of a form; the names of a repeated field keep their `[]`. */
  readonly body: Record<string, unknown>;
  /** The form's file. */
  readonly file?: { readonly name: string; readonly type: string; readonly bytes: Uint8Array };
  readonly open: boolean;
  /** How it ended: answered in full, cut by this side, or given up by the client. */
  readonly ended: Promise<"answered" | "cut" | "closed_by_client">;
  /** Events that a Realtime client sent. */
  readonly events: readonly Record<string, unknown>[];
}

/** Reads the body whole. Undefined: the client gave up on the way. */
export async function watchRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<SeenRequest | undefined> {
  const ended = Promise.withResolvers<"answered" | "cut" | "closed_by_client">();
  let open = true;
  response.once("close", () => {
    open = false;
    ended.resolve(response.writableFinished ? "answered" : cuts.has(response) ? "cut" : "closed_by_client");
  });
  const url = new URL(incoming.url ?? "/", "http://upstream");
  try {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    return {
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      events: [],
      ended: ended.promise,
      get open() {
        return open;
      },
      ...(await readBody(Buffer.concat(parts), incoming.headers["content-type"] ?? "")),
    };
  } catch {
    return undefined;
  }
}

async function readBody(bytes: Buffer, type: string): Promise<Pick<SeenRequest, "body" | "file">> {
  if (!type.startsWith("multipart/form-data")) return { body: JSON.parse(bytes.toString() || "{}") };
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData();
  const body: Record<string, unknown> = {};
  let file: SeenRequest["file"];
  for (const [name, value] of form) {
    if (typeof value === "string") body[name] = value;
    else file = { name: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) };
  }
  return file ? { body, file } : { body };
}

const cuts = new WeakSet<ServerResponse>();

/** Cuts the connection without an end. */
function cut(response: ServerResponse): void {
  cuts.add(response);
  response.destroy();
}

/** Sends `status` and the error in the vendor's envelope. */
export function sendFailure(response: ServerResponse, staging: Staging): void {
  const { status = 500, error = { message: "staged failure" }, headers = {} } = staging;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ error: { type: "staged", param: null, code: null, ...error } }));
}

/** Real milliseconds; false once the response is gone. */
function pause(response: ServerResponse, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const onClose = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      response.off("close", onClose);
      resolve(true);
    }, ms);
    response.once("close", onClose);
  });
}

/** Sends the head and `outputs` one by one, then `tail`, as staged. */
export async function sendOutputs(
  response: ServerResponse,
  staging: Staging,
  type: string,
  outputs: Iterable<string | Uint8Array>,
  tail = "",
): Promise<void> {
  if (staging.delayMs && !(await pause(response, staging.delayMs))) return;
  if (staging.status) return sendFailure(response, staging);
  if (staging.stallAfter === -1) return;
  if (staging.cutAfter === -1) return cut(response);
  response.writeHead(200, { "content-type": type, ...staging.headers });
  response.flushHeaders();
  if (staging.garbage !== undefined) return void response.end(staging.garbage);
  let given = 0;
  for (const output of outputs) {
    if (given === staging.stallAfter) return;
    if (given === staging.endAfter) return void response.end();
    if (given === staging.cutAfter) {
      // What was written must arrive before the cut.
      await new Promise<void>((resolve) => setImmediate(resolve));
      return cut(response);
    }
    if (given > 0 && staging.gapMs && !(await pause(response, staging.gapMs))) return;
    if (response.destroyed) return;
    await new Promise<void>((resolve) => response.write(output, () => resolve()));
    given++;
  }
  if (given === staging.stallAfter) return;
  if (given === staging.cutAfter) return cut(response);
  response.end(tail);
}

/** One server-sent event. */
export function sse(data: unknown, event?: string): string {
  return `${event ? `event: ${event}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
}
