/** A session on scripted engines, its clock in the test's hand, and all that it sends written down. */
import { readFileSync } from "node:fs";
import { findPersona } from "../../src/coach/personas/personas.ts";
import { type ManualClock, manualClock } from "../../src/lib/clock.ts";
import { countingIds, type NewId } from "../../src/lib/ids.ts";
import { openScope } from "../../src/lib/scope.ts";
import { pcmToBytes } from "../../src/pipeline/audio/pcm.ts";
import { readWav } from "../../src/pipeline/audio/wav.ts";
import { openVoiceActivity } from "../../src/pipeline/voice-activity/voice-activity.ts";
import type { ClientEvent } from "../../src/protocol/client-events.ts";
import type { ServerEvent, ServerEventOf, ServerEventType } from "../../src/protocol/server-events.ts";
import type { SessionConfig, SessionUpdate, WireSession } from "../../src/protocol/session-config.ts";
import { type ScriptedReply, scriptedReplyModel } from "../../src/providers/scripted/reply-model.ts";
import { type ScriptedSpeech, scriptedSynthesizer } from "../../src/providers/scripted/synthesizer.ts";
import { type ScriptedTranscript, scriptedTranscriber } from "../../src/providers/scripted/transcriber.ts";
import { openSession } from "../../src/session/actor.ts";
import type { Link, OutgoingAudio } from "../../src/session/link.ts";
import type { Engines, SessionLog } from "../../src/session/session-context.ts";
import type { SessionOptions, SessionPersistence } from "../../src/session/session-options.ts";
import { phaseOf, type SessionState } from "../../src/session/turns/state.ts";
import type { SessionLimits } from "../../src/session/turns/step-context.ts";

// The voice detector's module is loaded once and from the disk: that must not happen while a test moves the time.
(await openVoiceActivity(24_000, 0.5)).close();

/** What left the session, in order; audio frames among the events. */
type Sent = ServerEvent | { readonly type: "audio"; readonly audio: OutgoingAudio };

export interface TestSessionOptions {
  readonly extended?: boolean;
  readonly persona?: string;
  readonly type?: SessionOptions["type"];
  readonly limits?: Partial<SessionLimits>;
  readonly transcripts?: readonly (string | ScriptedTranscript)[];
  readonly replies?: readonly (string | ScriptedReply)[];
  readonly speech?: ScriptedSpeech;
  readonly engines?: Partial<Engines>;
  /** 0 or absent: no drafts. */
  readonly draftAfterMs?: number;
  readonly newId?: NewId;
  readonly kept?: SessionPersistence;
  readonly resume?: SessionOptions["resume"];
  readonly settings?: SessionOptions["settings"];
  readonly settingsFixed?: boolean;
  readonly outlivesSocket?: boolean;
  readonly meter?: SessionOptions["meter"];
  /** The clock's first reading, ms; default 0. */
  readonly startMs?: number;
  /** Where engines of the test's own share it. */
  readonly clock?: ManualClock;
  readonly userText?: SessionOptions["userText"];
  /** False: it opens without a socket. */
  readonly attached?: boolean;
}

