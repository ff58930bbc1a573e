/** What a server has promised its clients to keep, with the time of each promise; and clients that collect promises. */
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";
import { openLedger } from "../survival-ledger.ts";

/** Monotonic time that is the same for all processes of the machine, ms. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Something that must be so after a power cut at or after `at`. */
export interface Promised {
  readonly at: number;
  readonly what: string;
  /** Whether a server keeps it. */
  readonly isKept: (server: RestartedServer) => Promise<boolean>;
  /** For an item or a session: its session, which may be erased later. */
  readonly sessionId?: string;
}

/** Asks the server on a port. */
export async function askPort(port: number, request: string, json?: unknown): Promise<Response> {
  const [method = "GET", path = "/"] = request.split(" ");
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  const headers = { "content-type": "application/json" };
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(json !== undefined && { headers }),
    ...body,
  });
}

/** Types over `kuku.v1` until told to stop, and collects what `kuku.saved` names. */
export function openTypist(port: number, name: string, promised: Promised[]): { stop(): void } {
  const ledger = openLedger();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime`, ["kuku.v1"]);
  const known = new Set<string>();
  let said = 0;
  let stopped = false;
  const say = () => {
    if (stopped || socket.readyState !== WebSocket.OPEN) return;
    const content = [
      { type: "input_text", text: `Typed ${name}.${++said}: one more thing about the garden.` },
    ];
    socket.send(
      JSON.stringify({ type: "conversation.item.create", item: { type: "message", role: "user", content } }),
    );
    socket.send(JSON.stringify({ type: "response.create" }));
  };
  const onSaved = () => {
    const at = machineTime();
    const { sessionId } = ledger;
    for (const id of ledger.safe().at(-1) ?? []) {
      if (known.has(id)) continue;
      known.add(id);
      promised.push({ at, sessionId, what: `item ${id}`, isKept: (on) => on.hasItem(sessionId, id) });
    }
  };
  socket.on("message", (data, isBinary) => {
    if (isBinary) return;
    const event = JSON.parse(data.toString());
    ledger.take(event);
    if (event.type === "kuku.saved") onSaved();
    if (event.type === "response.done") setTimeout(say, 250);
  });
  socket.on("open", () => setTimeout(say, 200));
  socket.on("error", () => {});
  return {
    stop() {
      stopped = true;
      socket.close();
    },
  };
}

/** A server that was started on what a cut has left; what is asked often is asked once. */
export class RestartedServer {
  readonly #port: number;
  readonly #messages = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(port: number) {
    this.#port = port;
  }

  async ask(request: string): Promise<Response> {
    return askPort(this.#port, request);
  }

  async hasItem(sessionId: string, id: string): Promise<boolean> {
    const asked = this.#messages.get(sessionId) ?? this.#readMessages(sessionId);
    this.#messages.set(sessionId, asked);
    return (await asked).has(id);
  }

  async #readMessages(sessionId: string): Promise<ReadonlySet<string>> {
    const response = await this.ask(`GET /api/sessions/${sessionId}/messages`);
    if (!response.ok) return new Set();
    const { data } = (await response.json()) as { data: { messages: { id: string }[] } };
    return new Set(data.messages.map(({ id }) => id));
  }
}

/** A conversation over REST: a session, and messages with spoken answers, each promised once it is answered. */
export async function converse(port: number, promised: Promised[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const sessionId = await beginSession(port, promised);
    for (let turn = 0; turn < 3 && !isOver(); turn++) {
      const response = await askPort(port, `POST /api/sessions/${sessionId}/messages`, {
        text: `Turn ${turn}.`,
      });
      if (!response.ok) return;
      const { data } = (await response.json()) as { data: { messages: { id: string; audioUrl?: string }[] } };
      const at = machineTime();
      for (const { id, audioUrl } of data.messages) {
        promised.push({ at, sessionId, what: `message ${id}`, isKept: (on) => on.hasItem(sessionId, id) });
        if (audioUrl === undefined) continue;
        const isKept = async (on: RestartedServer) => {
          const audio = await on.ask(`GET ${audioUrl}`);
          return audio.ok && (await audio.arrayBuffer()).byteLength > 44;
        };
        promised.push({ at, sessionId, what: `audio ${audioUrl}`, isKept });
      }
      await wait(250);
    }
  }
}

/** Makes a session over REST, which is promised with its answer. */
export async function beginSession(port: number, promised: Promised[]): Promise<string> {
  const response = await askPort(port, "POST /api/sessions", {});
  const { data } = (await response.json()) as { data: { sessionId: string } };
  const { sessionId } = data;
  const isKept = async (on: RestartedServer) => (await on.ask(`GET /api/sessions/${sessionId}`)).ok;
  promised.push({ at: machineTime(), sessionId, what: `session ${sessionId}`, isKept });
  return sessionId;
}

/** Makes a persona, which is promised with its answer. */
export async function makePersona(port: number, id: string, promised: Promised[]): Promise<void> {
  const own = {
    id,
    name: "Cut",
    flow: "coaching",
    language: "en-US",
    voices: ["default"],
    greets: false,
    turnTaking: "patient",
    instructions: "You are a coach who survives power cuts.",
  };
  const response = await askPort(port, "POST /api/personas", own);
  if (!response.ok) throw new Error(`no persona: ${await response.text()}`);
  const isKept = async (on: RestartedServer) =>
    (await (await on.ask("GET /api/personas")).text()).includes(`"${id}"`);
  promised.push({ at: machineTime(), what: `persona ${id}`, isKept });
}
