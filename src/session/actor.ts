/** The session actor: one per conversation, one mailbox, one writer of state. Transports call in; links carry out. */
import { onAbort } from "../lib/abort.ts";
import { type Channel, channel } from "../lib/channel.ts";
import { yieldToEventLoop } from "../lib/clock.ts";
import { newId as makeId, type NewId } from "../lib/ids.ts";
import type { CancelReason, Scope } from "../lib/scope.ts";
import { settlesWithin } from "../lib/timeout.ts";
import { durationMs } from "../pipeline/audio/pcm.ts";
import type { EarInput } from "../pipeline/ears/ear-events.ts";
import { listen, sliceAudio } from "../pipeline/ears/listen.ts";
import { Loudspeaker } from "../pipeline/echo/loudspeaker.ts";
import { sampleRate } from "../protocol/audio-format.ts";
import type { ClientEvent } from "../protocol/client-events.ts";
import { type CloseCode, closeCodes } from "../protocol/close-codes.ts";
import type { KukuPlayback } from "../protocol/kuku-events.ts";
import type { SessionJournal } from "../store/journal/journal.ts";
import { type Capabilities, capabilitiesOf } from "./capabilities.ts";
import { decodeAudio } from "./codec.ts";
import { earSettings } from "./configuration/ear-settings.ts";
import { openingState } from "./configuration/opening-state.ts";
import { EffectRunner } from "./effect-runner.ts";
import type { SessionEvent, UserMessage } from "./events.ts";
import type { Link } from "./link.ts";
import { Mailbox } from "./mailbox.ts";
import { speechMeter } from "./meter.ts";
import { Attachment, type JoinOptions } from "./outbound/attachment.ts";
import { echoReference } from "./outbound/echo-reference.ts";
import { type Listener, Outbound } from "./outbound/outbound.ts";
import { DurabilityGate } from "./persistence/durability-gate.ts";
import { SessionPersister } from "./persistence/session-persister.ts";
import { lastStoredItemId, readSnapshot, type Snapshot } from "./persistence/snapshot.ts";
import { promptItems } from "./replies/prompt.ts";
import { openUsageAccumulator, type UsageAccumulator } from "./replies/usage-accumulator.ts";
import type { LiveSession } from "./session.ts";
import type { SessionContext, SessionLog } from "./session-context.ts";
import type { SessionOptions, SessionPersistence } from "./session-options.ts";
import { conversationBytes } from "./turns/item-size.ts";
import type { SessionStart } from "./turns/lifecycle.ts";
import type { SessionState } from "./turns/state.ts";
import { defaultSessionLimits, type SessionLimits } from "./turns/step-context.ts";
import { transition } from "./turns/transition.ts";

/** Audio waiting for the ears, in samples, above which its sender should pause. */
const highWaterSamples = 48_000;
/** Longest wait of a caller for what was said to be stored, unless it says otherwise, ms. */
const longestStoringMs = 10_000;
/** Longest wait of the session's end for its engines' tasks, ms. */
const teardownMs = 5_000;

/** Opens a session; its first events are sent before this returns. */
export function openSession(options: SessionOptions): LiveSession {
  return new SessionActor(options);
}

/** Joins ears, turn-taking and replies of one conversation. Only the mailbox's steps write its state. */
class SessionActor implements LiveSession {
  readonly id: string;
  readonly ended: Promise<void>;
  readonly #options: SessionOptions;
  readonly #newId: NewId;
  readonly #limits: SessionLimits;
  readonly #capabilities: Capabilities;
  readonly #scope: Scope;
  readonly #log: SessionLog;
  readonly #snapshot: Snapshot | undefined;
  readonly #ears: Channel<EarInput>;
  readonly #usage: UsageAccumulator;
  readonly #loudspeaker: Loudspeaker;
  readonly #persister: SessionPersister | undefined;
  readonly #durability: DurabilityGate | undefined;
  readonly #outbound: Outbound;
  readonly #mailbox: Mailbox;
  readonly #effects: EffectRunner;
  readonly #attachment: Attachment;
  readonly #settle: () => void;
  /** The speaker, for the transcriber: what it learns of the voice goes with the session. */
  readonly #speaker = {};
  #state: SessionState;
  /** Input audio so far, ms. */
  #audioMs: number;
  /** Time at which input audio last came; clock, ms. */
  #lastAudioAt: number | undefined;
  #lastClientEvent: string | undefined;
  /** Input audio is being dropped; the client is told once for each stretch of drops. */
  #dropping = false;
  #finished = false;
  #over = false;
  #unwatchQuota: (() => void) | undefined;

