import { channel } from "../lib/channel.ts";
import { sleep } from "../lib/clock.ts";
import { newId as makeId, type NewId } from "../lib/ids.ts";
import type { CancelReason } from "../lib/scope.ts";
import { durationMs } from "../pipeline/audio/pcm.ts";
import type { EarInput } from "../pipeline/ears/ear-events.ts";
import { listen, sliceAudio } from "../pipeline/ears/listen.ts";
import { Loudspeaker } from "../pipeline/echo/loudspeaker.ts";
import { sampleRate } from "../protocol/audio-format.ts";
import type { ClientEvent } from "../protocol/client-events.ts";
import { type CloseCode, closeCodes } from "../protocol/close-codes.ts";
import type { KukuPlayback } from "../protocol/kuku-events.ts";
import type { SessionJournal } from "../store/journal/journal.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { decodeAudio } from "./codec.ts";
import { earSettings } from "./configuration/ear-settings.ts";
import { openingState } from "./configuration/opening-state.ts";
import { effectRunner } from "./effect-runner.ts";
import type { SessionEvent } from "./events.ts";
import { mailbox } from "./mailbox.ts";
import { speechMeter } from "./meter.ts";
import { openAttachment } from "./outbound/attachment.ts";
import { echoReference } from "./outbound/echo-reference.ts";
import { openOutbound } from "./outbound/outbound.ts";
import { openDurabilityGate } from "./persistence/durability-gate.ts";
import { openSessionPersister } from "./persistence/session-persister.ts";
import { lastStoredItemId, readSnapshot } from "./persistence/snapshot.ts";
import { promptItems } from "./replies/prompt.ts";
import { openUsageAccumulator } from "./replies/usage-accumulator.ts";
import type { LiveSession } from "./session.ts";
import type { SessionOptions } from "./session-options.ts";
import type { SessionStart } from "./turns/lifecycle.ts";
import type { SessionState } from "./turns/state.ts";
import { defaultSessionLimits, type SessionLimits } from "./turns/step-context.ts";
import { transition } from "./turns/transition.ts";

/** Audio that waits for the ears, in samples, beyond which whoever sends it should stop. */
const highWaterSamples = 48_000;
/** How long the end of a session waits for its engines to let go, ms. */
const teardownMs = 5_000;

