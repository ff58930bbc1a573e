/** Text that a client hands in as fast as its socket may, and what five people who talk meanwhile notice of it. */

import { WebSocket } from "ws";
import { Client } from "../server/support.ts";
import { type Mortal, startMortal } from "./survival-server.ts";

/** One client of the flood: so many typed messages of so many bytes, at once. */
export interface Flood {
  readonly items: number;
  readonly bytes: number;
}

export interface FloodFigures {
  /** Medians of the time until a turn is answered and stored, ms: before the flood, and during it. */
  readonly beforeMs: number;
  readonly duringMs: number;
  readonly slowestMs: number;
  /** Turns during the flood. */
  readonly turns: number;
  /** Answers to the flood: `added`, or the error's code. */
  readonly answers: Readonly<Record<string, number>>;
  /** Close codes of those who talked. */
  readonly closed: readonly number[];
  /** Resident memory before and at the most, MB. */
  readonly residentMb: number;
  readonly mostResidentMb: number;
}

const scripted = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
const people = 5;
const turnsBefore = 8;

/** Starts a server, lets five people talk, and floods it. */
export async function floodWithItems(
  env: Readonly<Record<string, string>>,
  floods: readonly Flood[],
): Promise<FloodFigures> {
  const server = await startMortal({ ...scripted, ...env });
  const closed: number[] = [];
  try {
    const talkers = await Promise.all(Array.from({ length: people }, () => openClient(server.port)));
    for (const { closed: end } of talkers) void end.then(({ code }) => closed.push(code));
    const before = await Promise.all(
      talkers.map((talker) => takeTurns(talker, (done) => done < turnsBefore)),
    );
    const residentMb = await server.residentMb();
    const flooding = { over: false };
    const during = Promise.all(
      talkers.map((talker) => takeTurns(talker, (done) => !flooding.over || done < 3)),
    );
    const [answers, mostResidentMb] = await Promise.all([
      flood(server, floods).finally(() => {
        flooding.over = true;
      }),
      watchMemory(server, flooding),
    ]);
    const times = (await during).flat();
    const told = [...closed];
    for (const { ws } of talkers) ws.terminate();
    return {
      beforeMs: median(before.flat()),
      duringMs: median(times),
      slowestMs: Math.round(Math.max(...times)),
      turns: times.length,
      answers,
      closed: told,
      residentMb: Math.round(residentMb),
      mostResidentMb: Math.round(mostResidentMb),
    };
  } finally {
    await server.kill();
  }
}

async function openClient(port: number): Promise<Client> {
  const client = new Client(new WebSocket(`ws://127.0.0.1:${port}/v1/realtime`, ["kuku.v1"]));
  await client.event("session.created");
  client.send({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  await client.event("session.updated");
  return client;
}

function message(text: string) {
  return {
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
  };
}

/** Typed turns, one after another; the time of each until its answer is stored, ms. A socket that closes ends them. */
async function takeTurns(talker: Client, goesOn: (done: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  while (goesOn(times.length) && talker.ws.readyState === WebSocket.OPEN) {
    const at = performance.now();
    talker.send(message("I would like to talk about my week."));
    talker.send({ type: "response.create", response: { output_modalities: ["text"] } });
    const stored = async () => {
      const { response } = await talker.event("response.done");
      const answer = response.output[0].id;
      while ((await talker.event("kuku.saved")).item_id !== answer);
    };
    await stored().catch(() => {});
    times.push(performance.now() - at);
  }
  return times;
}

async function flood({ port }: Mortal, floods: readonly Flood[]): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  const count = (what: string) => {
    answers[what] = (answers[what] ?? 0) + 1;
  };
  const one = async ({ items, bytes }: Flood) => {
    const client = await openClient(port);
    for (let n = 0; n < items; n++) client.send(message(words(n, bytes)));
    for (let answered = 0; answered < items; ) {
      const event = await client.next();
      if (event === undefined) return count(`closed ${(await client.closed).code}`);
      if (Buffer.isBuffer(event)) continue;
      if (event.type === "conversation.item.added") count("added");
      else if (event.type === "error") count(event.error.code);
      else continue;
      answered++;
    }
    client.ws.terminate();
  };
  await Promise.all(floods.map(one));
  return answers;
}

/** Words of which none comes twice, which a search index likes least. */
function words(seed: number, bytes: number): string {
  let text = "";
  for (let n = 0; text.length < bytes; n++) text += `${(seed * 7919 + n * 104_729).toString(36)} `;
  return text.slice(0, bytes);
}

async function watchMemory(server: Mortal, flooding: { readonly over: boolean }): Promise<number> {
  let most = 0;
  do {
    most = Math.max(most, await server.residentMb());
    await new Promise((resolve) => setTimeout(resolve, 200));
  } while (!flooding.over);
  return Math.max(most, await server.residentMb());
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}
