/** The whole server in this process, counted and traced as in earnest, on a provider that a test scripts. */
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";
import { systemClock } from "../../src/lib/clock.ts";
import { compose } from "../../src/server/app/compose.ts";
import { startServer } from "../../src/server/app/server.ts";
import { readConfig } from "../../src/server/config/config.ts";
import { openLog } from "../../src/server/logging/log.ts";
import { openMetrics } from "../../src/server/operations/metrics.ts";
import { Client } from "../server/support.ts";
import { testDataDir } from "./test-database.ts";
import { openUpstream, type UpstreamScripts } from "./upstream/upstream.ts";

const speech = readFileSync("test/fixtures/speech/fox-slt.wav").subarray(44, 44 + 96_000);

export interface MeasuredServer {
  readonly url: string;
  readonly logged: string[];
  /** A socket under push to talk, so that a turn ends when it is told to. */
  connect(): Promise<Client>;
  /** One spoken turn; resolves with its `response.done`. */
  speak(client: Client): Promise<{ readonly status: string; readonly id: string }>;
  /** Stops what takes requests, then the rest. */
  close(): Promise<void>;
}

/** Starts it on a free port of loopback; `env` as in `.env`. */
export async function measuredServer(
  scripts: UpstreamScripts,
  env: Record<string, string> = {},
): Promise<MeasuredServer> {
  const upstream = await openUpstream(scripts);
  const logged: string[] = [];
  const log = openLog("debug", { write: (line: string) => void logged.push(line) });
  const config = readConfig({
    PORT: "0",
    OPENAI_BASE_URL: upstream.baseUrl,
    DATA_DIR: testDataDir(),
    ...env,
  });
  const metrics = openMetrics();
  const composed = await compose(config, { clock: systemClock, log, metrics });
  const server = await startServer({ config, log, metrics, ...composed });
  return {
    url: server.url,
    logged,
    async connect() {
      const client = new Client(new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime`));
      await client.opened;
      client.send({
        type: "session.update",
        session: {
          type: "realtime",
          audio: { input: { turn_detection: null, transcription: { model: "whisper-1" } } },
        },
      });
      await client.event("session.updated");
      return client;
    },
    async speak(client) {
      client.send({ type: "input_audio_buffer.append", audio: speech.toString("base64") });
      client.send({ type: "input_audio_buffer.commit" });
      client.send({ type: "response.create" });
      const { response } = await client.event("response.done");
      return response;
    },
    async close() {
      await server.stop();
      await composed.close();
      await upstream.close();
    },
  };
}
