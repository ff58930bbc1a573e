/**
 * The process of a local engine: one model, shared by all sessions of the server. A process and no thread, since the
 * runtime ends its whole process over a file that is damaged or not of the expected kind.
 */
import type { Answer, CallMessage, EngineTask, FromEngine, ToEngine } from "./messages.ts";
import { openPunctuator } from "./punctuator.ts";
import { StreamingEngine } from "./streaming-engine.ts";
import { VoiceEngine } from "./voice-engine.ts";
import { WholeEngine } from "./whole-engine.ts";

interface Engine {
  take(id: number, message: CallMessage): void;
}

const send = (message: FromEngine) => {
  if (process.connected) process.send?.(message);
};
const answer = (id: number, answered: Answer) => send({ ...answered, id });

async function open({ kind, config, threads, punctuation }: EngineTask): Promise<Engine> {
  // CommonJS: all of it comes as the default.
  const { default: sherpa } = (await import("sherpa-onnx-node")) as unknown as {
    default: typeof import("sherpa-onnx-node");
  };
  if (kind === "voice") {
    const model = { ...config.model, numThreads: threads };
    return new VoiceEngine(await sherpa.OfflineTts.createAsync({ ...config, model }), answer);
  }
  const recogniser = { ...config, modelConfig: { ...config.modelConfig, numThreads: threads } };
  const punctuate = punctuation && openPunctuator(sherpa, punctuation, threads);
  return kind === "streaming"
    ? new StreamingEngine(new sherpa.OnlineRecognizer(recogniser), answer, punctuate)
    : new WholeEngine(await sherpa.OfflineRecognizer.createAsync(recogniser), answer, punctuate);
}

/** Calls after which memory is given back: the runtime's streams are freed with their objects, which are too small for V8 to hurry. */
const callsBetweenCollections = 50;
let calls = 0;

function begin(type: CallMessage["type"]): void {
  if (type !== "listen" && type !== "recognise" && type !== "speak") return;
  if (++calls % callsBetweenCollections === 0) gc?.();
}

let engine: Engine | undefined;
/** Messages that came while the model is loaded. */
let early: Exclude<ToEngine, EngineTask>[] = [];

process.on("message", (message: ToEngine) => {
  if (message.type !== "open") {
    if (message.type === "weigh")
      answer(message.id, { type: "weight", memoryBytes: process.memoryUsage.rss() });
    else if (engine) {
      begin(message.type);
      engine.take(message.id, message);
    } else early.push(message);
    return;
  }
  open(message).then(
    (opened) => {
      engine = opened;
      send({ type: "opened", memoryBytes: process.memoryUsage.rss() });
      for (const waiting of early) engine.take(waiting.id, waiting);
      early = [];
    },
    (error: unknown) =>
      send({ type: "refused", reason: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit());
// A signal for the terminal's whole group means the server, which ends this process once nobody talks any more.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
