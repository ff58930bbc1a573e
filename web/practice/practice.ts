/** One practice session of the page: socket, microphone and speaker together, from Start to End. */
import type { Closing } from "../../src/client/closing.ts";
import type { SessionChange } from "../../src/client/connect.ts";
import { type Conversation, openConversation } from "../../src/client/conversation.ts";
import { meterOf } from "../../src/client/level.ts";
import type { ConnectionState } from "../../src/client/line.ts";
import type { MicrophoneError } from "../../src/client/microphone.ts";
import type { PlayPosition } from "../../src/client/playout.ts";
import { loadSpeaker } from "../../src/client/speaker.ts";
import { followAudio, followTurns, noTurns, type Turns } from "../../src/client/turns.ts";
import type { KukuEnding } from "../../src/protocol/kuku-events.ts";
import type { ServerEvent } from "../../src/protocol/server-events.ts";
import { wordsForCode } from "../errors.ts";
import { t } from "../messages/index.ts";
import { type DrillCommand, spokenAnswer } from "./answers.ts";
import type { DrillRequest } from "./drill-choices.ts";
import { Ears } from "./ears.ts";
import { microphoneNamed } from "./microphones.ts";
import { isPlaying } from "./play.ts";
import { OwnRecordings } from "./recordings.ts";
import { busyCode, ReplyRequests } from "./reply-requests.ts";

export interface PracticeCalls {
  onTurns(turns: Turns): void;
  /** Whether the coach's reply sounds. */
  onSpeaking(speaking: boolean): void;
  /** 0–1. */
  onYourLevel(level: number): void;
  onCoachLevel(level: number): void;
  /** There is no microphone; the session goes on by typing and listening. */
  onNoMicrophone(error: MicrophoneError): void;
  /** Another microphone is heard in place of one that was taken away. */
  onMicrophone(): void;
  /** The system has taken the sound away; `resume` asks for it again. */
  onInterrupted(resume: () => Promise<void>): void;
  onResumed(): void;
  /** Something went wrong that the session survives. */
  onTrouble(message: string): void;
  /** A limit is about to end the session. */
  onEnding(code: KukuEnding["code"]): void;
  /** What the user says or asks has come to the server: time without it counts from here. */
  onActivity(): void;
  /** The connection was lost and is coming back, or has come. */
  onConnection(state: ConnectionState): void;
  onClosed(closing: Closing): void;
}

export interface PracticeOptions extends PracticeCalls {
  readonly url: string;
  readonly persona: string;
  /** A session to go on with; absent: a new one. */
  readonly sessionId?: string | undefined;
  readonly handsFree: boolean;
  /** BCP 47. */
  readonly language: string;
  /** One of the server's; absent: the persona's own. */
  readonly voice?: string | undefined;
  /** Of the coach's voice. */
  readonly speed: number;
  /** Name of the device to hear; absent, or gone: the default one. */
  readonly microphone?: string | undefined;
  /** The drill to begin with; only for a persona with drills. */
  readonly drill?: DrillRequest;
}

export interface Practice {
  readonly sessionId: string;
  /** Name of what puts speech into words on the server. */
  readonly transcriber: string | undefined;
  /** Recordings of the microphone, by utterance. */
  readonly recordings: OwnRecordings;
  /** Push to talk: from here on the microphone is heard. A coach who is speaking falls silent. */
  talk(): void;
  /** Push to talk: the turn is over, answer it. */
  stopTalking(): void;
  /** Stops the coach, without a turn. */
  hush(): void;
  /** Says that the user is there still. */
  stay(): void;
  setHandsFree(on: boolean): void;
  /** Spoken commands as buttons: repeat the sentence, go on to the next one. */
  command(name: DrillCommand): void;
  /** Practises something else from here on, and has the coach say it. */
  setDrill(drill: DrillRequest): void;
  /** Types a turn. A coach who is speaking falls silent. */
  say(text: string): void;
  /** Types the answer to what the coach asks: the question is let to its end first, so that it counts as asked. */
  answer(text: string): void;
  /** Replaces an item's transcript by what the user typed. */
  correct(itemId: string, transcript: string): void;
  end(): void;
}

