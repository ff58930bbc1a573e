/** The session actor: one per conversation, one mailbox, one writer of state. Transports call in; links carry out. */
import { onAbort } from "../lib/abort.ts";
import { type Channel, channel } from "../lib/channel.ts";
import { newId as makeId, type NewId } from "../lib/ids.ts";
import type { CancelReason, Scope } from "../lib/scope.ts";
import { durationMs } from "../pipeline/audio/pcm.ts";
import type { EarInput } from "../pipeline/ears/ear-events.ts";
import { sliceAudio } from "../pipeline/ears/listen.ts";
import { Loudspeaker } from "../pipeline/echo/loudspeaker.ts";
import { bytesPerSample, sampleRate } from "../protocol/audio-format.ts";
import type { ClientEvent } from "../protocol/client-events.ts";
import type { KukuPlayback } from "../protocol/kuku-events.ts";
import { type Capabilities, capabilitiesOf } from "./capabilities.ts";
import { decodeAudio } from "./codec.ts";
import { openingState } from "./configuration/opening-state.ts";
import { EffectRunner } from "./effect-runner.ts";
import type { SessionEvent, UserMessage } from "./events.ts";
import type { Link } from "./link.ts";
import { Mailbox } from "./mailbox.ts";
import { Attachment, type JoinOptions } from "./outbound/attachment.ts";
import { echoReference } from "./outbound/echo-reference.ts";
import { ItemAudio } from "./outbound/item-audio.ts";
import { type Listener, Outbound } from "./outbound/outbound.ts";
import { SessionStorage } from "./persistence/session-storage.ts";
import { readSnapshot, type Snapshot } from "./persistence/snapshot.ts";
import { openUsageAccumulator, type UsageAccumulator } from "./replies/usage-accumulator.ts";
import { runEars } from "./run-ears.ts";
import type { LiveSession } from "./session.ts";
import type { SessionContext, SessionLog } from "./session-context.ts";
import { SessionEnd } from "./session-end.ts";
import type { SessionOptions, SessionPersistence } from "./session-options.ts";
import { conversationBytes } from "./turns/item-size.ts";
import type { SessionState } from "./turns/state.ts";
import { defaultSessionLimits, type SessionLimits } from "./turns/step-context.ts";
import { transition } from "./turns/transition.ts";

/** Audio waiting for the ears, in samples, above which its sender should pause. */
const highWaterSamples = 48_000;

/** Opens a session; its first events are sent before this returns. `onStep`: called after each step, by tests. */
export function openSession(options: SessionOptions, onStep?: OnStep): LiveSession {
  return new SessionActor(options, onStep);
}

type OnStep = (state: SessionState) => void;

/** Joins ears, turn-taking and replies of one conversation. Only the mailbox's steps write its state. */
class SessionActor implements LiveSession {
  readonly id: string;
  readonly #options: SessionOptions;
  readonly #onStep: OnStep | undefined;
  readonly #newId: NewId;
  readonly #limits: SessionLimits;
  readonly #capabilities: Capabilities;
  readonly #scope: Scope;
  readonly #log: SessionLog;
  readonly #snapshot: Snapshot | undefined;
  readonly #ears: Channel<EarInput>;
  readonly #usage: UsageAccumulator;
  readonly #loudspeaker: Loudspeaker;
  readonly #storage: SessionStorage | undefined;
  readonly #outbound: Outbound;
  readonly #itemAudio = new ItemAudio();
  readonly #mailbox: Mailbox;
  readonly #effects: EffectRunner;
  readonly #attachment: Attachment;
  readonly #end: SessionEnd;
  #state: SessionState;
  /** Input audio so far, ms. */
  #audioMs: number;
  /** Time at which input audio last came; clock, ms. */
  #lastAudioAt: number | undefined;
  #lastClientEvent: string | undefined;
  /** Input audio is being dropped; the client is told once for each stretch of drops. */
  #dropping = false;
  #unwatchQuota: (() => void) | undefined;