/** Opens a session; its first events are sent before this returns. */
export function openSession(options: SessionOptions): LiveSession {
  const { clock, engines, persistence, resume, meter } = options;
  const newId = options.newId ?? makeId;
  const limits = { ...defaultSessionLimits, ...options.limits };
  const capabilities = capabilitiesOf(engines);
  const scope = options.scope.child();
  const ears = channel<EarInput>(limits.waitingSamples, weigh);
  const id = options.id ?? newId("session");
  const log = options.log.child({ session: id });
  const snapshot = readSnapshot(persistence?.stored?.snapshot);
  const start = startOf(options, id, newId, limits);
  const opening = openingState(start, capabilities, {
    stored: persistence?.stored,
    settings: options.settings,
  });
  let { state } = opening;
  let audioMs = snapshot?.inputMs ?? 0;
  let lastAudioAt: number | undefined;
  let lastClientEvent: string | undefined;
  let dropping = false;
  let finished = false;
  let over = false;
  const speaker = {};
  const usage = openUsageAccumulator(meter && ((report) => meter.add(report)));
  const { promise: ended, resolve: settle } = Promise.withResolvers<void>();

  const persister =
    persistence &&
    openSessionPersister({
      journal: persistence.journal,
      clock,
      items: persistence.stored?.items ?? [],
      responses: () => hands.responses,
      inputBeforeMs: snapshot?.inputMs ?? 0,
      onFull: () => unwritable(persistence.journal),
    });
  const saved =
    persistence &&
    openDurabilityGate({
      ...persistence,
      clock,
      lastStoredItemId: () => lastStoredItemId(state.entries),
      onSaved(item_id) {
        if (state.extended) outbound.send({ type: "kuku.saved", event_id: newId("event"), item_id });
      },
      onLost: () => takenOver(),
    });
  const outbound = openOutbound({
    clock,
    keepsReplay: resume !== undefined,
    endsWithoutSocket: !options.outlivesSocket,
    ...(saved && { durable: () => (finished ? undefined : saved()) }),
  });

  const step = (event: SessionEvent) => {
    const before = state;
    const result = transition(before, event, {
      newId,
      now: clock.now(),
      wallTime: clock.wallTime(),
      capabilities,
      limits,
    });
    state = result.state;
    persister?.step(before, state);
    for (const effect of result.effects) hands.perform(effect);
    options.onStep?.(state, event);
  };
  const fail = (message: string, code: CloseCode, why: string, fields: object = {}) => {
    if (state.ended) return;
    state = { ...state, ended: true };
    log.error(fields, message);
    finish("failed", code, why);
  };
  const onBug = (error: unknown) =>
    fail("a fault ended the session", closeCodes.internalError.code, "internal error", { err: error });
  const onOverflow = () =>
    fail("mailbox overflow ended the session", closeCodes.tryAgainLater.code, "overloaded");
  const box = mailbox(step, { onBug, onOverflow });
  /** A journal that takes no more has no room, or was taken over, which it can tell at once. */
  const unwritable = (journal: SessionJournal) => {
    void journal.settled().then((outcome) => outcome === "lost" && takenOver());
    clock.after(0, () => fail("the journal is full", closeCodes.tryAgainLater.code, "overloaded"));
  };
  const takenOver = () => {
    if (state.ended) return;
    state = { ...state, ended: true };
    finish("taken_over", closeCodes.resumedElsewhere.code, "taken over by another connection");
  };
  const finish = (reason: CancelReason, code: CloseCode, why: string) => {
    if (finished) return;
    finished = true;
    unwatch?.();
    sockets.stop();
    box.close();
    hands.stop();
    ears.discard();
    scope.cancel(reason);
    if (reason === "taken_over") persistence?.journal.close();
    else if (goesOn(reason, options.outlivesSocket)) persister?.end({ type: "put_away" });
    else over = true;
    if (over)
      persister?.end({
        type: "ended",
        at: clock.wallTime(),
        reason,
        ...(isWordless(state) && { wordless: true as const }),
      });
    log.info({ reason, code, over, messages: state.entries.length }, "session closed");
    outbound.close(code, why);
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
    const rest = usage.take();
    if (rest) log.info(rest, "used behind the last reply");
    settle();
  };
  const hands = effectRunner({
    outbound,
    usage,
    meter,
    persister,
    engines,
    capabilities,
    clock,
    newId,
    scope,
    ears,
    speaker,
    log,
    responses: snapshot?.responses ?? 0,
    state: () => state,
    audioMs: () => audioMs,
    lastAudioAt: () => lastAudioAt,
    post: box.post,
    onBug,
    endSession: finish,
  });

  const sockets = openAttachment({
    outbound,
    clock,
    newId,
    snapshot,
    activated: persistence?.stored !== undefined,
    graceMs: resume?.graceMs,
    outlivesSocket: options.outlivesSocket ?? false,
    state: () => state,
    audioMs: () => audioMs,
    lastClientEvent: () => lastClientEvent,
    busy: () => hands.busy || outbound.awaited,
    post: box.post,
  });

  const loudspeaker = new Loudspeaker(() => clock.now());
  outbound.listen(echoReference(loudspeaker, () => state));
  const recorded = () => state.config.kuku?.record === true;
  const heardOf = ({ response_id, played_ms, state: how }: KukuPlayback) => {
    outbound.heard(response_id, played_ms, how === "ended");
    if (state.extended) loudspeaker.report(response_id, played_ms, how);
    if (how === "playing") outbound.notify((listener) => listener.played?.(response_id, played_ms));
  };

  scope.signal.addEventListener("abort", () => box.post({ type: "end", reason: "draining" }), { once: true });
  scope.run(async (signal) => {
    const hearing = listen(ears, {
      transcriber: engines.transcriber,
      settings: earSettings(state),
      signal,
      speaker,
      maxUtteranceMs: limits.utteranceMs,
      onUsage: usage.add,
      loudspeaker,
    });
    const measure = meter && speechMeter(meter);
    for await (const event of hearing) {
      measure?.(event);
      box.post({ type: "ears", event });
    }
  }, onBug);
  const unwatch = meter?.watch((quota) => box.post({ type: "quota_spent", quota }));
  if (options.link) outbound.attach(options.link, options.extended);
  else sockets.wait();
  box.post({ type: "opened" });
  for (const event of opening.events) box.post(event);

  return {
    id,
    ended,
    join: sockets.join,
    receive(event) {
      lastClientEvent = eventIdOf(event) ?? lastClientEvent;
      if (event.type === "kuku.playback") heardOf(event);
      box.post({ type: "client", event });
    },
    receiveAudio(bytes) {
      if (finished || state.muted) return undefined;
      const { format } = state.config.audio.input;
      // The connection learns of a new format behind what waits to be stored; until then it counts by the old one.
      const whole = format.type === "audio/pcm" ? bytes.subarray(0, bytes.length & ~1) : bytes;
      const pcm = decodeAudio(format, whole);
      audioMs += durationMs(pcm.length, sampleRate(format));
      lastAudioAt = clock.now();
      const taken = sliceAudio(pcm).every((slice) => ears.push({ type: "audio", pcm: slice }));
      if (recorded()) outbound.notify((listener) => listener.userAudio?.(pcm, sampleRate(format)));
      // Said once for a stretch of drops, not for each chunk of it.
      if (!taken && !dropping) box.post({ type: "audio_dropped" });
      dropping = !taken;
      return ears.below(highWaterSamples);
    },
    receiveMessage(itemId, said) {
      if (!outbound.link && !finished) sockets.wait();
      box.post({ type: "message", itemId, said });
    },
    leave(link) {
      if (finished || !outbound.detach(link)) return;
      box.post({ type: "left" });
      sockets.wait();
    },
    end: (reason) => box.post({ type: "end", reason }),
    mute: (muted) => box.post({ type: "mute", muted }),
    listen: (listener) => outbound.listen(listener),
    settled: () => persistence?.journal.settled() ?? Promise.resolve("saved"),
    get over() {
      return over;
    },
    get attached() {
      return outbound.link !== undefined;
    },
    get state() {
      return state;
    },
    get busy() {
      return hands.busy;
    },
  };
}

