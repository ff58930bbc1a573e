/** People who leave something of everything: talked, recorded, reported, rated, with an account and what goes with it. */
import { buffer } from "node:stream/consumers";
import { expect } from "vitest";
import { WebSocket } from "ws";
import type { Synthesizer } from "../../../src/ports/synthesizer.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { accountDataRoutes } from "../../../src/server/api/account-data.ts";
import type { Engines } from "../../../src/session/session-context.ts";
import { ask, audioForm, begin, fixture, type RestOptions, type RestServer } from "../../support/rest.ts";
import { Client } from "../support.ts";

/** Noise that no other text has. */
function noise(seed: string, samples: number): Int16Array {
  let state = [...seed].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return Int16Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) - 32_768;
  });
}

const murmur: Synthesizer = {
  name: "murmur",
  voices: ["murmur"],
  async *synthesize(text, { rate }) {
    yield { pcm: noise(text, rate / 5) };
  },
};

/** What a message ends with that is never answered. */
const unanswered = "and say nothing.";

/** Ears that hear what was last put into `hears`, a mind that says everything again, a voice that is noise. */
export function echoing(): { readonly hears: { words: string }; readonly options: RestOptions } {
  const hears = { words: "" };
  const engines: Partial<Engines> = {
    transcriber: scriptedTranscriber(() => hears.words),
    replyModel: scriptedReplyModel(({ prompt }) => {
      const said = prompt.items.findLast(({ role }) => role === "user");
      const words = said && "text" in said ? said.text : "";
      return { text: `You said: ${words}`, ...(words.endsWith(unanswered) && { stallAfter: 0 }) };
    }),
    synthesizer: murmur,
  };
  return { hears, options: { engines, moreRoutes: accountDataRoutes } };
}

export interface Person {
  readonly id: string;
  /** In everything that is theirs. */
  readonly word: string;
  /** Sessions: one that has ended, one that goes on, one with a message that waits. */
  readonly sessions: readonly string[];
}

/** Lets somebody talk and leave. `word`: of lower-case letters. */
export async function live(rest: RestServer, hears: { words: string }, word: string): Promise<Person> {
  const id = `user_${word}`;
  const asking = async (request: string, options: Parameters<typeof ask>[2] = {}, status = 200) => {
    const answered = await ask(rest.server, request, { as: id, ...options });
    expect(answered, request).toMatchObject({ status });
    return answered.body.data;
  };
  await addAccount(rest, id, word);
  await asking("POST /api/personas", { json: persona(word) }, 201);

  const ended = await begin(rest.server, { as: id });
  await asking(`POST /api/sessions/${ended}/messages`, { json: { text: `My goal is to ${word}one.` } });
  await asking(`POST /api/sessions/${ended}/messages`, { json: { text: long(word) } });
  hears.words = `Spoken aloud: ${word}two, ${"naturally ".repeat(20)}.`;
  await asking(`POST /api/sessions/${ended}/messages`, { form: audioForm(fixture("uploads/chromium.webm")) });
  const socket = await record(rest, ended, id, word);
  socket.send({ type: "session.update", session: { type: "realtime", kuku: { record: false } } });
  await socket.event("session.updated");
  await asking(`POST /api/sessions/${ended}/end`);
  await rest.services.recorder.settled(ended);
  await rest.store.saveReport(ended, {
    text: `Summary: ${word}three.`,
    data: { goal: `${word}four` },
    actions: [{ text: `To ${word}five`, when: `by ${word}six` }],
  });
  await asking(`POST /api/sessions/${ended}/rating`, { json: { rating: 2, feedback: `${word}seven` } });

  const going = await begin(rest.server, { as: id });
  await asking(`POST /api/sessions/${going}/messages`, { json: { text: `Still here, ${word}eight.` } });
  await record(rest, going, id, `${word} again`);

  const waiting = await begin(rest.server, { as: id });
  const text = `Think of ${word}nine ${unanswered}`;
  await asking(`POST /api/sessions/${waiting}/messages?wait=false`, { json: { text } }, 202);
  return { id, word, sessions: [ended, going, waiting] };
}

/** Too long for its row, so that it is compressed and laid elsewhere. */
function long(word: string): string {
  return Array.from({ length: 300 }, (_, n) => `${word}${n} ${(n * 7919).toString(36)}`)
    .join(" ")
    .slice(0, 4900);
}

