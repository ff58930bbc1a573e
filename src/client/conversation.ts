/** A connection joined to a player: plays replies, falls silent on barge-in, and reports what was heard. */
import type { ServerEvent } from "../protocol/server-events.ts";
import { type Connection, type ConnectOptions, connect } from "./connect.ts";
import type { PlayPosition, ReplyAudio } from "./playout.ts";

/** Plays replies: a browser's speaker, or a virtual one. */
interface Player {
  /** Samples per second it wants. */
  readonly rate: number;
  add(audio: ReplyAudio): void;
  /** Notes that a response has no more audio. */
  finish(responseNumber: number): void;
  /** Silence this response and every earlier one, now. */
  clear(upToResponse: number): void;
  /** Hold this response and every earlier one, until `resume` or `clear`; a later response is not held. */
  pause(upToResponse: number): void;
  resume(): void;
  /** Frees what it holds; it stays silent. */
  close(): void;
}

/** Opens a player; it calls `onPosition` at each change of state, and a few times a second while it plays. */
export type OpenPlayer = (onPosition: (position: PlayPosition) => void) => Player;

export interface ConversationOptions extends ConnectOptions {
  readonly openPlayer: OpenPlayer;
  /** After the connection itself has dealt with a position: for showing it. */
  readonly onPosition?: (position: PlayPosition) => void;
  /** Fall silent when the user starts to speak. Default true. */
  readonly stopOnSpeech?: boolean;
}

export interface Conversation extends Connection {
  /** Stops the reply under way and what is still being heard of it, as if the user had spoken. */
  interrupt(): void;
}

/** A reply is forgotten once this many newer ones were begun: by then it is no longer heard. */
const repliesKept = 16;

interface LiveReply {
  readonly number: number;
  readonly responseId: string;
  itemId?: string;
  contentIndex: number;
  /** The server is still making it. */
  open: boolean;
}

/** Turns server events into player calls, and play positions into playback reports and truncations. */
class ReplyPlayback {
  readonly #connection: () => Connection | undefined;
  readonly #player: () => Player;
  readonly #stopOnSpeech: boolean;
  /** Replies that are made or heard at the moment, by number. */
  readonly #replies = new Map<number, LiveReply>();
  #responses = 0;
  /** Replies up to this one were stopped from here, so that only this side knows where. */
  #stoppedUpTo = 0;

  constructor(connection: () => Connection | undefined, player: () => Player, stopOnSpeech: boolean) {
    this.#connection = connection;
    this.#player = player;
    this.#stopOnSpeech = stopOnSpeech;
  }

  /** True while a reply is being generated. */
  get isMaking(): boolean {
    return [...this.#replies.values()].some((reply) => reply.open);
  }

  /** Stops what sounds, at the user's wish. */
  stop(): void {
    this.#stoppedUpTo = this.#responses;
    this.#silence();
  }

  onEvent(event: ServerEvent): void {
    const player = this.#player();
    switch (event.type) {
      case "response.created":
        return this.#begin(event.response.id);
      case "response.content_part.added": {
        const reply = this.#byId(event.response_id);
        if (!reply) return;
        reply.itemId = event.item_id;
        reply.contentIndex = event.content_index;
        return;
      }
      case "response.done": {
        const reply = this.#byId(event.response.id);
        if (!reply) return;
        reply.open = false;
        if (event.response.status === "cancelled") player.clear(reply.number);
        else player.finish(reply.number);
        return;
      }
      case "input_audio_buffer.speech_started":
        if (this.#stopOnSpeech) this.#silence();
        return;
      case "kuku.resumed":
        if (!event.complete) this.#breakOff();
        return;
      case "kuku.playback.clear":
        return player.clear(this.#byId(event.response_id)?.number ?? 0);
      case "kuku.playback.pause":
        return player.pause(this.#byId(event.response_id)?.number ?? 0);
      case "kuku.playback.resume":
        return player.resume();
    }
  }

  onPosition(position: PlayPosition): void {
    const reply = this.#replies.get(position.responseNumber);
    if (!reply) return;
    const connection = this.#connection();
    const heardMs = Math.floor((position.playedSamples * 1000) / this.#player().rate);
    const over = position.state === "ended" || position.state === "cleared";
    if (connection?.extension)
      connection.send({
        type: "kuku.playback",
        response_id: reply.responseId,
        played_ms: heardMs,
        state: over ? "ended" : position.state === "paused" ? "paused" : "playing",
      });
    // Unheard words leave the history. With the extension a server that hears speech has cut it already, by
    // the reports above; to be told again would be an error.
    const cutHere = !connection?.extension || reply.number <= this.#stoppedUpTo;
    if (position.state === "cleared" && reply.itemId && cutHere)
      connection?.truncate(reply.itemId, heardMs, reply.contentIndex);
  }

  #byId(id: string | undefined): LiveReply | undefined {
    return [...this.#replies.values()].find((reply) => reply.responseId === id);
  }

  #begin(responseId: string | undefined): void {
    if (responseId === undefined) return;
    const number = ++this.#responses;
    this.#replies.delete(number - repliesKept);
    this.#replies.set(number, { number, responseId, contentIndex: 0, open: true });
  }

  /** Silences every reply begun so far; the player answers with `cleared` where one was sounding. */
  #silence(): void {
    this.#player().clear(this.#responses);
  }

  /**
   * Another server took the session up and does not know the replies of before: the received part of the last one is
   * played out, and its rest comes as a new one.
   */
  #breakOff(): void {
    const player = this.#player();
    player.resume();
    for (const reply of this.#replies.values()) if (reply.open) player.finish(reply.number);
    this.#replies.clear();
  }
}

/**
 * Connects and plays. Everything of `connect` holds; the player is closed with the connection.
 * @throws ConnectError
 */
export async function openConversation(url: string, options: ConversationOptions): Promise<Conversation> {
  let connection: Connection | undefined;
  const playback = new ReplyPlayback(
    () => connection,
    () => player,
    options.stopOnSpeech ?? true,
  );
  const player: Player = options.openPlayer((position) => {
    playback.onPosition(position);
    options.onPosition?.(position);
  });
  try {
    connection = await connect(url, {
      ...options,
      onEvent(event) {
        playback.onEvent(event);
        options.onEvent?.(event);
      },
      onAudio(audio) {
        player.add(audio);
        options.onAudio?.(audio);
      },
      onClosed(closing) {
        player.close();
        options.onClosed?.(closing);
      },
    });
  } catch (error) {
    player.close();
    throw error;
  }
  return {
    ...connection,
    interrupt() {
      // In this order: cutting a reply that is still being made would end it too, and the cancel then name none.
      if (playback.isMaking) connection?.cancel();
      playback.stop();
    },
  };
}
