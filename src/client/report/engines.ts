/** Reads which engines a server has. Runs in a browser and in Node. */
import type { Ask } from "./kept.ts";

interface EngineView {
  readonly name: string;
  /** Inside the server, a model on its machine, another server, or a script in place of an engine. */
  readonly place: "embedded" | "local" | "server" | "scripted";
}

export interface EnginesView {
  readonly transcriber: EngineView;
  readonly synthesizer: EngineView;
  /** Names for a session's `audio.output.voice`. */
  readonly voices: readonly string[];
  /** Empty for all but administrators. */
  readonly commands: ReadonlyArray<{
    readonly stage: "transcriber" | "synthesizer";
    readonly command: string;
  }>;
}

/** @throws AskError */
export async function readEngines(ask: Ask, language: string | undefined): Promise<EnginesView> {
  const query = language === undefined ? "" : `?language=${encodeURIComponent(language)}`;
  return (await ask(`/api/engines${query}`)) as EnginesView;
}