/** A frame that is louder than this may be speech: a meter's value, 0.33 is −40 dBFS. */
const speechLevel = 0.33;
/** Shorter than this, what was loud was a click of the button; frames of 20 ms. */
const leastSpeechFrames = 5;
/** The last sound of a word lingers after the finger has lifted; ms. */
const tailMs = 250;
/** Error codes that need no telling: a reply ended just before it was cancelled, or a request is made again. */
const harmless = new Set(["response_cancel_not_active", busyCode]);
const troubles: Record<string, string> = {
  input_audio_buffer_commit_empty: t.notice.heardNothing,
};

/** Events that come of what the user says or asks. */
const activity: ReadonlySet<ServerEvent["type"]> = new Set([
  "session.updated",
  "input_audio_buffer.speech_started",
  "input_audio_buffer.committed",
  "input_audio_buffer.cleared",
  "conversation.item.added",
]);

/** State that decides whether the microphone is heard. */
interface Gate {
  handsFree: boolean;
  /** Push to talk: between press and release. */
  talking: boolean;
  /** The socket did not take the last frame. */
  dropping: boolean;
  /** Push to talk: frames since the press that may be speech. */
  loudFrames: number;
  readonly recordings: OwnRecordings;
  conversation?: Conversation;
  readonly requests: ReplyRequests;
}

type Rate = 16_000 | 48_000;

function earsOf(gate: Gate, options: PracticeOptions, deviceId: string | undefined): Ears {
  return new Ears({
    deviceId,
    onFrame(pcm, level) {
      options.onYourLevel(meterOf(level));
      // Hands-free, a recording that the page plays would be heard as a turn.
      const open = gate.talking || (gate.handsFree && !isPlaying());
      if (!gate.conversation || !open) return;
      if (meterOf(level) > speechLevel) gate.loudFrames++;
      gate.recordings.add(pcm);
      const taken = gate.conversation.sendAudio(pcm);
      if (!taken && !gate.dropping) options.onTrouble(t.notice.slowNetwork);
      gate.dropping = !taken;
    },
    onInterrupted: options.onInterrupted,
    onResumed: options.onResumed,
    onNone: options.onNoMicrophone,
    onReplaced(rate) {
      gate.recordings.rate = rate;
      const format = { type: "audio/pcm" as const, rate: rate as Rate };
      gate.conversation?.updateSession({ type: "realtime", audio: { input: { format } } });
      options.onMicrophone();
    },
  });
}

function tell(event: ServerEvent, options: PracticeOptions): void {
  if (event.type === "error" && !harmless.has(event.error.code))
    options.onTrouble(troubles[event.error.code] ?? wordsForCode(event.error.code, event.error.message));
  if (event.type === "kuku.going_away") options.onTrouble(t.notice.restart);
  if (event.type === "kuku.ending") options.onEnding(event.code);
  if (activity.has(event.type)) options.onActivity();
}

async function openTalk(gate: Gate, options: PracticeOptions, onClosed: () => void): Promise<Conversation> {
  let turns = noTurns;
  const follow = (next: Turns) => {
    if (next === turns) return;
    turns = next;
    options.onTurns(turns);
  };
  return openConversation(options.url, {
    // A session that is there has its persona already.
    ...(options.sessionId === undefined ? { persona: options.persona } : { sessionId: options.sessionId }),
    openPlayer: await loadSpeaker({
      onLevel: options.onCoachLevel,
      onInterrupted: options.onInterrupted,
      onResumed: options.onResumed,
    }),
    onPosition: ({ state }: PlayPosition) => options.onSpeaking(state === "playing"),
    onAudio: (audio) => follow(followAudio(turns, audio, performance.now())),
    onEvent(event) {
      follow(followTurns(turns, event, performance.now()));
      gate.recordings.follow(event);
      gate.requests.follow(event, () => gate.conversation?.createResponse());
      // What was typed goes before a greeting that began meanwhile.
      if (event.type === "error" && event.error.code === busyCode) gate.conversation?.interrupt();
      // A greeting that begins while the user already talks: in push to talk only this side knows.
      if (event.type === "response.created" && gate.talking) gate.conversation?.interrupt();
      tell(event, options);
    },
    onConnection: options.onConnection,
    onClosed(closing) {
      onClosed();
      options.onClosed(closing);
    },
  });
}

