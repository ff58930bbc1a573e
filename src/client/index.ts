/**
 * The client library, `kuku-coach/client`: for browsers and Node 22.19 and later, without a dependency.
 *
 * @example
 * ```js
 * import { connect } from "kuku-coach/client";
 *
 * const coach = await connect("http://localhost:8000", { persona: "kuku", onEvent: console.log });
 * coach.sendText("I have too much to do.");
 * coach.createResponse();
 * ```
 */
export type { ClientEvent } from "../protocol/client-events.ts";
export type { ServerEvent } from "../protocol/server-events.ts";
export { type ClientClock, machineClock } from "./clock.ts";
export type { Closing } from "./closing.ts";
export {
  type ClientEventOf,
  ConnectError,
  type Connection,
  type ConnectOptions,
  type ConnectTrouble,
  connect,
  type ServerEventOf,
  type SessionChange,
} from "./connect.ts";
export {
  type Conversation,
  type ConversationOptions,
  type OpenPlayer,
  openConversation,
} from "./conversation.ts";
export { convertRate } from "./convert-rate.ts";
export type { InterruptionCalls } from "./interruption.ts";
export type { ConnectionState } from "./line.ts";
export {
  type Microphone,
  MicrophoneError,
  type MicrophoneOptions,
  type MicrophoneTrouble,
  openMicrophone,
} from "./microphone.ts";
export { type PacedFrame, type PaceOptions, paceRecording } from "./pace.ts";
export type { PlayPosition, ReplyAudio } from "./playout.ts";
export type { OpenSocket, Socket } from "./socket.ts";
export { loadSpeaker, type SpeakerOptions } from "./speaker.ts";
export { type VirtualPlayerOptions, virtualPlayer } from "./virtual-player.ts";
export { type Recording, readWav, WavError, writeWav } from "./wav.ts";