function startOf(options: SessionOptions, id: string, newId: NewId, limits: SessionLimits): SessionStart {
  const { persona, extended, draftAfterMs, clock, resume, language } = options;
  return {
    id,
    conversationId: newId("conv"),
    startedAt: clock.wallTime(),
    ...(options.memory && { memory: options.memory }),
    extended,
    persona: language === undefined ? persona : { ...persona, language },
    expiresAt: Math.floor((clock.wallTime() + limits.sessionMs) / 1000),
    draftAfterMs,
    attached: options.link !== undefined,
    ...(resume && { resume: { token: resume.token, grace_ms: resume.graceMs } }),
  };
}

/** Nothing was said that a report could tell. */
function isWordless({ entries }: SessionState): boolean {
  return !promptItems(entries).some((item) => item.role === "user");
}

/** Whether a session that ends here goes on elsewhere or later. */
function goesOn(reason: CancelReason, outlivesSocket = false): boolean {
  if (reason === "put_away" || reason === "draining") return true;
  return (
    outlivesSocket &&
    (reason === "quota" || reason === "idle" || reason === "deadline" || reason === "client_gone")
  );
}

function eventIdOf(event: ClientEvent): string | undefined {
  return "event_id" in event ? event.event_id : undefined;
}

/** What is no audio always fits: the session waits for the ears' answer to a `commit` or `clear`. */
function weigh(input: EarInput): number {
  return input.type === "audio" ? input.pcm.length : 0;
}
