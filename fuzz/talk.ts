/** WebSockets of the fuzzer: messages by the batch, and the witness whose conversation nothing may disturb. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { judgeClose, judgeMessage, type Verdict } from "./judge.ts";

/** How long anything may take, ms. */
const patienceMs = 20_000;
const lastId = "the-last-one";

export interface Way {
  /** `ws://127.0.0.1:8000`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Batch {
  /** What was wrong first. */
  readonly verdict: Verdict;
  /** Errors that the server told. */
  readonly errors: number;
  readonly closed: number;
}

function open({ url, headers }: Way, protocol: string): WebSocket {
  const ws = new WebSocket(`${url}/v1/realtime`, [protocol], { headers });
  ws.on("error", () => {});
  return ws;
}

/** Sends them all on a new socket, and judges everything that comes back until each has been dealt with. */
export async function sendBatch(
  way: Way,
  protocol: "realtime" | "kuku.v1",
  messages: readonly (string | Uint8Array)[],
  secretWords: string | undefined,
): Promise<Batch> {
  const ws = open(way, protocol);
  let verdict: Verdict;
  let errors = 0;
  ws.on("message", (data, isBinary) => {
    const text = isBinary ? undefined : String(data);
    verdict ??= judgeMessage(text, secretWords);
    if (!text?.includes('"type":"error"')) return;
    errors++;
    if (text.includes(`"${lastId}"`)) ws.close(1000);
  });
  ws.once("open", () => {
    for (const message of messages) ws.send(message);
    // Whatever the others have done to the session, this one is always answered.
    ws.send(
      JSON.stringify({ type: "conversation.item.retrieve", item_id: "no-such-item", event_id: lastId }),
    );
  });
  const late = setTimeout(() => {
    verdict ??= "no answer in time";
    ws.terminate();
  }, patienceMs);
  const [closed] = (await once(ws, "close")) as [number];
  clearTimeout(late);
  return { verdict: verdict ?? judgeClose(closed), errors, closed };
}

export interface Witness {
  /** A turn in writing; what was wrong with it, or undefined. */
  turn(): Promise<Verdict>;
  close(): void;
}

/** Begins a conversation of somebody else's. `words` stand in each of its turns. */
export async function openWitness(way: Way, words: string): Promise<Witness> {
  const ws = open(way, "realtime");
  const waiting = new Set<(type: string, status?: string) => void>();
  ws.on("message", (data, isBinary) => {
    if (isBinary) return;
    const { type, response } = JSON.parse(String(data)) as { type: string; response?: { status?: string } };
    for (const tell of waiting) tell(type, response?.status);
  });
  ws.on("close", (code: number) => {
    for (const tell of waiting) tell("closed", `closed with ${code}`);
  });
  const until = (wanted: string): Promise<string | undefined> =>
    new Promise((resolve) => {
      const settle = (answer: string | undefined) => {
        clearTimeout(late);
        waiting.delete(tell);
        resolve(answer);
      };
      const late = setTimeout(() => settle("no answer in time"), patienceMs);
      const tell = (type: string, status?: string) => {
        if (type === wanted || type === "closed") settle(status);
      };
      waiting.add(tell);
    });
  const refused = await until("session.created");
  if (refused !== undefined) throw new Error(`the witness could not begin: ${refused}`);
  return {
    async turn() {
      const content = [{ type: "input_text", text: words }];
      ws.send(
        JSON.stringify({
          type: "conversation.item.create",
          item: { type: "message", role: "user", content },
        }),
      );
      ws.send(JSON.stringify({ type: "response.create", response: { output_modalities: ["text"] } }));
      const status = await until("response.done");
      return status === "completed" ? undefined : `the witness: ${status}`;
    },
    close: () => ws.terminate(),
  };
}
