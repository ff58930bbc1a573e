/** Services with which a session carries out its effects. */
import type { Channel } from "../lib/channel.ts";
import type { Clock } from "../lib/clock.ts";
import type { NewId } from "../lib/ids.ts";
import type { CancelReason, Scope } from "../lib/scope.ts";
import type { EarInput } from "../pipeline/ears/ear-events.ts";
import type { ReplyModel } from "../ports/reply-model.ts";
import type { Synthesizer } from "../ports/synthesizer.ts";
import type { Transcriber } from "../ports/transcriber.ts";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Capabilities } from "./capabilities.ts";
import type { SessionEvent } from "./events.ts";
import type { Meter } from "./meter.ts";
import type { ItemAudio } from "./outbound/item-audio.ts";
import type { Outbound } from "./outbound/outbound.ts";
import type { SessionPersister } from "./persistence/session-persister.ts";
import type { UsageAccumulator } from "./replies/usage-accumulator.ts";
import type { SessionState } from "./turns/state.ts";

/** The engines behind a session's ports. */
export interface Engines {
  readonly transcriber: Transcriber;
  readonly replyModel: ReplyModel;
  readonly synthesizer: Synthesizer;
}

/** Structured logging as far as a session needs it; pino fits. */
export interface SessionLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A log whose every line carries these fields. */
  child(fields: object): SessionLog;
}

export interface SessionContext {
  readonly outbound: Outbound;
  readonly itemAudio: ItemAudio;
  readonly usage: UsageAccumulator;
  /** The user's limits; undefined: none. */
  readonly meter: Meter | undefined;
  /** Writes the session down; undefined: it is not kept. */
  readonly persister: SessionPersister | undefined;
  readonly engines: Engines;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly scope: Scope;
  readonly ears: Channel<EarInput>;
  /** The speaker, for the transcriber: what it learns of the voice goes with the session. */
  readonly speaker: object;
  /** Longest audio that the transcriber is given at once, ms. */
  readonly utteranceMs: number;
  readonly log: SessionLog;
  /** Responses before this opening of the session. */
  readonly responses: number;
  state(): SessionState;
  /** Input audio so far, ms. */
  audioMs(): number;
  /** Time at which input audio last came; clock, ms. Undefined: none has. */
  lastAudioAt(): number | undefined;
  /** Into the mailbox; an answer given while an effect is performed is taken before anything else that waits. */
  post(event: SessionEvent): void;
  /** Tells the client, once it is so, that all that is in the conversation now is stored. */
  reportSaved(): void;
  /** A fault of ours: the session cannot go on. */
  onBug(error: unknown): void;
  endSession(reason: CancelReason, code: CloseCode, why: string): void;
}
