/** One spoken turn from a recording: greet, speak in real time, wait for the reply, sum up. */

import type { ServerEvent } from "../../protocol/server-events.ts";
import { ConnectError, type Connection, connect, type SessionChange } from "../connect.ts";
import { convertRate } from "../convert-rate.ts";
import { endOfSpeech, levelOf } from "../level.ts";
import { paceRecording } from "../pace.ts";
import { joinPcm } from "../pcm-bytes.ts";
import type { Turns } from "../turns.ts";
import type { Recording } from "../wav.ts";
import type { TalkArguments } from "./arguments.ts";
import { type FailureCode, spokenTurns, summarize, type TalkResult } from "./outcome.ts";
import { replyRate, type TalkDeps, TalkFailure, TalkWatch } from "./watch.ts";

export interface Talk {
  readonly result: TalkResult;
  readonly turns: Turns;
  /** The last reply's audio. */
  readonly reply: Recording;
  /** The recording's length, ms. */
  readonly recordingMs: number;
}

const serverRates = [16_000, 24_000, 48_000];
/** Four times real time is the most a server takes, in messages no more frequent than 50 a second. */
const fastSpeed = 4;
/** Silence after the recording in which the server may still find speech, ms. */
const quietMs = 3_000;
/** The same as a share of the longest wait for a reply: who waits long for a slow server does so here, too. */
const quietShare = 0.1;

function sessionChange(options: TalkArguments, rate: number, extension: boolean): SessionChange {
  const detection = {
    server: { type: "server_vad" as const },
    semantic: { type: "semantic_vad" as const },
    push: null,
  };
  const kuku = {
    ...(options.drill && { drill: options.drill }),
    ...(options.language === undefined ? {} : { language: options.language }),
  };
  return {
    type: "realtime",
    audio: {
      input: {
        format: { type: "audio/pcm", rate: rate as 16_000 | 24_000 | 48_000 },
        transcription: options.language === undefined ? {} : { language: options.language },
        ...(options.turns && { turn_detection: detection[options.turns] }),
      },
      output: { format: { type: "audio/pcm", rate: replyRate } },
    },
    ...(extension && Object.keys(kuku).length > 0 ? { kuku } : {}),
  };
}

/** Sets the session up and hears the greeting out, or cuts it short. */
async function prepare(
  connection: Connection,
  watch: TalkWatch,
  answers: ServerEvent[],
  options: TalkArguments,
  rate: number,
) {
  if (!connection.extension && options.drill !== undefined)
    throw new TalkFailure("refused", "this server does not speak kuku.v1, and so has no drill");
  connection.updateSession(sessionChange(options, rate, connection.extension));
  const isAnswer = (event: ServerEvent) => event.type === "session.updated" || event.type === "error";
  if (!(await watch.until(() => answers.some(isAnswer), options.timeoutMs)))
    throw new TalkFailure("refused", "the server did not answer");
  const refusal = answers.find((event) => event.type === "error");
  if (refusal) throw new TalkFailure("refused", refusal.error.message);
  if (!connection.extension) return;
  const greeted = await watch.until(() => watch.turns.turns.length > 0, options.greeting ? 2_000 : 500);
  if (!greeted) return;
  if (!options.greeting) connection.cancel();
  const isDone = () => watch.turns.turns.every((turn) => turn.reply?.doneAt !== undefined);
  if (!(await watch.until(isDone, options.timeoutMs)))
    throw new TalkFailure("no_reply", "the greeting did not end");
}

/** Speaks the recording, then silence until stopped. Answers when its last speech was sent. */
async function speak(
  connection: Connection,
  watch: TalkWatch,
  recording: Recording,
  options: TalkArguments,
  deps: TalkDeps,
  progress: { sentMs: number; speechSentAt?: number },
  signal: AbortSignal,
) {
  const speechEnd = endOfSpeech(recording.pcm, recording.rate) ?? Number.POSITIVE_INFINITY;
  const recordingMs = (recording.pcm.length * 1000) / recording.rate;
  const push = options.turns === "push";
  const frames = paceRecording(recording.pcm, {
    rate: recording.rate,
    clock: deps.clock,
    signal,
    frameMs: options.fast ? 100 : 20,
    speed: options.fast ? fastSpeed : 1,
    silenceAfter: !push,
  });
  for await (const { pcm, endMs } of frames) {
    connection.sendAudio(pcm);
    progress.sentMs = endMs;
    if (endMs >= speechEnd) progress.speechSentAt ??= watch.at();
    if (endMs <= recordingMs)
      deps.tell({ type: "spoken", at: watch.at(), recordingMs: endMs, level: levelOf(pcm) }, watch.turns);
    watch.look();
  }
  if (!push || signal.aborted) return;
  connection.commit();
  connection.createResponse();
}

