/**
 * The composed server for clients that others have made: its own ears and voice, and on a stand-in a transcriber and a
 * reply model that calls `get_weather` where it may, and else tells a story long enough to be interrupted.
 */
import { afterAll, beforeAll } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { joinPcm, pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { compose } from "../../../src/server/app/compose.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { ownCertificate } from "../../../src/server/http/certificate.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { recording, silence } from "../../support/session.ts";
import { testDataDir } from "../../support/test-database.ts";
import { openUpstream } from "../../support/upstream/upstream.ts";
import { testServer } from "../support.ts";

interface AskedMessage {
  readonly role: string;
  readonly content?: string;
}

export interface ClientStage {
  /** Ends in `/v1`. */
  readonly url: string;
  /** How often the reply model has been asked, reports of sessions that ended included. */
  readonly requests: number;
  /** Waits until the reply model is asked behind the user's second turn: the assistant's words in the conversation then. */
  spokenBeforeSecondTurn(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** More than a minute. */
export const STORY = [
  "Once there was a man who walked along the river every morning and counted the boats that went by.",
  "He gave each of them a name, and in the evening he wrote the names into a book.",
  "In winter, when there were no boats, he read the book aloud to his neighbours.",
]
  .join(" ")
  .concat(" ")
  .repeat(5)
  .trim();
export const WEATHER = "It rains in Oslo.";

export const firstTurn = (): Buffer => turnOf("goal-rms");
export const secondTurn = (): Buffer => turnOf("overwhelmed-slt");

/** A recording with the silence that ends a turn of any turn detection behind it, 24 kHz. */
function turnOf(name: string): Buffer {
  return Buffer.from(pcmToBytes(joinPcm([recording(name), silence(5000)])));
}

/** Tells when two seconds of a reply have come, by the base64 of its pieces: more than is said to have been played. */
export function twoSeconds(): (base64: string) => boolean {
  let bytes = 0;
  return (base64) => {
    bytes += Buffer.from(base64, "base64").length;
    return bytes >= 96_000;
  };
}

/** The pieces of a turn's audio, as a microphone gives them, 100 ms each. */
export function* piecesOf(turn: Buffer): Generator<Buffer> {
  for (let at = 0; at < turn.length; at += 4800) yield turn.subarray(at, at + 4800);
}

/** What is understood of each turn. */
export const HEARD = "By the end of today I would like to have one clear next step.";

interface StageOptions {
  /** With a certificate made on the spot, for clients that speak nothing else; default false. */
  readonly tls?: boolean;
}

/** Opens a stage for all tests of a file and closes it behind them; to be asked for within a test. */
export function sharedClientStage(options?: StageOptions): () => ClientStage {
  let stage: ClientStage;
  beforeAll(async () => {
    stage = await openClientStage(options);
  });
  afterAll(() => stage.close());
  return () => stage;
}

export async function openClientStage({ tls = false }: StageOptions = {}): Promise<ClientStage> {
  const call = { id: "call_1", name: "get_weather", arguments: '{"city":"Oslo"}' };
  let requests = 0;
  const interrupted = Promise.withResolvers<readonly string[]>();
  const fake = await openUpstream({
    transcriptions: [HEARD],
    chat: ({ request }) => {
      const { messages, tools } = request.body as { messages: AskedMessage[]; tools?: unknown[] };
      requests++;
      // By the words of the turns, not by counting requests: the report of an earlier test's session is asked for at any
      // time. The second recording has a pause in it; what is behind that may be heard before the reply is asked for.
      if (messages.filter(({ role, content }) => role === "user" && content === HEARD).length >= 2)
        interrupted.resolve(
          messages.flatMap(({ role, content }) => (role === "assistant" && content ? [content] : [])),
        );
      if (!tools) return STORY;
      return messages.some(({ role }) => role === "tool") ? WEATHER : { toolCalls: [call] };
    },
  });
  const config = readConfig({
    OPENAI_BASE_URL: fake.baseUrl,
    SYNTHESIZER: "embedded",
    DATA_DIR: testDataDir(),
  });
  const certificate = tls ? { tls: await ownCertificate(config.dataDir, systemClock) } : {};
  const composed = await compose(config, { clock: systemClock, log: openLog("silent") });
  const server = await testServer({ open: composed.openSession, config: certificate });
  return {
    url: `${server.url}/v1`,
    spokenBeforeSecondTurn: () => interrupted.promise,
    get requests() {
      return requests;
    },
    async close() {
      await server.dispose();
      await composed.close();
      await fake.close();
    },
  };
}
