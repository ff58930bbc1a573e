/** The composition root: joins the engines and the rooms into a server. */
import { readFileSync } from "node:fs";
import { defaultPersonaId, findPersona } from "../coach/personas.ts";
import type { Clock } from "../lib/clock.ts";
import { openScope } from "../lib/scope.ts";
import { openSession } from "../session/open-session.ts";
import { type Config, ConfigError } from "./config.ts";
import { openEngines } from "./engines.ts";
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

/** Opens the configured engines and joins the rooms around them. */
export async function compose(
  config: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<Composition> {
  const engines = await openEngines(config.providers, { clock, log });
  const scope = openScope();
  const { maxSessionMs, idleTimeoutMs, maxInputBufferMs } = config.limits;
  const limits = { sessionMs: maxSessionMs, idleMs: idleTimeoutMs, utteranceMs: maxInputBufferMs };
  return {
    openSession({ link, persona, extension }) {
      const found = findPersona(persona);
      if (!found) throw new Error(`no persona ${persona}`);
      engines.warm();
      const { draftAfterMs } = config;
      const extended = extension;
      return openSession({
        link,
        persona: found,
        extended,
        engines,
        clock,
        log,
        scope,
        limits,
        draftAfterMs,
      });
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
      await engines.close();
    },
  };
}

function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown };
  if (typeof version !== "string") throw new ConfigError("package.json: has no version");
  return version;
}