/** Opens one. Plain Realtime and `kuku` unless told otherwise. */
export function testSession(options: TestSessionOptions = {}) {
  const clock = options.clock ?? manualClock(options.startMs);
  const scope = openScope();
  const sent: Sent[] = [];
  const closes: { code: number; reason: string }[] = [];
  const faults: unknown[] = [];
  const prompts: unknown[] = [];
  let blocked: { promise: Promise<void>; release: () => void } | undefined;
  let waiting: { met: () => boolean; resolve: () => void }[] = [];
  let state: SessionState | undefined;
  const notice = () => {
    const met = waiting.filter((each) => each.met());
    waiting = waiting.filter((each) => !met.includes(each));
    for (const each of met) each.resolve();
  };
  const link: Link = {
    send: (event) => {
      sent.push(event);
      notice();
    },
    sendAudio: (audio) => {
      sent.push({ type: "audio", audio });
      notice();
    },
    writable: () => blocked?.promise,
    close: (code, reason) => {
      closes.push({ code, reason });
      notice();
    },
  };
  const model = scriptedReplyModel(options.replies, { clock });
  const engines: Engines = {
    transcriber: scriptedTranscriber(options.transcripts, { clock }),
    synthesizer: scriptedSynthesizer([options.speech ?? {}], { clock }),
    replyModel: {
      ...model,
      reply(prompt, o) {
        prompts.push(prompt);
        return model.reply(prompt, o);
      },
    },
    ...options.engines,
  };
  const lines: { readonly fields: object; readonly message: string }[] = [];
  const info = (fields: object, message: string) => void lines.push({ fields, message });
  const log: SessionLog = { info, warn() {}, error: (fields) => faults.push(fields), child: () => log };
  const persona = findPersona(options.persona ?? "kuku");
  if (!persona) throw new Error(`no persona ${options.persona}`);
  const sessionOptions: SessionOptions = {
    ...(options.attached !== false && { link }),
    ...(options.kept && { persistence: options.kept }),
    ...(options.resume && { resume: options.resume }),
    ...(options.meter && { meter: options.meter }),
    ...(options.userText && { userText: options.userText }),
    ...(options.outlivesSocket && { outlivesSocket: true }),
    settings: options.settings,
    settingsFixed: options.settingsFixed,
    persona,
    type: options.type,
    extended: options.extended ?? false,
    engines,
    clock,
    scope,
    newId: options.newId ?? countingIds(),
    log,
    draftAfterMs: options.draftAfterMs || undefined,
    ...(options.limits && { limits: options.limits }),
  };
  const session = openSession(sessionOptions, (next) => {
    state = next;
    notice();
  });
  const until = (met: () => boolean) =>
    met() ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ met, resolve }));
  const of = <T extends ServerEventType>(type: T) =>
    sent.filter((event): event is ServerEventOf<T> => event.type === type);

  return {
    session,
    link,
    clock,
    scope,
    sent,
    closes,
    faults,
    prompts,
    until,
    of,
    /** The fields of each line with this message that was logged for information. */
    told: (message: string) => lines.filter((line) => line.message === message).map((line) => line.fields),
    client: (event: ClientEvent) => session.receive(event),
    /** Waits until `count` events of a type were sent; the last of them. */
    async sends<T extends ServerEventType>(type: T, count = 1): Promise<ServerEventOf<T>> {
      await until(() => of(type).length >= count);
      return of(type)[count - 1] as ServerEventOf<T>;
    },
    /** Types in order, audio frames included, neighbours alike counted once. */
    types: (from = 0) =>
      sent
        .slice(from)
        .map((event) => event.type)
        .filter((type, i, all) => type !== all[i - 1]),
    phase: () => (state ? phaseOf(state) : "listening"),
    state: () => state as SessionState,
    /** Hands PCM in, in pieces of `ms` at 24 kHz, letting the ears keep up. */
    async hear(pcm: Int16Array, ms = 20) {
      const size = (24_000 * ms) / 1000;
      for (let at = 0; at < pcm.length; at += size) {
        session.receiveAudio(pcmToBytes(pcm.slice(at, at + size)));
        await clock.advance(ms);
      }
    },
    block() {
      let release = () => {};
      const promise = new Promise<void>((resolve) => {
        release = resolve;
      });
      blocked = { promise, release };
      return () => {
        blocked = undefined;
        release();
      };
    },
  };
}

/** A fixture's samples. */
export function recording(name: string): Int16Array {
  return readWav(readFileSync(new URL(`../fixtures/speech/${name}.wav`, import.meta.url))).pcm;
}

/** Silence at 24 kHz. */
export function silence(ms: number): Int16Array {
  return new Int16Array((24_000 * ms) / 1000);
}

/** `session.update` with these fields. */
export function sessionUpdate(session: Omit<SessionUpdate, "type">): ClientEvent {
  return { type: "session.update", session: { type: "realtime", ...session } };
}

/** The configuration of a conversation, as an event tells it. */
export function realtime(session: WireSession | undefined): SessionConfig {
  if (session?.type !== "realtime") throw new Error("no realtime session");
  return session;
}

/** Turns turn detection off. */
export const pushToTalk = sessionUpdate({ audio: { input: { turn_detection: null } } });

/** A typed message of the user. */
export function userText(text: string, id?: string): ClientEvent {
  return {
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text }], ...(id && { id }) },
  };
}