  constructor(options: SessionOptions) {
    const { clock, engines, persistence, meter } = options;
    this.#options = options;
    this.#newId = options.newId ?? makeId;
    this.#limits = { ...defaultSessionLimits, ...options.limits };
    this.#capabilities = capabilitiesOf(engines);
    this.#scope = options.scope.child();
    this.#ears = channel<EarInput>(this.#limits.waitingSamples, samplesOf);
    this.id = options.id ?? this.#newId("session");
    this.#log = options.log.child({ session: this.id });
    this.#snapshot = readSnapshot(persistence?.stored?.snapshot);
    const start = startOf(options, this.id, this.#newId, this.#limits);
    const { stored } = persistence ?? {};
    const opening = openingState(start, this.#capabilities, { stored, settings: options.settings });
    this.#state = opening.state;
    options.userText?.hold(conversationBytes(this.#state.entries));
    this.#audioMs = this.#snapshot?.inputMs ?? 0;
    this.#usage = openUsageAccumulator(meter && ((report) => meter.add(report)));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#settle = resolve;
    this.#loudspeaker = new Loudspeaker(() => clock.now());
    this.#persister = persistence && this.#openPersister(persistence);
    this.#durability = persistence && this.#openDurabilityGate(persistence);
    this.#outbound = this.#openOutbound();
    this.#mailbox = new Mailbox({
      step: (event) => this.#step(event),
      onBug: (error) => this.#fault(error),
      onOverflow: () => this.#overloaded("mailbox full"),
    });
    this.#effects = new EffectRunner(this.#context());
    this.#attachment = this.#openAttachment();
    this.#begin(opening.events);
  }

  get over(): boolean {
    return this.#over;
  }

  get attached(): boolean {
    return this.#outbound.link !== undefined;
  }

  get state(): SessionState {
    return this.#state;
  }

  get busy(): boolean {
    return this.#effects.busy;
  }

  join(link: Link, options: JoinOptions): void {
    this.#attachment.join(link, options);
  }

  receive(event: ClientEvent): Promise<void> | undefined {
    this.#lastClientEvent = eventIdOf(event) ?? this.#lastClientEvent;
    if (event.type === "kuku.playback") this.#notePlayback(event);
    this.#mailbox.post({ type: "client", event });
    return this.#finished ? undefined : this.#options.persistence?.journal.writable();
  }

  receiveAudio(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#finished || this.#state.muted) return undefined;
    const { audio, kuku } = this.#state.config;
    const { format } = audio.input;
    const rate = sampleRate(format);
    // The connection learns of a new format behind what waits to be stored; until then it counts by the old one.
    const whole = format.type === "audio/pcm" ? bytes.subarray(0, bytes.length & ~1) : bytes;
    const pcm = decodeAudio(format, whole);
    this.#audioMs += durationMs(pcm.length, rate);
    this.#lastAudioAt = this.#options.clock.now();
    const taken = sliceAudio(pcm).every((slice) => this.#ears.push({ type: "audio", pcm: slice }));
    if (kuku?.record === true) this.#outbound.notify((listener) => listener.userAudio?.(pcm, rate));
    if (!taken && !this.#dropping) this.#mailbox.post({ type: "audio_dropped" });
    this.#dropping = !taken;
    return this.#ears.below(highWaterSamples);
  }

  receiveMessage(itemId: string, message: UserMessage): void {
    if (!this.attached && !this.#finished) this.#attachment.wait();
    this.#mailbox.post({ type: "message", itemId, said: message });
  }

  leave(link: Link): void {
    if (this.#finished || !this.#outbound.detach(link)) return;
    this.#mailbox.post({ type: "left" });
    this.#attachment.wait();
  }

  end(reason: CancelReason): void {
    this.#mailbox.post({ type: "end", reason });
  }

  mute(muted: boolean): void {
    this.#mailbox.post({ type: "mute", muted });
  }

  listen(listener: Listener): () => void {
    return this.#outbound.listen(listener);
  }

  createdAt(itemId: string): number | undefined {
    return this.#persister?.createdAt(itemId);
  }

  async settled(withinMs = longestStoringMs): Promise<"saved" | "lost" | "late"> {
    const { persistence, clock } = this.#options;
    if (!persistence) return "saved";
    const stored = persistence.journal.settled();
    if (persistence.failing()) return Promise.race([stored, yieldToEventLoop().then(() => "late" as const)]);
    return (await settlesWithin(clock, withinMs, stored)) ? stored : "late";
  }

  #openPersister({ journal, stored }: SessionPersistence): SessionPersister {
    return new SessionPersister({
      journal,
      clock: this.#options.clock,
      items: stored?.items ?? [],
      responses: () => this.#effects.responses,
      inputBeforeMs: this.#snapshot?.inputMs ?? 0,
      onFull: () => this.#journalFull(journal),
    });
  }

  #openDurabilityGate({ journal, failing }: SessionPersistence): DurabilityGate {
    return new DurabilityGate({
      journal,
      failing,
      clock: this.#options.clock,
      lastStoredItemId: () => lastStoredItemId(this.#state.entries),
      onSaved: (item_id) => this.#effects.send({ type: "kuku.saved", item_id }),
      onLost: () => this.#takenOver(),
    });
  }

  #openOutbound(): Outbound {
    const { clock, resume, outlivesSocket } = this.#options;
    return new Outbound({
      clock,
      keepsReplay: resume !== undefined,
      endsWithoutSocket: !outlivesSocket,
      durable: () => (this.#finished ? undefined : this.#durability?.pass()),
    });
  }

  #context(): SessionContext {
    const { clock, engines, meter } = this.#options;
    return {
      outbound: this.#outbound,
      usage: this.#usage,
      meter,
      persister: this.#persister,
      engines,
      capabilities: this.#capabilities,
      clock,
      newId: this.#newId,
      scope: this.#scope,
      ears: this.#ears,
      speaker: this.#speaker,
      utteranceMs: this.#limits.utteranceMs,
      log: this.#log,
      responses: this.#snapshot?.responses ?? 0,
      state: () => this.#state,
      audioMs: () => this.#audioMs,
      lastAudioAt: () => this.#lastAudioAt,
      post: this.#mailbox.post,
      onBug: (error) => this.#fault(error),
      endSession: (reason, code, why) => this.#finish(reason, code, why),
    };
  }

  #openAttachment(): Attachment {
    const { clock, persistence, resume, outlivesSocket = false } = this.#options;
    return new Attachment({
      outbound: this.#outbound,
      clock,
      newId: this.#newId,
      snapshot: this.#snapshot,
      activated: persistence?.stored !== undefined,
      graceMs: resume?.graceMs,
      outlivesSocket,
      state: () => this.#state,
      audioMs: () => this.#audioMs,
      lastClientEvent: () => this.#lastClientEvent,
      busy: () => this.busy || this.#outbound.awaited,
      reportSaved: () => void this.#durability?.report(),
      post: this.#mailbox.post,
    });
  }

  #begin(events: readonly SessionEvent[]): void {
    const { meter, link } = this.#options;
    const { post } = this.#mailbox;
    this.#outbound.listen(echoReference(this.#loudspeaker, () => this.#state));
    onAbort(this.#scope.signal, () => post({ type: "end", reason: "draining" }));
    this.#scope.run(
      (signal) => this.#listen(signal),
      (error) => this.#fault(error),
    );
    this.#unwatchQuota = meter?.watch((quota) => post({ type: "quota_spent", quota }));
    if (link) this.#outbound.attach(link);
    else this.#attachment.wait();
    post({ type: "opened" });
    for (const event of events) post(event);
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { engines, meter } = this.#options;
    const events = listen(this.#ears, {
      transcriber: engines.transcriber,
      settings: earSettings(this.#state),
      signal,
      speaker: this.#speaker,
      maxUtteranceMs: this.#limits.utteranceMs,
      onUsage: this.#usage.add,
      loudspeaker: this.#loudspeaker,
    });
    const measure = meter && speechMeter(meter);
    for await (const event of events) {
      measure?.(event);
      this.#mailbox.post({ type: "ears", event });
    }
  }

  #step(event: SessionEvent): void {
    const { clock, onStep, persistence, userText } = this.#options;
    const before = this.#state;
    const { state, effects } = transition(before, event, {
      newId: this.#newId,
      now: clock.now(),
      wallTime: clock.wallTime(),
      capabilities: this.#capabilities,
      limits: this.#limits,
      room: {
        toStore: persistence?.journal.room ?? Number.POSITIVE_INFINITY,
        ofUser: userText?.room ?? Number.POSITIVE_INFINITY,
      },
    });
    this.#state = state;
    if (state.entries !== before.entries) userText?.hold(conversationBytes(state.entries));
    this.#persister?.step(before, state);
    for (const effect of effects) this.#effects.perform(effect);
    onStep?.(this.#state, event);
  }

  #notePlayback({ response_id, played_ms, state }: KukuPlayback): void {
    this.#outbound.heard(response_id, played_ms, state === "ended");
    if (this.#state.extended) this.#loudspeaker.report(response_id, played_ms, state);
    if (state === "playing") this.#outbound.notify((listener) => listener.played?.(response_id, played_ms));
  }

  #fault(err: unknown): void {
    if (this.#state.ended) return;
    this.#log.error({ err }, "a fault ended the session");
    this.#fail(closeCodes.internalError.code, "internal error");
  }

  #overloaded(cause: string): void {
    if (this.#state.ended) return;
    this.#log.warn({ cause }, "overload ended the session");
    this.#fail(closeCodes.tryAgainLater.code, "overloaded");
  }

  #fail(code: CloseCode, why: string): void {
    this.#state = { ...this.#state, ended: true };
    this.#finish("failed", code, why);
  }

  /** A journal that takes no more has no room, or was taken over, which it can tell at once. */
  #journalFull(journal: SessionJournal): void {
    void journal.settled().then((outcome) => outcome === "lost" && this.#takenOver());
    this.#options.clock.after(0, () => this.#overloaded("journal full"));
  }

  #takenOver(): void {
    if (this.#state.ended) return;
    this.#state = { ...this.#state, ended: true };
    this.#finish("taken_over", closeCodes.resumedElsewhere.code, "taken over by another connection");
  }

  #finish(reason: CancelReason, code: CloseCode, why: string): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#unwatchQuota?.();
    this.#options.userText?.hold(0);
    this.#attachment.stop();
    this.#mailbox.close();
    this.#effects.stop();
    this.#ears.discard();
    this.#scope.cancel(reason);
    this.#persistEnd(reason);
    const messages = this.#state.entries.length;
    this.#log.info({ reason, code, over: this.#over, messages }, "session closed");
    // [ST5] What still waits to be stored will not be: nobody is told it.
    if (reason === "taken_over") this.#outbound.drop();
    this.#outbound.close(code, why);
    void this.#tearDown();
  }

