import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Reference from "openai/resources/realtime/realtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { manualClock } from "../../../src/lib/clock.ts";
import { openClientSecrets, readSigningKey } from "../../../src/server/access/client-secrets.ts";
import { ask, type RestServer, shiftedClock, startRest } from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";
import { Client } from "../support.ts";

const key = new Uint8Array(32).fill(7);
const now = Date.UTC(2026, 10, 23);

describe("a client secret", () => {
  const clock = manualClock(now);
  const secrets = openClientSecrets({ key, clock });

  it("stands for its user and persona until it expires", async () => {
    const { value, expiresAt } = secrets.make({ ownerId: "änne/1", persona: "reader", seconds: 10 });
    // It goes into headers, sub-protocols and URLs as it is.
    expect(value).toMatch(/^ek_[\w-]+$/);
    expect(expiresAt).toBe(now / 1000 + 10);
    expect(secrets.read(value)).toEqual({
      secretId: expect.any(String),
      ownerId: "änne/1",
      persona: "reader",
    });
    await clock.advance(9_999);
    expect(secrets.read(value)).toBeDefined();
    await clock.advance(1);
    expect(secrets.read(value)).toBe("expired");
  });

  it("knows what it was made with, and for what", () => {
    const bearer = {
      ownerId: "ann",
      scopes: ["talk" as const],
      keyId: "key_1",
      signInId: "s1",
      limits: { sessionsAtOnce: 1, costPerDay: 0.5 },
    };
    expect(secrets.read(secrets.make({ ...bearer, seconds: 10 }).value)).toMatchObject(bearer);
    const [one, other] = [1, 2].map(() => secrets.read(secrets.make({ ...bearer, seconds: 10 }).value));
    expect(one).not.toEqual(other);
  });

  it("is nobody else's: any change of it, or another key, makes it none", () => {
    const { value } = secrets.make({ ownerId: "ann", seconds: 600 });
    for (let at = 0; at < value.length; at++) {
      const other = value[at] === "A" ? "B" : "A";
      expect(secrets.read(value.slice(0, at) + other + value.slice(at + 1)), String(at)).toBeUndefined();
    }
    for (const token of ["", "ek_", "ek_x", value.slice(0, -1), `${value}A`, `ek_${"A".repeat(5000)}`])
      expect(secrets.read(token)).toBeUndefined();
    const others = openClientSecrets({ key: new Uint8Array(32).fill(8), clock });
    expect(others.read(value)).toBeUndefined();
  });
});

describe("the key that secrets are signed with", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kuku-key-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is kept, for this user alone, and is one though several start at once", async () => {
    const dataDir = join(folder, "new");
    const keys = await Promise.all(Array.from({ length: 8 }, () => readSigningKey(dataDir)));
    expect(new Set(keys.map((each) => Buffer.from(each).toString("hex"))).size).toBe(1);
    expect(await readSigningKey(dataDir)).toEqual(keys[0]);
    expect(await readdir(dataDir)).toEqual(["signing.key"]);
    const file = join(dataDir, "signing.key");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(keys[0] ?? []).toString("hex")).not.toBe(await readFile(file, "utf8"));
  });

  it("is the same for all nodes that are given the same secret, and nothing is kept then", async () => {
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    expect(await readSigningKey(one, "shared")).toEqual(await readSigningKey(two, "shared"));
    expect(await readSigningKey(one, "shared")).not.toEqual(await readSigningKey(one, "other"));
    await expect(readdir(one)).rejects.toThrow("ENOENT");
  });
});