  constructor(options: SessionOptions, onStep?: OnStep) {
    const { clock, engines, persistence, meter } = options;
    this.#options = options;
    this.#onStep = onStep;
    this.#newId = options.newId ?? makeId;
    this.#limits = { ...defaultSessionLimits, ...options.limits };
    this.#capabilities = capabilitiesOf(engines);
    this.#scope = options.scope.child();
    this.#ears = channel<EarInput>(this.#limits.waitingSamples, samplesOf);
    this.id = options.id ?? this.#newId("session");
    this.#log = options.log.child({ session: this.id });
    this.#snapshot = readSnapshot(persistence?.stored?.snapshot);
    const opening = openingState(options, {
      id: this.id,
      newId: this.#newId,
      limits: this.#limits,
      capabilities: this.#capabilities,
    });
    this.#state = opening.state;
    options.userText?.hold(conversationBytes(this.#state.entries));
    this.#audioMs = this.#snapshot?.inputMs ?? 0;
    this.#usage = openUsageAccumulator(meter && ((report) => meter.add(report)));
    this.#loudspeaker = new Loudspeaker(() => clock.now());
    this.#storage = persistence && this.#openStorage(persistence);
    this.#outbound = this.#openOutbound();
    this.#mailbox = new Mailbox({
      step: (event) => this.#step(event),
      onBug: (error) => this.#end.fault(error),
      onOverflow: () => this.#end.overloaded("mailbox full"),
    });
    const context = this.#context();
    this.#effects = new EffectRunner(context);
    this.#attachment = this.#openAttachment(context);
    this.#end = this.#openEnd(context);
    this.#begin(context, opening.events);
  }

  get ended(): Promise<void> {
    return this.#end.settled;
  }

  get over(): boolean {
    return this.#end.over;
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
    return this.#end.finished ? undefined : this.#storage?.writable();
  }

  receiveAudio(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#end.finished || this.#state.muted) return undefined;
    const { audio, kuku } = this.#state.config;
    const { format } = audio.input;
    const rate = sampleRate(format);
    // The connection learns of a new format behind what waits to be stored; until then it counts by the old one.
    const whole = format.type === "audio/pcm" ? bytes.subarray(0, bytes.length & ~1) : bytes;
    const pcm = decodeAudio(format, whole);
    this.#audioMs += durationMs(pcm.length, rate);
    this.#lastAudioAt = this.#options.clock.now();
    let samples = 0;
    const taken = sliceAudio(pcm).every((slice) => {
      if (!this.#ears.push({ type: "audio", pcm: slice })) return false;
      samples += slice.length;
      return true;
    });
    this.#itemAudio.heard(whole.subarray(0, samples * bytesPerSample(format)), durationMs(samples, rate));
    if (kuku?.record === true) this.#outbound.notify((listener) => listener.userAudio?.(pcm, rate));
    if (!taken && !this.#dropping) this.#mailbox.post({ type: "audio_dropped" });
    this.#dropping = !taken;
    return this.#ears.below(highWaterSamples);
  }

  receiveMessage(itemId: string, message: UserMessage): void {
    if (!this.attached && !this.#end.finished) this.#attachment.wait();
    this.#mailbox.post({ type: "message", itemId, said: message });
  }

  leave(link: Link): void {
    if (this.#end.finished || !this.#outbound.detach(link)) return;
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
    return this.#storage?.persister.createdAt(itemId);
  }

  settled(withinMs?: number): Promise<"saved" | "lost" | "late"> {
    return this.#storage?.settled(withinMs) ?? Promise.resolve("saved");
  }

  #openStorage(persistence: SessionPersistence): SessionStorage {
    return new SessionStorage({
      ...persistence,
      clock: this.#options.clock,
      state: () => this.#state,
      responses: () => this.#effects.responses,
      onSaved: (item_id) => this.#effects.send({ type: "kuku.saved", item_id }),
      onFull: () => this.#end.overloaded("journal full"),
      onTakenOver: () => this.#end.takenOver(),
    });
  }

  #openOutbound(): Outbound {
    const { clock, resume, outlivesSocket } = this.#options;
    return new Outbound({
      clock,
      keepsReplay: resume !== undefined,
      endsWithoutSocket: !outlivesSocket,
      durable: () => (this.#end.finished ? undefined : this.#storage?.durability.pass()),
    });
  }

  #context(): SessionContext {
    const { clock, engines, meter } = this.#options;
    return {
      outbound: this.#outbound,
      itemAudio: this.#itemAudio,
      usage: this.#usage,
      meter,
      persister: this.#storage?.persister,
      engines,
      capabilities: this.#capabilities,
      clock,
      newId: this.#newId,
      scope: this.#scope,
      ears: this.#ears,
      speaker: {},
      utteranceMs: this.#limits.utteranceMs,
      log: this.#log,
      responses: this.#snapshot?.responses ?? 0,
      state: () => this.#state,
      audioMs: () => this.#audioMs,
      lastAudioAt: () => this.#lastAudioAt,
      post: this.#mailbox.post,
      reportSaved: () => void this.#storage?.durability.report(),
      onBug: (error) => this.#end.fault(error),
      endSession: (reason, code, why) => this.#end.finish(reason, code, why),
    };
  }

  #openAttachment(context: SessionContext): Attachment {
    const { persistence, resume, outlivesSocket = false } = this.#options;
    return new Attachment(context, {
      snapshot: this.#snapshot,
      activated: persistence?.stored !== undefined,
      graceMs: resume?.graceMs,
      outlivesSocket,
      lastClientEvent: () => this.#lastClientEvent,
      busy: () => this.busy || this.#outbound.awaited,
    });
  }

  #openEnd(context: SessionContext): SessionEnd {
    return new SessionEnd(context, {
      storage: this.#storage,
      outlivesSocket: this.#options.outlivesSocket ?? false,
      endState: () => {
        this.#state = { ...this.#state, ended: true };
      },
      stop: () => this.#stop(),
    });
  }

