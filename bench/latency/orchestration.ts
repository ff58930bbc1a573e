/** What our server adds to a turn beyond its provider's own times, with a crowd of sessions speaking at once. */
import { setTimeout as wait } from "node:timers/promises";
import { launch } from "../child.ts";
import { scriptedEngines, startServer } from "../server.ts";
import { percentile } from "../statistics.ts";
import type { ClientMarks, ProviderMarks } from "./crowd/marks.ts";
import { providerAt } from "./scenario.ts";

/** Of the turns of one run, ms each. */
export interface Overhead {
  /** All that our server added to a turn. */
  readonly total: readonly number[];
  /**
   * With a provider, its parts. `hear`: end of turn written → transcription request there, whole. `think`: transcript
   * written → reply request there. `speak`: token that ends the first sentence written → speech request there. `send`:
   * first audio written → first audio at the client.
   */
  readonly steps: Readonly<Record<string, readonly number[]>>;
  /** How late the provider's own timers were, p99: what is in the figures and not ours. */
  readonly providerLateMs?: number;
  /** Requests to the reply model for each turn seen: above 1, the server asks for more than the reply. */
  readonly chatsPerTurn?: number;
}

export interface CrowdOptions {
  readonly sessions: number;
  readonly seconds: number;
}

const serverCore = 0;
const crowdCore = 1;
const settleSeconds = 7;

/** What is between the ends of a turn and its first audio: nothing that takes time, or a provider over HTTP. */
export type Engines = "scripted" | "provider";

/** One run: our server on a core of its own, the crowd and the provider on another. @throws Error after any fault. */
export async function measureOrchestration(engines: Engines, crowd: CrowdOptions): Promise<Overhead> {
  const [provider, clients] = await Promise.all([
    launch(new URL("./crowd/provider.ts", import.meta.url), { core: crowdCore }),
    launch(new URL("./crowd/clients.ts", import.meta.url), { core: crowdCore }),
  ]);
  const baseUrl = await provider.ask<string>("listen");
  const settings = engines === "provider" ? providerAt(baseUrl, 0) : scriptedEngines;
  const server = await startServer(settings, serverCore);
  try {
    await clients.ask("gather", { port: server.port, sessions: crowd.sessions });
    await clients.ask("speak");
    await wait(settleSeconds * 1000);
    await Promise.all([clients.ask("mark"), provider.ask("mark")]);
    await wait(crowd.seconds * 1000);
    const heard = await clients.ask<Heard>("seen");
    const asked = await provider.ask<Asked>("seen");
    if (heard.faults.count > 0)
      throw new Error(`${heard.faults.count} faults, such as ${heard.faults.first.join("\n")}`);
    return engines === "provider" ? besideProvider(heard, asked) : alone(heard);
  } finally {
    await clients.ask("leave");
    server.child.kill("SIGKILL");
    await Promise.all([clients.stop(), provider.stop()]);
  }
}

interface Heard {
  readonly marks: readonly [number, ClientMarks][];
  readonly faults: { readonly count: number; readonly first: readonly string[] };
}

interface Asked {
  readonly marks: readonly [number, ProviderMarks][];
  readonly lateness: readonly number[];
  /** Requests to the reply model. */
  readonly chats: number;
}

function alone({ marks }: Heard): Overhead {
  return { total: marks.map(([, { ended, firstAudio }]) => firstAudio - ended), steps: {} };
}

/** Of turns of which every mark is known: those that were under way at the start are not. */
function besideProvider(heard: Heard, asked: Asked): Overhead {
  const provider = new Map(asked.marks);
  const turns: number[][] = [];
  for (const [turn, { ended, firstAudio }] of heard.marks) {
    const at = provider.get(turn) ?? {};
    const steps = [
      at.transcriptAsked! - ended,
      at.replyAsked! - at.transcriptGiven!,
      at.speechAsked! - at.sentenceGiven!,
      firstAudio - at.speechGiven!,
    ];
    if (steps.every(Number.isFinite)) turns.push(steps);
  }
  const step = (index: number) => turns.map((steps) => steps[index]!);
  return {
    total: turns.map((steps) => steps.reduce((sum, ms) => sum + ms, 0)),
    steps: { hear: step(0), think: step(1), speak: step(2), send: step(3) },
    providerLateMs: percentile(asked.lateness, 0.99),
    chatsPerTurn: asked.chats / turns.length,
  };
}