/** Whether the recording has been heard out and the last turn of it was answered. */
function isAnswered(watch: TalkWatch, sentMs: number, recordingMs: number, push: boolean): boolean {
  if (sentMs < recordingMs + (push ? 0 : 400)) return false;
  const last = spokenTurns(watch.turns).at(-1);
  const settled = last?.utterance?.state === "transcribed" || last?.utterance?.state === "failed";
  // A reply that broke off with a lost server is continued by the next one.
  const goesOn = watch.turns.before !== undefined && last?.reply?.status === "incomplete";
  return settled && last?.reply?.doneAt !== undefined && !goesOn;
}

async function turn(
  connection: Connection,
  watch: TalkWatch,
  recording: Recording,
  options: TalkArguments,
  deps: TalkDeps,
  progress: { sentMs: number; speechSentAt?: number },
) {
  const recordingMs = (recording.pcm.length * 1000) / recording.rate;
  const push = options.turns === "push";
  const stop = new AbortController();
  watch.begin();
  const speaking = speak(connection, watch, recording, options, deps, progress, stop.signal);
  try {
    const spokenMs = recordingMs / (options.fast ? fastSpeed : 1);
    const heardSpeech = () => spokenTurns(watch.turns).length > 0;
    const noSpeech = "no speech was heard in the recording";
    const patienceMs = Math.max(quietMs, options.timeoutMs * quietShare);
    if (!(await watch.until(heardSpeech, spokenMs + patienceMs)))
      throw new TalkFailure("no_speech", noSpeech);
    const answered = () => isAnswered(watch, progress.sentMs, recordingMs, push);
    if (!(await watch.until(answered, spokenMs + options.timeoutMs)))
      throw new TalkFailure("no_reply", `no reply came within ${options.timeoutMs / 1000} s`);
    // [CE3] A yes to ending is followed by the report.
    const { coaching } = watch.turns;
    if (coaching.wrapUp === "confirmed")
      await watch.until(() => watch.turns.coaching.report !== undefined, options.timeoutMs);
  } finally {
    stop.abort();
    await speaking;
  }
}

/** Speaks a recording to the coach. Never throws: what went wrong is in the result. */
export async function talk(recording: Recording, options: TalkArguments, deps: TalkDeps): Promise<Talk> {
  const rate = serverRates.includes(recording.rate) ? recording.rate : 24_000;
  const pcm = convertRate(recording.pcm, recording.rate, rate);
  const watch = new TalkWatch(deps);
  const progress: { sentMs: number; speechSentAt?: number } = { sentMs: 0 };
  const answers: ServerEvent[] = [];
  let connection: Connection | undefined;
  let failure: { code: FailureCode; message: string } | undefined;
  try {
    // Nothing is played here, so nothing is reported as played: the server then sends as fast as it can.
    connection = await connect(options.url, {
      persona: options.persona,
      token: options.token,
      openSocket: deps.openSocket,
      clock: deps.clock,
      timeoutMs: options.timeoutMs,
      onEvent(event) {
        if (event.type === "session.updated" || event.type === "error") answers.push(event);
        watch.event(event);
        // Nothing to commit: the ears heard no audio that could be speech.
        if (event.type === "error" && event.error.code === "input_audio_buffer_commit_empty")
          watch.fail(new TalkFailure("no_speech", event.error.message));
      },
      onAudio: (piece) => watch.receivedAudio(piece.responseNumber, piece.startSample, piece.pcm),
      onConnection: (state) => watch.connection(state),
      onClosed(closing) {
        // A conversation that ended as it should, with its report, has not failed.
        if (watch.turns.coaching.report === undefined || closing.code !== 1000)
          watch.fail(new TalkFailure("closed", closing.message));
      },
    });
    await prepare(connection, watch, answers, options, rate);
    await turn(connection, watch, { pcm: pcm as Recording["pcm"], rate }, options, deps, progress);
  } catch (error) {
    if (error instanceof TalkFailure) failure = { code: error.code, message: error.message };
    else if (error instanceof ConnectError) {
      const code = error.trouble === "refused" ? "refused" : "no_server";
      failure = { code, message: error.message };
    } else throw error;
  } finally {
    connection?.close();
  }
  const last = spokenTurns(watch.turns).at(-1)?.reply;
  const numbers = last ? [...(last.earlier ?? []), last.number] : [];
  return {
    result: summarize({
      turns: watch.turns,
      replyRate,
      speed: options.fast ? fastSpeed : 1,
      speechSentAt: progress.speechSentAt,
      failure,
    }),
    turns: watch.turns,
    reply: { pcm: joinPcm(numbers.flatMap((number) => watch.audio.get(number) ?? [])), rate: replyRate },
    recordingMs: (pcm.length * 1000) / rate,
  };
}