  #begin(context: SessionContext, events: readonly SessionEvent[]): void {
    const { meter, link } = this.#options;
    const { post } = this.#mailbox;
    this.#outbound.listen(this.#itemAudio);
    this.#outbound.listen(echoReference(this.#loudspeaker, () => this.#state));
    onAbort(this.#scope.signal, () => post({ type: "end", reason: "draining" }));
    this.#scope.run(
      (signal) => runEars(context, this.#loudspeaker, signal),
      (error) => this.#end.fault(error),
    );
    this.#unwatchQuota = meter?.watch((quota) => post({ type: "quota_spent", quota }));
    if (link) this.#outbound.attach(link);
    else this.#attachment.wait();
    post({ type: "opened" });
    for (const event of events) post(event);
  }

  #step(event: SessionEvent): void {
    const { clock, userText } = this.#options;
    const before = this.#state;
    const { state, effects } = transition(before, event, {
      newId: this.#newId,
      now: clock.now(),
      wallTime: clock.wallTime(),
      capabilities: this.#capabilities,
      limits: this.#limits,
      room: {
        toStore: this.#storage?.room ?? Number.POSITIVE_INFINITY,
        ofUser: userText?.room ?? Number.POSITIVE_INFINITY,
      },
    });
    this.#state = state;
    if (state.entries !== before.entries) userText?.hold(conversationBytes(state.entries));
    this.#storage?.persister.step(before, state);
    for (const effect of effects) this.#effects.perform(effect);
    this.#onStep?.(this.#state);
  }

  #notePlayback(playback: KukuPlayback): void {
    this.#outbound.notePlayback(playback);
    const { response_id, played_ms, state } = playback;
    if (this.#state.extended) this.#loudspeaker.report(response_id, played_ms, state);
  }

  #stop(): void {
    this.#unwatchQuota?.();
    this.#options.userText?.hold(0);
    this.#attachment.stop();
    this.#mailbox.close();
    this.#effects.stop();
    this.#ears.discard();
  }
}

function eventIdOf(event: ClientEvent): string | undefined {
  return "event_id" in event ? event.event_id : undefined;
}

/** An input's weight in the channel. What is no audio always fits: the session waits for the answer to a `commit`. */
function samplesOf(input: EarInput): number {
  return input.type === "audio" ? input.pcm.length : 0;
}
