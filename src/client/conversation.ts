/** A connection joined to a player: plays replies, falls silent on barge-in, and reports what was heard. */
import type { ServerEvent } from "../protocol/server-events.ts";
import { type Connection, type ConnectOptions, connect } from "./connect.ts";
import type { PlayPosition, ReplyAudio } from "./playout.ts";

/** Where replies are heard: a browser's speaker, or a virtual one. */
interface Player {
  /** Samples per second it wants. */
  readonly rate: number;
  add(audio: ReplyAudio): void;
  /** This response has no more audio. */
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

/** What is known of the replies that are made or heard at the moment. */
function openPlayback(connection: () => Connection | undefined, player: () => Player, stopOnSpeech: boolean) {
  const replies = new Map<number, LiveReply>();
  let responses = 0;
  const byId = (id: string | undefined) => [...replies.values()].find((reply) => reply.responseId === id);
  /** Replies up to this one were stopped from here, so that only this side knows where. */
  let stoppedUpTo = 0;
  /** Silences all that was begun; the player answers with `cleared` where something was being heard. */
  const fallSilent = () => player().clear(responses);

  /**
   * Another server took the session up, which knows no reply of before: what has come of the last one is heard out, and
   * its rest comes as a new one.
   */
  const breakOff = () => {
    player().resume();
    for (const reply of replies.values()) if (reply.open) player().finish(reply.number);
    replies.clear();
  };

  return {
    /** Whether a reply is being made. */
    isMaking: () => [...replies.values()].some((reply) => reply.open),
    /** The user stops what is being heard. */
    stop(): void {
      stoppedUpTo = responses;
      fallSilent();
    },
    take(event: ServerEvent): void {
      switch (event.type) {
        case "response.created":
          if (event.response.id === undefined) break;
          responses += 1;
          replies.delete(responses - repliesKept);
          replies.set(responses, {
            number: responses,
            responseId: event.response.id,
            contentIndex: 0,
            open: true,
          });
          break;
        case "response.content_part.added": {
          const reply = byId(event.response_id);
          if (!reply) break;
          reply.itemId = event.item_id;
          reply.contentIndex = event.content_index;
          break;
        }
        case "response.done": {
          const reply = byId(event.response.id);
          if (!reply) break;
          reply.open = false;
          if (event.response.status === "cancelled") player().clear(reply.number);
          else player().finish(reply.number);
          break;
        }
        case "input_audio_buffer.speech_started":
          if (stopOnSpeech) fallSilent();
          break;
        case "kuku.resumed":
          if (!event.complete) breakOff();
          break;
        case "kuku.playback.clear":
          player().clear(byId(event.response_id)?.number ?? 0);
          break;
        case "kuku.playback.pause":
          player().pause(byId(event.response_id)?.number ?? 0);
          break;
        case "kuku.playback.resume":
          player().resume();
          break;
      }
    },
    move(position: PlayPosition): void {
      const reply = replies.get(position.responseNumber);
      if (!reply) return;
      const heardMs = Math.floor((position.playedSamples * 1000) / player().rate);
      const over = position.state === "ended" || position.state === "cleared";
      if (connection()?.extension)
        connection()?.send({
          type: "kuku.playback",
          response_id: reply.responseId,
          played_ms: heardMs,
          state: over ? "ended" : position.state === "paused" ? "paused" : "playing",
        });
      // What was not heard leaves the history. With the extension a server that hears speech has cut it already, by
      // the reports above; to be told again would be an error.
      const cutHere = !connection()?.extension || reply.number <= stoppedUpTo;
      if (position.state === "cleared" && reply.itemId && cutHere)
        connection()?.truncate(reply.itemId, heardMs, reply.contentIndex);
    },
  };
}

/**
 * Connects and plays. Everything of `connect` holds; the player is closed with the connection.
 * @throws ConnectError
 */
export async function openConversation(url: string, options: ConversationOptions): Promise<Conversation> {
  let connection: Connection | undefined;
  const playback = openPlayback(
    () => connection,
    () => player,
    options.stopOnSpeech ?? true,
  );
  const player: Player = options.openPlayer((position) => {
    playback.move(position);
    options.onPosition?.(position);
  });
  try {
    connection = await connect(url, {
      ...options,
      onEvent(event) {
        playback.take(event);
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
      if (playback.isMaking()) connection?.cancel();
      playback.stop();
    },
  };
}
