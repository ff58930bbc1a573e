/** The composition root: the one place that picks engines and joins the rooms into a server. */
import { readFileSync } from "node:fs";
import { defaultPersonaId, findPersona } from "../coach/personas.ts";
import type { Clock } from "../lib/clock.ts";
import { StageError } from "../lib/errors.ts";
import { openScope } from "../lib/scope.ts";
import type { ReplyModel, Synthesizer, Transcriber } from "../pipeline/ports.ts";
import { openSession } from "../session/open-session.ts";
import { type Config, ConfigError } from "./config.ts";
import type { OpenSession } from "./gateway.ts";
import type { Logger } from "./logging.ts";

/** What `startServer` needs beside its settings, and the way to let go of it. */
export interface Composition {
  readonly openSession: OpenSession;
  readonly findPersona: (name: string) => string | undefined;
  readonly defaultPersona: string;
  readonly version: string;
  /** Names of the engines in use. */
  readonly engines: {
    readonly transcriber: string;
    readonly replyModel: string;
    readonly synthesizer: string;
  };
  /** Ends every session and the engines; resolves once none of their threads is left. */
  close(): Promise<void>;
}

interface Opened<T> {
  readonly engine: T;
  close(): Promise<void>;
}

/** Opens the configured engines. Engines' own modules are loaded only when they are picked. */
export async function compose(
  config: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<Composition> {
  const [transcriber, replyModel, synthesizer] = await Promise.all([
    openTranscriber(config),
    openReplyModel(config),
    openSynthesizer(config),
  ]);
  const engines = {
    transcriber: transcriber.engine,
    replyModel: replyModel.engine,
    synthesizer: synthesizer.engine,
  };
  const scope = openScope();
  const { maxSessionMs, idleTimeoutMs, maxInputBufferMs } = config.limits;
  const limits = { sessionMs: maxSessionMs, idleMs: idleTimeoutMs, utteranceMs: maxInputBufferMs };
  return {
    openSession({ link, persona, extension }) {
      const found = findPersona(persona);
      if (!found) throw new Error(`no persona ${persona}`);
      return openSession({ link, persona: found, extended: extension, engines, clock, log, scope, limits });
    },
    findPersona: (name) => findPersona(name)?.id,
    defaultPersona: defaultPersonaId,
    version: packageVersion(),
    engines: {
      transcriber: engines.transcriber.name,
      replyModel: engines.replyModel.name,
      synthesizer: engines.synthesizer.name,
    },
    async close() {
      scope.cancel("draining");
      await Promise.all([transcriber.close(), replyModel.close(), synthesizer.close()]);
    },
  };
}

async function openTranscriber(config: Config): Promise<Opened<Transcriber>> {
  if (config.transcriber === "scripted") {
    const { scriptedTranscriber } = await import("../providers/scripted/transcriber.ts");
    return lasting(scriptedTranscriber());
  }
  const { openEmbeddedTranscriber } = await import("../providers/embedded/transcriber.ts");
  const engine = await openEmbeddedTranscriber().catch(cannotOpen("TRANSCRIBER"));
  return { engine, close: () => engine.close() };
}

async function openReplyModel(config: Config): Promise<Opened<ReplyModel>> {
  if (config.replyModel === "scripted") {
    const { scriptedReplyModel } = await import("../providers/scripted/reply-model.ts");
    return lasting(scriptedReplyModel());
  }
  const { embeddedReplyModel } = await import("../providers/embedded/reply-model.ts");
  return lasting(embeddedReplyModel());
}

async function openSynthesizer(config: Config): Promise<Opened<Synthesizer>> {
  if (config.synthesizer === "scripted") {
    const { scriptedSynthesizer } = await import("../providers/scripted/synthesizer.ts");
    return lasting(scriptedSynthesizer());
  }
  const { openEmbeddedSynthesizer } = await import("../providers/embedded/synthesizer.ts");
  const engine = await openEmbeddedSynthesizer().catch(cannotOpen("SYNTHESIZER"));
  return { engine, close: () => engine.close() };
}

/** Names the variable whose engine could not be opened, and why. */
function cannotOpen(variable: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof StageError)) throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.kind;
    throw new ConfigError(`${variable}: the embedded engine cannot be opened: ${why}`);
  };
}

/** An engine that holds nothing. */
function lasting<T>(engine: T): Opened<T> {
  return { engine, close: async () => {} };
}

function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown };
  if (typeof version !== "string") throw new ConfigError("package.json: has no version");
  return version;
}
