/**
 * The requests that existing front ends make, one after another, against a running server: created, said, listed, heard,
 * ended, rated, refused. Prints a line for each; the exit code is 1 where an answer is not as expected.
 *
 * @example node scripts/rest-collection.ts http://localhost:8000
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** One request and what was answered. */
export interface Outcome {
  readonly name: string;
  /** What was not as expected; empty: nothing. */
  readonly faults: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as plain JSON here, as a front end does
type Data = Record<string, any>;

interface Request {
  readonly json?: unknown;
  /** A recording, sent as the form's field `audio`. */
  readonly audio?: { readonly bytes: Uint8Array; readonly name: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** 200 unless given. */
  readonly status?: number;
  /** Of a refusal. */
  readonly code?: string;
  /** What must hold of `data`, by name. */
  readonly checks?: Readonly<Record<string, (data: Data) => unknown>>;
}

interface Run {
  readonly base: string;
  readonly outcomes: Outcome[];
  readonly onOutcome: (outcome: Outcome) => void;
}

const statusPollMs = 200;
const mostStatusPolls = 300;

function fixture(path: string): Uint8Array {
  return readFileSync(join(import.meta.dirname, "../test/fixtures", path));
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function send(base: string, ask: string, { json, audio, headers }: Request): Promise<Response> {
  const [method = "GET", path = "/"] = ask.split(" ");
  const form = audio && new FormData();
  form?.set("audio", new Blob([new Uint8Array(audio?.bytes ?? [])]), audio?.name);
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  return fetch(new URL(path, base), {
    method,
    headers: { ...(json !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body }),
  });
}

/** Makes one request, such as `POST /api/sessions`, notes what was not as expected, and gives its data. */
async function request(run: Run, name: string, ask: string, options: Request = {}): Promise<Data> {
  const { status = 200, code, checks = {} } = options;
  const faults: string[] = [];
  let data: Data = {};
  try {
    const response = await send(run.base, ask, options);
    const answer = (await response.json()) as Data;
    if (response.status !== status) faults.push(`status ${response.status} instead of ${status}`);
    if (code !== undefined && answer.code !== code) faults.push(`code ${answer.code} instead of ${code}`);
    data = answer.data ?? answer;
    if (faults.length === 0)
      for (const [check, holds] of Object.entries(checks)) if (!holds(data)) faults.push(check);
  } catch (error) {
    faults.push(String(error));
  }
  note(run, { name, faults });
  return data;
}

function note(run: Run, outcome: Outcome): void {
  run.outcomes.push(outcome);
  run.onOutcome(outcome);
}

const answered = {
  "the user's message, and the coach's": ({ messages }: Data) =>
    messages.map(({ sender }: Data) => sender).join() === "user,ai",
  "each with id, timestamp and text": ({ messages }: Data) =>
    messages.every(({ id, timestamp, text }: Data) => id && isTime(timestamp) && typeof text === "string"),
  "the coach's with its audio": ({ messages }: Data) => /^\/audio\//.test(messages[1].audioUrl),
};

/** Requests every step of a session; calls `onOutcome` behind each. */
export async function runCollection(
  base: string,
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const run: Run = { base, outcomes: [], onOutcome };
  await service(run);
  const id = await created(run);
  const { audioUrl } = await said(run, id);
  await heard(run, audioUrl);
  await ended(run, id);
  await rated(run, id);
  await lookedBack(run, id);
  await refused(run);
  await erased(run, id);
  return run.outcomes;
}

async function service(run: Run): Promise<void> {
  await request(run, "health", "GET /health", { checks: { healthy: ({ status }) => status === "healthy" } });
  await request(run, "name and version", "GET /", {
    headers: { accept: "application/json" },
    checks: { "a message and a version": ({ message, version }) => message && version },
  });
}

async function created(run: Run): Promise<string> {
  const checks = {
    "an id": ({ sessionId }: Data) => /^session-/.test(sessionId),
    "active, without messages": ({ status, messageCount }: Data) => status === "active" && messageCount === 0,
    "a time": ({ createdAt }: Data) => isTime(createdAt),
  };
  const { sessionId } = await request(run, "create", "POST /api/sessions", { checks });
  // Collections name the type of a body that they leave empty.
  const headers = { "content-type": "application/json" };
  await request(run, "create, with an empty body", "POST /api/sessions", { headers, checks });
  await request(run, "create, with {}", "POST /api/sessions", { json: {}, checks });
  const french = { persona: "kuku", language: "fr-FR" };
  await request(run, "create in French", "POST /api/sessions", { json: french, checks });
  await request(run, "status", `GET /api/sessions/${sessionId}`, {
    checks: {
      "the same session": (data) => data.sessionId === sessionId,
      "awaits no confirmation": ({ awaitingWrapUpConfirmation }) => awaitingWrapUpConfirmation === false,
    },
  });
  await request(run, "list", "GET /api/sessions?status=active", {
    checks: { "has it": ({ sessions }) => sessions.some((each: Data) => each.sessionId === sessionId) },
  });
  return sessionId;
}

async function said(run: Run, id: string): Promise<Data> {
  const path = `/api/sessions/${id}/messages`;
  await request(run, "history of a new session", `GET ${path}`, {
    checks: { empty: ({ messages }) => messages.length === 0 },
  });
  const { messages } = await request(run, "message as text", `POST ${path}`, {
    json: { text: "I have too much to do." },
    checks: answered,
  });
  await request(run, "message as a recording", `POST ${path}`, {
    audio: { bytes: fixture("speech/overwhelmed-slt.wav"), name: "recording.wav" },
    checks: answered,
  });
  await saidLater(run, path);
  await request(run, "history", `GET ${path}`, {
    checks: {
      "in order": (data) =>
        data.messages.map(({ sender }: Data) => sender).join() === "user,ai,user,ai,user,ai",
    },
  });
  return messages?.[1] ?? {};
}

async function saidLater(run: Run, path: string): Promise<void> {
  const { messageId } = await request(run, "message, answered later", `POST ${path}?wait=false`, {
    json: { text: "I will plan my week tomorrow morning." },
    status: 202,
    checks: {
      "is processed": ({ status, messageId: given, estimatedTimeSeconds }) =>
        status === "processing" && given && estimatedTimeSeconds > 0,
    },
  });
  let status = "processing";
  for (let polls = 0; status === "processing" && polls < mostStatusPolls; polls++) {
    await wait(statusPollMs);
    const answer = await fetch(new URL(`${path}/${messageId}/status`, run.base));
    status = ((await answer.json()) as Data).data?.status ?? "unknown";
  }
  await request(run, "its status", `GET ${path}/${messageId}/status`, {
    checks: { "complete, with the answer": (data) => data.status === "complete" && data.message.text },
  });
}

async function heard(run: Run, audioUrl: string | undefined): Promise<void> {
  const url = new URL(audioUrl ?? "/audio/none", run.base);
  const whole = await fetch(url);
  const bytes = new Uint8Array(await whole.arrayBuffer());
  const isWav = Buffer.from(bytes.subarray(0, 4)).toString() === "RIFF";
  note(run, {
    name: "audio of an answer",
    faults: [
      whole.status === 200 ? [] : [`status ${whole.status}`],
      whole.headers.get("content-type") === "audio/wav" ? [] : ["not audio/wav"],
      isWav && bytes.length > 1000 ? [] : ["no sound"],
    ].flat(),
  });
  const part = await fetch(url, { headers: { range: "bytes=0-99" } });
  const length = (await part.arrayBuffer()).byteLength;
  note(run, {
    name: "a range of it",
    faults: part.status === 206 && length === 100 ? [] : [`status ${part.status}, ${length} bytes`],
  });
}

async function ended(run: Run, id: string): Promise<void> {
  const path = `/api/sessions/${id}`;
  await request(run, "rating before the end", `POST ${path}/rating`, {
    json: { rating: 5 },
    status: 409,
    code: "SESSION_ACTIVE",
  });
  await request(run, "end", `POST ${path}/end`, {
    // As with a new session, an empty body of a named type.
    headers: { "content-type": "application/json" },
    checks: {
      "a summary": ({ summary }) => summary.includes("ACTION PLAN:"),
      "its length and messages": ({ duration, messageCount }) => duration >= 0 && messageCount === 6,
    },
  });
  await request(run, "end again", `POST ${path}/end`, { status: 409, code: "SESSION_ENDED" });
  await request(run, "message after the end", `POST ${path}/messages`, {
    json: { text: "One more thing." },
    status: 409,
    code: "SESSION_ENDED",
  });
}

async function rated(run: Run, id: string): Promise<void> {
  const path = `/api/sessions/${id}/rating`;
  await request(run, "no rating yet", `GET ${path}`, {
    checks: { "has none": ({ hasRating }) => hasRating === false },
  });
  await request(run, "a rating beyond five", `POST ${path}`, {
    json: { rating: 6 },
    status: 400,
    code: "INVALID_RATING",
  });
  const checks = {
    "as given": ({ hasRating, rating, feedback }: Data) =>
      hasRating === true && rating === 5 && feedback === "That helped.",
  };
  const json = { rating: 5, feedback: "That helped." };
  await request(run, "rate", `POST ${path}`, { json, checks });
  await request(run, "rating", `GET ${path}`, { checks });
}

async function lookedBack(run: Run, id: string): Promise<void> {
  await request(run, "report", `GET /api/sessions/${id}/report`);
  await request(run, "delivery", `GET /api/sessions/${id}/delivery`);
  await request(run, "search", "GET /api/search/messages?q=week");
  await request(run, "progress", "GET /api/me/progress");
}

async function refused(run: Run): Promise<void> {
  const nobody = "session-00000000-0000-7000-8000-000000000000";
  const { sessionId } = await request(run, "create another", "POST /api/sessions");
  const messages = `POST /api/sessions/${sessionId}/messages`;
  const upload = (name: string, bytes: Uint8Array, status: number, code: string) =>
    request(run, name, messages, { audio: { bytes, name: "recording.webm" }, status, code });
  await upload("not audio", fixture("speech/not-audio.wav"), 415, "INVALID_AUDIO_FORMAT");
  await upload("nothing in the file", new Uint8Array(), 422, "EMPTY_AUDIO");
  await upload("silence", fixture("speech/silence-3s.wav"), 422, "NO_SPEECH");
  await request(run, "malformed id", "GET /api/sessions/mine", { status: 400, code: "INVALID_SESSION_ID" });
  const unknown = { status: 404, code: "SESSION_NOT_FOUND" };
  await request(run, "unknown session", `GET /api/sessions/${nobody}`, unknown);
  await request(run, "unknown path", "GET /api/elsewhere", { status: 404, code: "NOT_FOUND" });
  await request(run, "no message", messages, { status: 400, code: "MESSAGE_MISSING" });
}

async function erased(run: Run, id: string): Promise<void> {
  const path = `/api/sessions/${id}`;
  await request(run, "erase", `DELETE ${path}`);
  await request(run, "erased", `GET ${path}`, { status: 404, code: "SESSION_NOT_FOUND" });
}

if (import.meta.main) {
  const [base = "http://localhost:8000"] = process.argv.slice(2);
  const outcomes = await runCollection(base, ({ name, faults }) =>
    process.stdout.write(faults.length === 0 ? `✓ ${name}\n` : `✗ ${name}: ${faults.join("; ")}\n`),
  );
  const failed = outcomes.filter(({ faults }) => faults.length > 0).length;
  process.stdout.write(`${outcomes.length - failed} of ${outcomes.length} as expected\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
