/** Tells which ears and voice a server has, and the commands that make them better. */
import { askServer } from "../node/ask-server.ts";
import { type EnginesView, readEngines } from "../report/engines.ts";
import type { TalkArguments } from "./arguments.ts";

/** A server that does not tell is talked to all the same, ms. */
const longestWaitMs = 2_000;

const places: Readonly<Record<EnginesView["transcriber"]["place"], string>> = {
  embedded: "inside the server",
  local: "a model on the server's machine",
  server: "another server",
  scripted: "a script",
};
const better = { transcriber: "better ears", synthesizer: "a better voice" } as const;

/** The lines for people; empty where the server does not tell. */
export async function engineLines(
  options: Pick<TalkArguments, "url" | "token" | "insecure" | "language">,
): Promise<string> {
  const ask = askServer({ ...options, silenceMs: longestWaitMs });
  const engines = await readEngines(ask, options.language).catch(() => undefined);
  if (!engines) return "";
  const { transcriber, synthesizer, commands } = engines;
  const lines = [
    `ears: ${transcriber.name} (${places[transcriber.place]}), voice: ${synthesizer.name} (${places[synthesizer.place]})`,
    ...commands.map(({ stage, command }) => `for ${better[stage]}: ${command}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