describe("POST /v1/realtime/client_secrets", () => {
  let rest: RestServer;
  let later: (ms: number) => void;
  beforeAll(async () => {
    const shifted = shiftedClock();
    later = shifted.later;
    rest = await startRest({ databaseUrl: await testDatabase(), clock: shifted.clock });
  });
  afterAll(async () => {
    await rest.close();
  });
  const make = (json?: unknown, as = "ann") =>
    ask(rest.server, "POST /v1/realtime/client_secrets", { as, ...(json !== undefined && { json }) });

  it("answers as the vendor does, without an envelope", async () => {
    const { status, body } = await make({
      expires_after: { anchor: "created_at", seconds: 60 },
      session: { type: "realtime", model: "reader" },
    });
    expect([status, body]).toEqual([
      200,
      {
        value: expect.stringMatching(/^ek_/),
        expires_at: expect.any(Number),
        session: expect.objectContaining({
          type: "realtime",
          object: "realtime.session",
          model: "reader",
          output_modalities: ["audio"],
          tools: [],
        }),
      },
    ]);
    // They are those of a session that begins later.
    expect(Object.keys(body.session)).not.toEqual(expect.arrayContaining(["id", "expires_at"]));
    expect((await make()).body.session.model).toBe("kuku");
    expect((await make({ session: { model: "gpt-realtime" } })).body.session.model).toBe("kuku");
  });

  it.each([
    [{ expires_after: { seconds: 9 } }, "INVALID_REQUEST"],
    [{ expires_after: { seconds: 7201 } }, "INVALID_REQUEST"],
    [{ session: { model: "nobody" } }, "UNKNOWN_PERSONA"],
    [{ session: { type: "transcription" } }, "INVALID_REQUEST"],
    [{ session: { type: "realtime", instruction: "Sing." } }, "INVALID_REQUEST"],
    [{ session: { audio: { output: { voice: "nobody" } } } }, "INVALID_REQUEST"],
    [{ session: { prompt: { id: "pmpt_1" } } }, "INVALID_REQUEST"],
    [{ session: { kuku: { greet: false } } }, "INVALID_REQUEST"],
    [{ session: { instructions: randomBytes(20_000).toString("hex") } }, "INVALID_REQUEST"],
  ])("refuses %o", async (json, code) => {
    const { status, body } = await make(json);
    expect([status, body.code]).toEqual([400, code]);
  });

  it("[S13] takes the sessions that the vendor's does, and a socket's session begins with it", async () => {
    const settings: Reference.RealtimeSessionCreateRequest = {
      type: "realtime",
      model: "gpt-realtime",
      output_modalities: ["text"],
      instructions: "Be brief. ".repeat(800),
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          transcription: { model: "gpt-4o-mini-transcribe", language: "fr" },
          noise_reduction: { type: "near_field" },
          turn_detection: { type: "server_vad", silence_duration_ms: 700 },
        },
        output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1.2 },
      },
      include: ["item.input_audio_transcription.logprobs"],
      max_output_tokens: 500,
      tracing: { workflow_name: "desk" },
      tools: [{ type: "function", name: "note", parameters: { type: "object" } }],
      tool_choice: "auto",
      truncation: { type: "retention_ratio", retention_ratio: 0.8 },
    };
    const { status, body } = await make({ session: settings });
    expect(status).toBe(200);
    const inForce = {
      model: "kuku",
      output_modalities: ["text"],
      instructions: settings.instructions,
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          transcription: { language: "fr" },
          turn_detection: { type: "server_vad", silence_duration_ms: 700, threshold: 0.5 },
        },
        output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1.2 },
      },
      max_output_tokens: 500,
      tools: settings.tools,
      truncation: "auto",
    };
    expect(body.session).toMatchObject(inForce);
    const offers = ["realtime", `openai-insecure-api-key.${body.value}`];
    const socket = new Client(new WebSocket(`${rest.server.url.replace("http", "ws")}/v1/realtime`, offers));
    expect((await socket.event("session.created")).session).toMatchObject(inForce);
    socket.send({ type: "session.update", session: { type: "realtime", output_modalities: ["audio"] } });
    const { session } = await socket.event("session.updated");
    expect(session).toMatchObject({ ...inForce, output_modalities: ["audio"] });
    socket.ws.close();
    await socket.closed;
  });

  it("gives a token that lets a browser in as its user, with its persona, and to nothing that lasts", async () => {
    const { value } = (await make({ session: { model: "reader" } })).body;
    const offers = ["realtime", `openai-insecure-api-key.${value}`];
    const socket = new Client(
      new WebSocket(`${rest.server.url.replace("http", "ws")}/v1/realtime?model=gpt-realtime`, offers),
    );
    const { session } = await socket.event("session.created");
    expect(session.model).toBe("reader");
    const read = async (as: string) =>
      (await ask(rest.server, `GET /api/sessions/${session.id}`, { as })).status;
    expect([await read(value), await read("ann"), await read("bob")]).toEqual([200, 200, 404]);
    socket.ws.close();
    await socket.closed;
    const again = await make({}, value);
    expect([again.status, again.body.code]).toEqual([403, "FORBIDDEN"]);
    later(600_000);
    const late = await ask(rest.server, "GET /api/sessions", { as: value });
    expect([late.status, late.body.code]).toEqual([401, "INVALID_CREDENTIALS"]);
  });
});
