/** The session actor: one per conversation, one mailbox, one writer of state. */
import type { Persona } from "../coach/personas.ts";
import { channel } from "../lib/channel.ts";
import type { Clock } from "../lib/clock.ts";
import { sleep } from "../lib/clock.ts";
import { newId as makeId, type NewId } from "../lib/ids.ts";
import type { CancelReason, Scope } from "../lib/scope.ts";
import { durationMs } from "../pipeline/audio.ts";
import type { EarInput } from "../pipeline/ear-events.ts";
import { listen } from "../pipeline/listen.ts";
import { sampleRate } from "../protocol/audio-format.ts";
import { type CloseCode, closeCodes } from "../protocol/close-codes.ts";
import { abilitiesOf } from "./abilities.ts";
import { decodeAudio } from "./codec.ts";
import { defaultSessionLimits, type SessionLimits } from "./draft.ts";
import { earSettings } from "./ear-settings.ts";
import type { SessionEvent } from "./events.ts";
import { initialState } from "./lifecycle.ts";
import type { Link } from "./link.ts";
import { mailbox } from "./mailbox.ts";
import { performer } from "./perform.ts";
import type { Engines, SessionLog } from "./performing.ts";
import type { Session } from "./session.ts";
import type { SessionState } from "./state.ts";
import { transition } from "./transition.ts";

/** Audio that may wait for the ears, in samples; the ears only count and forward, so that this is a burst, not a backlog. */
const waitingSamples = 16 * 48_000;
/** How long the end of a session waits for its engines to let go, ms. */
const teardownMs = 5_000;

export interface SessionOptions {
  readonly link: Link;
  readonly persona: Persona;
  /** `kuku.v1` was negotiated. */
  readonly extended: boolean;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: SessionLog;
  /** The process's scope; the session ends with it. */
  readonly scope: Scope;
  readonly newId?: NewId;
  readonly limits?: Partial<SessionLimits>;
  /** [D1] Silence within an utterance after which a reply is drafted, ms; undefined: never. */
  readonly draftAfterMs?: number | undefined;
  /** For tests and logs: the state after each step. */
  onStep?(state: SessionState, event: SessionEvent): void;
}

/** Opens a session; its first events are sent before this returns. */
export function openSession(options: SessionOptions): Session {
  const { link, clock, engines } = options;
  const newId = options.newId ?? makeId;
  const limits = { ...defaultSessionLimits, ...options.limits };
  const abilities = abilitiesOf(engines);
  const scope = options.scope.child();
  const ears = channel<EarInput>(waitingSamples, weigh);
  const id = newId("sess");
  const log = options.log.child({ session: id });
  const { persona, extended } = options;
  const expiresAt = Math.floor((clock.wallTime() + limits.sessionMs) / 1000);
  let state = initialState(
    { id, conversationId: newId("conv"), extended, persona, expiresAt, draftAfterMs: options.draftAfterMs },
    abilities,
  );
  let audioMs = 0;
  let dropping = false;
  let settle: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    settle = resolve;
  });

  const step = (event: SessionEvent) => {
    const result = transition(state, event, { newId, now: clock.now(), abilities, limits });
    state = result.state;
    for (const effect of result.effects) hands.perform(effect);
    options.onStep?.(state, event);
  };
  const onBug = (error: unknown) => {
    if (state.ended) return;
    state = { ...state, ended: true };
    log.error({ err: error }, "a fault ended the session");
    finish("failed", closeCodes.internalError.code, "internal error");
  };
  const box = mailbox(step, {
    onBug,
    onOverflow() {
      state = { ...state, ended: true };
      log.error({}, "mailbox overflow ended the session");
      finish("failed", closeCodes.tryAgainLater.code, "overloaded");
    },
  });
  let finished = false;
  const finish = (reason: CancelReason, code: CloseCode, why: string) => {
    if (finished) return;
    finished = true;
    box.close();
    hands.stop();
    ears.discard();
    scope.cancel(reason);
    link.close(code, why);
    void tearDown();
  };
  const tearDown = async () => {
    const ceiling = new AbortController();
    const late = sleep(clock, teardownMs, ceiling.signal).then(
      () => log.warn({ running: scope.running }, "engines did not let go of an ended session"),
      () => {},
    );
    await Promise.race([scope.settled(), late]);
    ceiling.abort();
    settle();
  };
  const hands = performer({
    link,
    engines,
    abilities,
    clock,
    newId,
    scope,
    ears,
    log,
    state: () => state,
    audioMs: () => audioMs,
    post: box.post,
    onBug,
    endSession: finish,
  });

  scope.signal.addEventListener("abort", () => box.post({ type: "end", reason: "draining" }), { once: true });
  scope.run(async (signal) => {
    const settings = earSettings(state);
    const hearing = listen(ears, {
      transcriber: engines.transcriber,
      settings,
      signal,
      maxUtteranceMs: limits.utteranceMs,
    });
    for await (const event of hearing) box.post({ type: "ears", event });
  }, onBug);
  box.post({ type: "opened" });

  return {
    id,
    ended,
    receive: (event) => box.post({ type: "client", event }),
    receiveAudio(bytes) {
      if (finished) return;
      const { format } = state.config.audio.input;
      const pcm = decodeAudio(format, bytes);
      audioMs += durationMs(pcm.length, sampleRate(format));
      const taken = ears.push({ type: "audio", pcm });
      // Said once for a stretch of drops, not for each chunk of it.
      if (!taken && !dropping) box.post({ type: "audio_dropped" });
      dropping = !taken;
    },
    end: (reason) => box.post({ type: "end", reason }),
    get busy() {
      return hands.busy;
    },
  };
}

function weigh(input: EarInput): number {
  return input.type === "audio" ? input.pcm.length : 1;
}
