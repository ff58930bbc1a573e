/** The run itself: seeded inputs of every kind against one server, by several hands at once, each answer judged. */
import fc from "fast-check";
import { hostileMessage } from "../test/server/realtime/mutations.ts";
import { rawInput, upgradeInput } from "./inputs/raw.ts";
import {
  credentialInput,
  formInput,
  type HttpInput,
  type RequestContext,
  restInput,
} from "./inputs/requests.ts";
import { judgeAnswer, type Verdict } from "./judge.ts";
import { Lane, type Target, throwAt } from "./lane.ts";
import { readOperations } from "./operations.ts";
import { sendBatch, type Way, type Witness } from "./talk.ts";

/** What is sent, and its share of a run. */
export const kinds = {
  events: 40,
  frames: 6,
  rest: 28,
  forms: 7,
  credentials: 7,
  raw: 9,
  upgrades: 3,
} as const;
export type Kind = keyof typeof kinds;

export interface FuzzOptions {
  readonly target: Target;
  readonly seed: number;
  /** Messages and requests, all kinds together. */
  readonly count: number;
  /** Default: every kind. */
  readonly only?: readonly Kind[];
  /** Header lines of those whom the fuzzer is, one set each; the last is for sockets, too. */
  readonly identities: readonly (readonly string[])[];
  readonly witness: Witness;
  /** What the witness says, where the fuzzer may not read it. */
  readonly secretWords?: string;
  /** Is told now and then how far it is. */
  readonly onProgress?: (done: number) => void;
}

interface Failure {
  readonly kind: Kind | "witness";
  readonly what: string;
  /** Fit to be sent again. */
  readonly input: string;
}

export interface FuzzReport {
  readonly seed: number;
  readonly sent: Readonly<Record<Kind, number>>;
  /** Answers by HTTP status, and sockets by close code: `404`, `closed 1000`. */
  readonly answers: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
  /** Routes that were asked. */
  readonly operations: number;
}

/** Messages on one socket, and requests made up at once. */
const batchSize = 100;
/** Hands that send at once. */
const hands = 12;
/** A turn of the witness after so many. */
const witnessEvery = 2_000;
/** After so many failures nothing new is learnt. */
const enough = 25;

/** Sends them all. Does not throw for what the server does. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { target, seed, count, witness } = options;
  const url = `http://${target.host}:${target.port}`;
  const { operations, resolve } = await readOperations(url);
  const ids = await makeIds(options);
  const context: RequestContext = { operations, resolve, ids, identities: options.identities };
  const http = httpInputs(context);
  const tally = openTally();
  const jobs = planJobs(seed, count, options.only);
  let next = 0;
  let done = 0;
  let witnessed = 0;
  const work = async () => {
    const lane = new Lane(target);
    while (next < jobs.length && tally.failures.length < enough) {
      const job = jobs[next++]!;
      if (job.kind === "events" || job.kind === "frames") await sendMessages(options, job, tally);
      else await sendRequests(options, job, { lane, inputs: http[job.kind], tally });
      done += job.size;
      options.onProgress?.(done);
      if (done - witnessed < witnessEvery) continue;
      witnessed = done;
      tally.fail("witness", await witness.turn(), "");
    }
    lane.close();
  };
  await Promise.all(Array.from({ length: hands }, work));
  tally.fail("witness", await witness.turn(), "");
  const { sent, answers, failures } = tally;
  return { seed, sent, answers, failures, operations: operations.length };
}

interface Job {
  readonly kind: Kind;
  readonly seed: number;
  readonly size: number;
}

/** The same jobs for the same seed, kinds mixed by their shares. */
function planJobs(seed: number, count: number, only: readonly Kind[] | undefined): readonly Job[] {
  const chosen = (Object.keys(kinds) as Kind[]).filter((kind) => only?.includes(kind) ?? true);
  const total = chosen.reduce((sum, kind) => sum + kinds[kind], 0);
  const jobs = chosen.flatMap((kind) => {
    const share = Math.max(1, Math.round((count * kinds[kind]) / total));
    return Array.from({ length: Math.ceil(share / batchSize) }, (_, index) => ({
      kind,
      // Kinds do not share their numbers, so that one alone sends what it sends among all.
      seed: seed + index + 1_000_003 * Object.keys(kinds).indexOf(kind),
      size: Math.min(batchSize, share - index * batchSize),
      // Where it stands in the run, 0 to 1.
      at: (index + 0.5) / Math.ceil(share / batchSize),
    }));
  });
  return jobs.sort((a, b) => a.at - b.at);
}