type InputChange = NonNullable<NonNullable<SessionChange["audio"]>["input"]>;

/** Hands-free the turn ends as the persona has it; in push to talk only by hand. */
function turnDetection(gate: Gate, live: Conversation): Pick<InputChange, "turn_detection"> {
  const own = live.session.audio.input.turn_detection ?? { type: "semantic_vad" as const };
  return { turn_detection: gate.handsFree ? own : null };
}

function practiceOf(gate: Gate, live: Conversation, ears: Ears, options: PracticeOptions): Practice {
  let tail: ReturnType<typeof setTimeout> | undefined;
  const finishTalking = () => {
    tail = undefined;
    gate.talking = false;
    if (gate.loudFrames < leastSpeechFrames) {
      live.clearInput();
      options.onTrouble(t.notice.heardNothing);
      return;
    }
    live.commit();
    live.createResponse();
  };
  const type = (text: string) => {
    live.sendText(text);
    live.createResponse();
  };
  const command = (name: DrillCommand) => {
    live.interrupt();
    type(spokenAnswer(options.language, name));
  };
  return {
    sessionId: live.session.id,
    transcriber: live.session.audio.input.transcription?.model,
    recordings: gate.recordings,
    talk() {
      clearTimeout(tail);
      tail = undefined;
      live.interrupt();
      gate.loudFrames = 0;
      gate.recordings.begin();
      gate.talking = true;
    },
    hush: () => live.interrupt(),
    stay: () => live.updateSession({ type: "realtime" }),
    stopTalking() {
      if (gate.talking && tail === undefined) tail = setTimeout(finishTalking, tailMs);
    },
    setHandsFree(on) {
      gate.handsFree = on;
      // Half a sentence heard hands-free is not the beginning of what is said by hand.
      if (!on) live.clearInput();
      live.updateSession({ type: "realtime", audio: { input: turnDetection(gate, live) } });
    },
    setDrill(drill) {
      live.updateSession({ type: "realtime", kuku: { drill } });
      command("repeat");
    },
    command,
    say(text) {
      live.interrupt();
      type(text);
    },
    answer: (text) => gate.requests.onceQuiet(() => type(text)),
    correct: (itemId, transcript) =>
      live.send({ type: "kuku.transcript.correct", item_id: itemId, transcript }),
    end() {
      clearTimeout(tail);
      ears.close();
      live.close();
    },
  };
}

/**
 * Starts practising. Call it from a click: it opens microphone and speaker.
 * @throws ConnectError
 */
export async function startPractice(options: PracticeOptions): Promise<Practice> {
  const recordings = new OwnRecordings();
  const gate: Gate = {
    handsFree: options.handsFree,
    talking: false,
    dropping: false,
    loudFrames: 0,
    recordings,
    requests: new ReplyRequests(),
  };
  const ears = earsOf(gate, options, await microphoneNamed(options.microphone));
  await ears.open();
  const closeEars = () => ears.close();
  try {
    const live = await openTalk(gate, options, closeEars);
    gate.conversation = live;
    const rate = (ears.rate ?? 16_000) as Rate;
    recordings.rate = rate;
    const isNew = options.sessionId === undefined;
    live.updateSession({
      type: "realtime",
      audio: {
        input: { format: { type: "audio/pcm", rate }, transcription: {}, ...turnDetection(gate, live) },
        output: { speed: options.speed, ...(options.voice !== undefined && { voice: options.voice }) },
      },
      ...(isNew && { kuku: { language: options.language, drill: options.drill } }),
    });
    return practiceOf(gate, live, ears, options);
  } catch (error) {
    closeEars();
    throw error;
  }
}