function persona(word: string) {
  return {
    id: `${word}-boss`,
    name: `${word} the boss`,
    flow: "interview",
    language: "en-US",
    voices: ["default"],
    greets: true,
    turnTaking: "patient",
    questions: { en: [`What of ${word}?`] },
    instructions: `Ask about ${word}.`,
  };
}

/** A socket of theirs that is recorded, and has sent some sound. */
async function record(rest: RestServer, sessionId: string, as: string, seed: string): Promise<Client> {
  const url = `${rest.server.url.replace("http", "ws")}/v1/realtime?session_id=${sessionId}`;
  const socket = new Client(new WebSocket(url, ["kuku.v1"], { headers: { authorization: `Bearer ${as}` } }));
  await socket.opened;
  socket.send({
    type: "session.update",
    session: { type: "realtime", audio: { input: { turn_detection: null } }, kuku: { record: true } },
  });
  await socket.event("session.updated");
  const pcm = noise(seed, 48_000);
  for (let at = 0; at < pcm.length; at += 12_000) {
    const audio = Buffer.from(pcm.slice(at, at + 12_000).buffer).toString("base64");
    socket.send({ type: "input_audio_buffer.append", audio });
  }
  await socket.roundTrip();
  return socket;
}

/** What sign-ins, keys, counts, the audit and other nodes would leave. */
async function addAccount({ store }: RestServer, id: string, word: string): Promise<void> {
  const run = (text: string, values: unknown[]) => store.database.pool.query(text, values);
  await run("insert into kuku.users (id, name, email) values ($1, $2, $3)", [
    id,
    `${word} Doe`,
    `${word}@example.org`,
  ]);
  await run(
    "insert into kuku.sign_ins (id, token, user_id, expires_at, user_agent) values ($1, $2, $3, now(), $1)",
    [`${word}-browser`, `${word}-token`, id],
  );
  await run(
    "insert into kuku.credentials (id, account_id, provider_id, user_id, password) values ($1, $2, 'credential', $2, $1)",
    [`${word}-password`, id],
  );
  await run(
    "insert into kuku.verifications (id, identifier, value, expires_at) values ($1, $1, $2, now()), ($2, $3, $1, now())",
    [`reset:${word.length}${id.length}${word}`, id, `${word}@EXAMPLE.org`],
  );
  await run(
    "insert into kuku.api_keys (id, owner_id, name, prefix, hash, scopes, created_at) values ($1, $2, $1, 'kk', $1, '{read}', 1)",
    [`${word}-key`, id],
  );
  await run("insert into kuku.usage_days (day, owner_id) values ('2026-11-23', $1)", [id]);
  await run("insert into kuku.rate_limits (key) values ($1)", [`requests:${id}`]);
  await run(
    "insert into kuku.audit (id, at, actor_id, action, owner_id, target, detail) values ($1, 1, 'user_admin', 'user.block', $2, $2, $3)",
    [`audit_${word.length}${word.charCodeAt(0)}`, id, JSON.stringify({ email: `${word}@example.org` })],
  );
  await run("insert into kuku.directives (id, node_id, at, directive) values ($1, 'elsewhere', 1, $2)", [
    `directive_${word.charCodeAt(0)}`,
    JSON.stringify({ revoke: id }),
  ]);
}

/** Bytes of sound that no other file has: 64 from the middle on that are no silence, which other files have as well. */
function stretchOf(bytes: Buffer): Buffer | undefined {
  for (let at = Math.floor(bytes.length / 2); at + 64 <= bytes.length; at += 64) {
    const stretch = bytes.subarray(at, at + 64);
    if (new Set(stretch).size > 16) return stretch;
  }
  return undefined;
}

/** A stretch of each file that is kept of a person; a part of a recording under way may be empty yet, or silence. */
export async function soundsOf({ services, store }: RestServer, person: Person): Promise<Buffer[]> {
  const sounds: Buffer[] = [];
  for (const sessionId of person.sessions)
    for (const { key } of await store.listAudio(sessionId)) {
      const keys = [key];
      for await (const part of services.objects.list(key.slice(0, -".wav".length))) keys.push(part);
      for (const each of keys) {
        const opened = await services.objects.open(each);
        if (!opened) continue;
        const stretch = stretchOf(await buffer(opened.body));
        if (stretch) sounds.push(stretch);
      }
    }
  return sounds;
}

/** Stops a server once nothing of its recordings is being written any more. */
export async function stop(rest: RestServer): Promise<void> {
  const { sessions, recorder } = rest.services;
  for (const { session } of [...sessions.all()]) {
    session.end("finished");
    await session.ended;
    await recorder.settled(session.id);
  }
  await rest.close();
}
