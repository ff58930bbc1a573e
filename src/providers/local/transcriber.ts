/** The local Transcriber: neural recognisers that run on this machine, each model in a process that all sessions share. */

import { availableParallelism } from "node:os";
import { type Channel, channel } from "../../lib/channel.ts";
import type { Clock } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import { produce } from "../../lib/produce.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { TranscribeOptions, Transcriber, TranscriptEvent } from "../../ports/transcriber.ts";
import { controlsOf, type EngineControls, LocalEngine } from "./engine/local-engine.ts";
import { type InstalledModel, isFor, shareLanguage } from "./models/installed-models.ts";
import { withSecondOpinion } from "./second-opinion.ts";
import { WholeUtterance } from "./whole-utterance.ts";

export interface LocalTranscriberOptions {
  /** In order of preference: a session has the first that is for its language, a recording the first of whole utterances. At least one. */
  readonly models: readonly [InstalledModel, ...InstalledModel[]];
  /** Models of punctuation: each recogniser has the first that is for a language of its own. */
  readonly punctuation?: readonly InstalledModel[];
  /** Judges what is read aloud, in place of a model. */
  readonly readings?: Transcriber | undefined;
  /** True: words that it calls wrong are looked up in what a model writes down. @default false */
  readonly secondOpinion?: boolean;
  readonly clock?: Clock | undefined;
  /** Cores that each model may take. @default the processors */
  readonly cores?: number | undefined;
}

export interface LocalTranscriber extends Transcriber, EngineControls {
  /** Ids of the processes that run. */
  processes(): readonly number[];
}

/** Longest audio of an utterance that is kept, s; the rest is dropped. */
const longestSeconds = 60;

/** Makes the transcriber; the first model is loaded by `open`, others as soon as their language is spoken. */
export function localTranscriber(options: LocalTranscriberOptions): LocalTranscriber {
  const {
    models,
    punctuation = [],
    readings,
    secondOpinion,
    clock,
    cores = availableParallelism(),
  } = options;
  const threads = Math.min(4, cores);
  const engines = models.map((model) => {
    const marks = punctuation.find((each) => shareLanguage(each, model));
    return new LocalEngine({ model, punctuation: marks, threads });
  }) as [LocalEngine, ...LocalEngine[]];
  const [first] = engines;
  const find = ({ language, recorded }: TranscribeOptions) => {
    const fit = engines.filter(({ model }) => isFor(model, language));
    return (recorded && fit.find(({ model }) => model.kind === "whole")) || fit[0];
  };
  const hear = async (pcm: Int16Array, call: TranscribeOptions) => {
    const recorded = { ...call, recorded: true };
    for await (const event of transcribe(find(recorded), inOnePiece(pcm), recorded))
      if (event.type === "final") return event.transcript.text;
    return "";
  };
  const judge = readings && secondOpinion ? withSecondOpinion({ judge: readings, hear, clock }) : readings;
  return {
    name: `local/${first.model.name}`,
    streams: first.model.kind === "streaming",
    readsAhead: true,
    transcribe(audio, call) {
      if (call.expectation && judge) return judge.transcribe(audio, call);
      return transcribe(find(call), audio, call);
    },
    processes: () => engines.flatMap(({ processId }) => processId ?? []),
    ...controlsOf(engines),
  };
}

function transcribe(
  engine: LocalEngine | undefined,
  audio: AsyncIterable<Int16Array>,
  options: TranscribeOptions,
): AsyncIterable<TranscriptEvent> {
  const events = channel<TranscriptEvent>(64);
  const release = new AbortController();
  const run = async () => {
    if (!engine) throw new StageError("transcribe", "unsupported", { cause: noModelFor(options.language) });
    const source = limited(untilAborted(audio, options.signal), longestSeconds * options.rate);
    if (engine.model.kind === "streaming") return listen(engine, source, { ...options, release }, events);
    const utterance = new WholeUtterance(engine, options, (event) => events.push(event));
    release.signal.addEventListener("abort", () => utterance.abandon(), { once: true });
    options.pauses?.subscribe(utterance);
    for await (const pcm of source) utterance.add(pcm);
    events.push({ type: "final", transcript: await utterance.finish() });
  };
  return produce(events, run, options.signal, () => release.abort());
}

/** Sends audio on as it comes, and passes on what is heard. */
async function listen(
  engine: LocalEngine,
  audio: AsyncIterable<Int16Array>,
  { rate, language, release }: TranscribeOptions & { readonly release: AbortController },
  events: Channel<TranscriptEvent>,
): Promise<void> {
  const call = engine.begin({ type: "listen", rate, punctuate: engine.punctuates(language) });
  release.signal.addEventListener("abort", () => call.drop(), { once: true });
  const send = async () => {
    for await (const pcm of audio) call.send({ type: "audio", pcm });
    call.send({ type: "end" });
  };
  // An abort ends both; a failure of the audio ends the call.
  const sent = send();
  sent.catch(() => call.drop());
  for await (const answer of call.answers) {
    if (answer.type !== "text") continue;
    const { text, final, words } = answer;
    if (!final) events.push({ type: "partial", text });
    else
      events.push({
        type: "final",
        transcript: { text, understood: text !== "", ...(words && words.length > 0 && { words }) },
      });
  }
  await sent;
}

/** The first `samples` of audio; the rest is read and thrown away. */
async function* limited(audio: AsyncIterable<Int16Array>, samples: number): AsyncGenerator<Int16Array> {
  let left = samples;
  for await (const pcm of audio) {
    const kept = pcm.subarray(0, left);
    left -= kept.length;
    if (kept.length > 0) yield kept;
  }
}

async function* inOnePiece(pcm: Int16Array): AsyncGenerator<Int16Array> {
  yield pcm;
}

function noModelFor(language: string): Error {
  return new Error(`no model of those installed is for ${language}; kuku models list shows which there are`);
}
