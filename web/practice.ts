/** One practice session of the page: socket, microphone and speaker together, from Start to End. */
import type { Closing } from "../src/client/closing.ts";
import type { SessionChange } from "../src/client/connect.ts";
import { type Conversation, openConversation } from "../src/client/conversation.ts";
import { meterOf } from "../src/client/level.ts";
import { type Microphone, openMicrophone } from "../src/client/microphone.ts";
import type { PlayPosition } from "../src/client/playout.ts";
import { loadSpeaker } from "../src/client/speaker.ts";
import { followAudio, followTurns, noTurns, type Turns } from "../src/client/turns.ts";

export interface PracticeCalls {
  onTurns(turns: Turns): void;
  /** Whether the coach is being heard. */
  onSpeaking(speaking: boolean): void;
  /** 0–1. */
  onYourLevel(level: number): void;
  onCoachLevel(level: number): void;
  /** Something went wrong that the session survives. */
  onTrouble(message: string): void;
  onClosed(closing: Closing): void;
}

export interface PracticeOptions extends PracticeCalls {
  readonly url: string;
  readonly persona: string;
  readonly handsFree: boolean;
}

export interface Practice {
  /** Name of what puts speech into words on the server. */
  readonly transcriber: string | undefined;
  /** Push to talk: from here on the microphone is heard. A coach who is speaking falls silent. */
  talk(): void;
  /** Push to talk: the turn is over, answer it. */
  stopTalking(): void;
  setHandsFree(on: boolean): void;
  setSentence(text: string): void;
  end(): void;
}

/** The last sound of a word lingers after the finger has lifted; ms. */
const tailMs = 250;
/** What a client may run into without having done anything wrong: a reply that ended just before it was cancelled. */
const harmless = new Set(["response_cancel_not_active"]);
const troubles: Record<string, string> = {
  input_audio_buffer_commit_empty: "Nothing was heard. Hold the button, or tap it, and speak.",
  conversation_already_has_active_response: "Kuku is still answering; try again in a moment.",
};

/**
 * Starts practising. Call it from a click: it opens microphone and speaker.
 * @throws MicrophoneError, ConnectError
 */
export async function startPractice(options: PracticeOptions): Promise<Practice> {
  let turns = noTurns;
  let handsFree = options.handsFree;
  let talking = false;
  let dropping = false;
  let conversation: Conversation | undefined;
  let tail: ReturnType<typeof setTimeout> | undefined;
  const follow = (next: Turns) => {
    if (next === turns) return;
    turns = next;
    options.onTurns(turns);
  };
  const microphone: Microphone = await openMicrophone({
    onFrame(pcm, level) {
      options.onYourLevel(meterOf(level));
      if (!conversation || !(handsFree || talking)) return;
      const taken = conversation.sendAudio(pcm);
      if (!taken && !dropping) options.onTrouble("The network is too slow: part of what you say is lost.");
      dropping = !taken;
    },
    onLost: () => options.onTrouble("The microphone is gone. Plug it in and start again."),
  });
  try {
    conversation = await openConversation(options.url, {
      persona: options.persona,
      openPlayer: await loadSpeaker({ onLevel: options.onCoachLevel }),
      onPosition: ({ state }: PlayPosition) => options.onSpeaking(state === "playing"),
      onAudio: (audio) => follow(followAudio(turns, audio, performance.now())),
      onEvent(event) {
        follow(followTurns(turns, event, performance.now()));
        // A greeting that begins while the user already talks: in push to talk only this side knows.
        if (event.type === "response.created" && talking) conversation?.interrupt();
        if (event.type === "error" && !harmless.has(event.error.code))
          options.onTrouble(troubles[event.error.code] ?? event.error.message);
        if (event.type === "kuku.going_away")
          options.onTrouble("The coach is about to be restarted; finish your sentence.");
      },
      onClosed(closing) {
        microphone.close();
        options.onClosed(closing);
      },
    });
  } catch (error) {
    microphone.close();
    throw error;
  }
  const live = conversation;
  const ownDetection = live.session.audio.input.turn_detection;
  const detection = (): Pick<
    NonNullable<NonNullable<SessionChange["audio"]>["input"]>,
    "turn_detection"
  > => ({
    turn_detection: handsFree ? (ownDetection ?? { type: "semantic_vad" }) : null,
  });
  live.updateSession({
    type: "realtime",
    audio: {
      input: {
        format: { type: "audio/pcm", rate: microphone.rate as 16_000 | 48_000 },
        transcription: {},
        ...detection(),
      },
    },
  });
  const finishTalking = () => {
    tail = undefined;
    talking = false;
    live.commit();
    live.createResponse();
  };
  return {
    transcriber: live.session.audio.input.transcription?.model,
    talk() {
      clearTimeout(tail);
      tail = undefined;
      live.interrupt();
      talking = true;
    },
    stopTalking() {
      if (talking && !tail) tail = setTimeout(finishTalking, tailMs);
    },
    setHandsFree(on) {
      handsFree = on;
      live.updateSession({ type: "realtime", audio: { input: detection() } });
    },
    setSentence: (text) => live.updateSession({ type: "realtime", kuku: { drill: { text } } }),
    end() {
      clearTimeout(tail);
      microphone.close();
      live.close();
    },
  };
}