  #persistEnd(reason: CancelReason): void {
    const { persistence, outlivesSocket, clock } = this.#options;
    if (reason === "taken_over") return persistence?.journal.close();
    if (goesOn(reason, outlivesSocket)) return this.#persister?.end({ type: "put_away" });
    this.#over = true;
    const wordless = isWordless(this.#state) ? { wordless: true as const } : {};
    this.#persister?.end({ type: "ended", at: clock.wallTime(), reason, ...wordless });
  }

  async #tearDown(): Promise<void> {
    if (!(await settlesWithin(this.#options.clock, teardownMs, this.#scope.settled())))
      this.#log.warn({ running: this.#scope.running }, "engines still running after the session's end");
    const rest = this.#usage.take();
    if (rest) this.#log.info(rest, "usage after the last reply");
    this.#settle();
  }
}

function startOf(options: SessionOptions, id: string, newId: NewId, limits: SessionLimits): SessionStart {
  const { persona, extended, draftAfterMs, clock, resume, language } = options;
  return {
    id,
    conversationId: newId("conv"),
    startedAt: clock.wallTime(),
    memory: options.memory,
    extended,
    persona: language === undefined ? persona : { ...persona, language },
    expiresAt: Math.floor((clock.wallTime() + limits.sessionMs) / 1000),
    draftAfterMs,
    attached: options.link !== undefined,
    resume: resume && { token: resume.token, grace_ms: resume.graceMs },
  };
}

/** Whether the user said nothing that a report could tell. */
function isWordless({ entries }: SessionState): boolean {
  return !promptItems(entries).some((item) => item.role === "user");
}

/** Whether a session that ends here with this reason may be activated elsewhere or later. */
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

/** An input's weight in the channel. What is no audio always fits: the session waits for the answer to a `commit`. */
function samplesOf(input: EarInput): number {
  return input.type === "audio" ? input.pcm.length : 0;
}