function httpInputs(
  context: RequestContext,
): Record<Exclude<Kind, "events" | "frames">, fc.Arbitrary<HttpInput>> {
  return {
    rest: restInput(context),
    forms: formInput(context),
    credentials: credentialInput(context),
    raw: rawInput,
    upgrades: upgradeInput,
  };
}

interface Tally {
  readonly sent: Record<Kind, number>;
  readonly answers: Map<string, number>;
  readonly failures: Failure[];
  count(answer: string): void;
  fail(kind: Failure["kind"], what: Verdict, input: string): void;
}

function openTally(): Tally {
  const answers = new Map<string, number>();
  const failures: Failure[] = [];
  return {
    sent: { events: 0, frames: 0, rest: 0, forms: 0, credentials: 0, raw: 0, upgrades: 0 },
    answers,
    failures,
    count: (answer) => void answers.set(answer, (answers.get(answer) ?? 0) + 1),
    fail(kind, what, input) {
      if (what !== undefined) failures.push({ kind, what, input });
    },
  };
}

const frames = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, 40, 639, 640, 641, 960, 4801, 9600), fc.nat(255), fc.boolean())
  .map(([size, value, speech]) =>
    Uint8Array.from({ length: size }, (_, index) => (speech ? (index * value * 7) % 256 : value)),
  );

/** One socket's batch. */
async function sendMessages(options: FuzzOptions, { kind, seed, size }: Job, tally: Tally): Promise<void> {
  const messages = fc.sample(kind === "frames" ? frames : hostileMessage, { numRuns: size, seed });
  const protocol = kind === "frames" || seed % 2 === 0 ? "kuku.v1" : "realtime";
  const { verdict, closed } = await sendBatch(wayOf(options), protocol, messages, options.secretWords);
  tally.sent[kind] += size;
  tally.count(`closed ${closed}`);
  const shown = messages.map((message) =>
    typeof message === "string" ? message : Buffer.from(message).toString("base64"),
  );
  tally.fail(kind, verdict, `${protocol} ${JSON.stringify(shown)}`);
}

function wayOf({ target, identities }: FuzzOptions): Way {
  const headers = (identities.at(-1) ?? []).map((line) => line.split(": ") as [string, string]);
  return { url: `ws://${target.host}:${target.port}`, headers: Object.fromEntries(headers) };
}

/** A batch of requests, one after another; those that may not be HTTP at all have a socket each. */
async function sendRequests(
  { target, secretWords }: FuzzOptions,
  { kind, seed, size }: Job,
  {
    lane,
    inputs,
    tally,
  }: { readonly lane: Lane; readonly inputs: fc.Arbitrary<HttpInput>; readonly tally: Tally },
): Promise<void> {
  const own = kind === "raw" || kind === "upgrades";
  const batch = fc.sample(inputs, { numRuns: size, seed });
  const send = async (input: HttpInput) => {
    const { bytes, bodyless = false, mayBeBare = false } = input;
    const { answers, silent } = own
      ? { answers: await throwAt(target, bytes), silent: false }
      : await lane.ask(bytes, { bodyless });
    const shown = JSON.stringify(bytes.toString("latin1"));
    if (silent) tally.fail(kind, "no answer", shown);
    for (const answer of answers) {
      tally.count(String(answer.status));
      tally.fail(kind, judgeAnswer(answer, { bodyless, mayBeBare, secretWords }), shown);
    }
    tally.sent[kind]++;
  };
  // Whoever waits for a server that says nothing lets the others go on.
  if (own) await Promise.all(batch.map(send));
  else for (const input of batch) await send(input);
}

/** Sessions that are the fuzzer's own, so that more than "not found" is reached. */
async function makeIds({ target, identities }: FuzzOptions): Promise<readonly string[]> {
  const headers = Object.fromEntries(
    (identities.at(-1) ?? []).map((line) => line.split(": ") as [string, string]),
  );
  const ids: string[] = [];
  for (let made = 0; made < 5; made++) {
    const answer = await fetch(`http://${target.host}:${target.port}/api/sessions`, {
      method: "POST",
      headers,
    });
    const { data } = (await answer.json()) as { data?: { sessionId?: string } };
    if (data?.sessionId !== undefined) ids.push(data.sessionId);
  }
  return ids;
}
