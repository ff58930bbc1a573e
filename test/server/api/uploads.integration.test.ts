import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, request as openRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { UploadSlots } from "../../../src/server/access/quotas/upload-slots.ts";
import { sweepUploads } from "../../../src/server/api/messages/receive-upload.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { sweepTemporaryFiles } from "../../../src/server/operations/temporary-files.ts";
import { eventually } from "../../support/eventually.ts";
import {
  type Answered,
  ask,
  audioForm,
  begin,
  fixture,
  type RestServer,
  startRest,
} from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";

const mebibyte = 1024 * 1024;
let rest: RestServer;
let folder: string;
let id: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kuku-uploads-test-"));
  const databaseUrl = await testDatabase();
  rest = await startRest({ databaseUrl });
  id = await begin(rest.server);
});
// Where uploads are written; stubs end with each test.
beforeEach(() => void vi.stubEnv("TMPDIR", folder));
afterAll(async () => {
  await rest.close();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const uploaded = async () => (await readdir(folder)).filter((name) => name.startsWith("kuku-upload-"));
const post = (form: FormData, query = "") =>
  ask(rest.server, `POST /api/sessions/${id}/messages${query}`, { form });
const said = async () =>
  (await ask(rest.server, `GET /api/sessions/${id}/messages`)).body.data.messages as unknown[];

/** Refused, with nothing left of it: no file, no message. */
async function expectRefused(answer: Answered, status: number, code: string): Promise<void> {
  expect([answer.status, answer.body.success, answer.body.code]).toEqual([status, false, code]);
  expect(await uploaded()).toEqual([]);
  expect(await said()).toEqual([]);
}

/** A recording of 75 s whose header says 3. */
function modest(): Uint8Array {
  const bytes = Buffer.from(fixture("uploads/long-75s.webm"));
  const at = bytes.indexOf(Buffer.from([0x44, 0x89, 0x88]));
  if (at < 0) throw new Error("the fixture tells no duration");
  bytes.writeDoubleBE(3000, at + 3);
  return bytes;
}

/** MP3 of nothing, 1 kB a second: a small file of hours. */
function silentHours(hours: number): Uint8Array {
  const frame = Buffer.alloc(72);
  frame.set([0xff, 0xe3, 0x18, 0xc4]);
  return Buffer.concat(new Array<Buffer>(Math.ceil((hours * 3600) / 0.072)).fill(frame));
}

describe("a recording that is none", () => {
  it("is not audio, whatever its name says", async () => {
    const answer = await post(audioForm(fixture("speech/not-audio.wav"), "speech.wav"));
    await expectRefused(answer, 415, "INVALID_AUDIO_FORMAT");
    expect(answer.body.error).toBe("Invalid audio format. Please use MP3, WAV, or WebM format.");
  });

  it("is a film without sound", async () => {
    const answer = await post(audioForm(fixture("uploads/film-without-sound.webm")));
    await expectRefused(answer, 415, "INVALID_AUDIO_FORMAT");
  });

  it("is taken by its bytes under any name", async () => {
    const other = await begin(rest.server);
    const form = audioForm(fixture("uploads/speech.mp3"), "notes.txt");
    expect((await ask(rest.server, `POST /api/sessions/${other}/messages`, { form })).status).toBe(200);
    expect(await uploaded()).toEqual([]);
  });

  it("is too long by its decoded length", async () => {
    await expectRefused(await post(audioForm(fixture("uploads/long-75s.webm"))), 413, "AUDIO_TOO_LONG");
  });

  it("is too long though its header says three seconds", async () => {
    await expectRefused(await post(audioForm(modest())), 413, "AUDIO_TOO_LONG");
  });

  it("is two hours of silence in a small file", async () => {
    const bomb = silentHours(2);
    expect(bomb.length).toBeLessThan(8 * mebibyte);
    await expectRefused(await post(audioForm(bomb, "bomb.mp3")), 413, "AUDIO_TOO_LONG");
  });

  it("is empty", async () => {
    await expectRefused(await post(audioForm(new Uint8Array(0))), 422, "EMPTY_AUDIO");
  });

  it.each([
    "uploads/chromium-opus.mp4",
    "uploads/moov-first.m4a",
    "uploads/opus-stereo.ogg",
    "speech/fox-slt.wav",
  ])("is cut off: %s", async (path) => {
    const bytes = fixture(path);
    const half = bytes.subarray(0, Math.floor(bytes.length * 0.6));
    await expectRefused(await post(audioForm(half)), 422, "TRUNCATED_AUDIO");
  });

  it.each(["silence-3s", "tone-220hz-2s", "noise-pink-3s"])("has nobody speaking in it: %s", async (name) => {
    await expectRefused(await post(audioForm(fixture(`speech/${name}.wav`))), 422, "NO_SPEECH");
  });

  it("is refused the same where nobody waits for the answer", async () => {
    const answer = await post(audioForm(fixture("speech/silence-3s.wav")), "?wait=false");
    await expectRefused(answer, 422, "NO_SPEECH");
    expect(await rest.store.listAudio(id, "upload")).toEqual([]);
  });
});

describe("a form", () => {
  const send = async (contentType: string, body: string | Uint8Array<ArrayBuffer>): Promise<Answered> => {
    const response = await fetch(`${rest.server.url}/api/sessions/${id}/messages`, {
      method: "POST",
      headers: { "content-type": contentType },
      body,
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const part = (name: string, content: string, file = "") =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n\r\n${content}\r\n`;
  const form = "multipart/form-data; boundary=b";

  it("has its file in the field `audio`", async () => {
    const other = await post(audioForm(fixture("uploads/speech.mp3"), "a.mp3", "file"));
    await expectRefused(other, 400, "AUDIO_MISSING");
    await expectRefused(await send(form, `${part("audio", "words")}--b--\r\n`), 400, "AUDIO_MISSING");
    await expectRefused(await send(form, "--b--\r\n"), 400, "AUDIO_MISSING");
  });

  it("may have other fields beside it", async () => {
    const other = await begin(rest.server);
    const body = audioForm(fixture("uploads/speech.mp3"));
    body.set("note", "said at home");
    expect((await ask(rest.server, `POST /api/sessions/${other}/messages`, { form: body })).status).toBe(200);
  });

  it.each([
    ["no boundary", "multipart/form-data", part("audio", "words", "a.wav")],
    ["no end", form, part("audio", "words", "a.wav")],
    ["another boundary", "multipart/form-data; boundary=c", `${part("audio", "x", "a.wav")}--b--`],
    ["too many fields", form, `${part("note", "x").repeat(50)}${part("audio", "x", "a.wav")}--b--\r\n`],
    ["too many files", form, `${part("audio", "x", "a.wav").repeat(3)}--b--\r\n`],
    ["an odd name", form, `${part("__proto__", "x", "a.wav")}--b--\r\n`],
  ])("with %s is refused", async (_, contentType, body) => {
    const answer = await send(contentType, body);
    expect(answer.status).toBe(400);
    await expectRefused(answer, 400, answer.body.code);
    expect(answer.body.code).toMatch(/^(INVALID_FORM|AUDIO_MISSING)$/);
  });

  it.each(["audio/wav", "application/octet-stream", "text/plain"])("is not %s", async (contentType) => {
    await expectRefused(await send(contentType, "words"), 415, "UNSUPPORTED_MEDIA_TYPE");
  });

  it("or a text there must be", async () => {
    const none = await ask(rest.server, `POST /api/sessions/${id}/messages`);
    await expectRefused(none, 400, "MESSAGE_MISSING");
    for (const json of [
      { text: "" },
      { text: "   " },
      { text: "x".repeat(5001) },
      { text: 7 },
      { audio: "x" },
    ]) {
      const { status, body } = await ask(rest.server, `POST /api/sessions/${id}/messages`, { json });
      expect([status, body.code]).toEqual([400, "INVALID_TEXT"]);
    }
    const json = { text: "Hello." };
    const wait = await ask(rest.server, `POST /api/sessions/${id}/messages?wait=maybe`, { json });
    await expectRefused(wait, 400, "INVALID_REQUEST");
  });
});

describe("two gigabytes", () => {
  const size = 2 * 1024 * mebibyte;
  const zeros = Buffer.alloc(64 * 1024);
  const head =
    '--b\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n';

  interface Sent {
    readonly answer: { readonly status: number | undefined; readonly code: string };
    /** Bytes that left the client. */
    readonly bytes: number;
    /** By how much the process grew meanwhile. */
    readonly grown: number;
  }

  /** Sends until it is answered. */
  async function sendZeros(
    options: {
      readonly path?: string;
      readonly headers?: Record<string, number | string>;
      readonly start?: string;
    } = {},
  ): Promise<Sent> {
    const { path = `/api/sessions/${id}/messages`, headers = {}, start = head } = options;
    const before = process.memoryUsage.rss();
    let highest = before;
    const request: ClientRequest = openRequest(`${rest.server.url}${path}`, {
      method: "POST",
      agent: false,
      headers: { "content-type": "multipart/form-data; boundary=b", ...headers },
    });
    let over = false;
    let goOn = () => {};
    let socket: Socket | undefined;
    request.on("socket", (opened) => {
      socket = opened;
    });
    request.on("drain", () => goOn());
    request.on("error", () => {});
    const closed = new Promise<void>((resolve) => request.once("close", resolve)).then(() => {
      over = true;
      goOn();
    });
    const answered = new Promise<IncomingMessage>((resolve) => request.once("response", resolve)).then(
      async (response) => {
        const body = JSON.parse(await text(response)) as { code: string };
        over = true;
        goOn();
        return { status: response.statusCode, code: body.code };
      },
    );
    request.write(start);
    for (let sent = 0; sent < size && !over; sent += zeros.length) {
      const drained = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      if (!request.write(zeros)) await drained;
      highest = Math.max(highest, process.memoryUsage.rss());
    }
    const answer = await answered;
    const bytes = socket?.bytesWritten ?? 0;
    request.destroy();
    await closed;
    return { answer, bytes, grown: highest - before };
  }
  const tooLarge = { status: 413, code: "AUDIO_TOO_LARGE" };

  it("are stopped at the limit while they come, with memory flat", async () => {
    const { answer, bytes, grown } = await sendZeros();
    expect(answer).toEqual(tooLarge);
    expect(bytes).toBeGreaterThan(25 * mebibyte);
    expect(bytes).toBeLessThan(64 * mebibyte);
    expect(grown).toBeLessThan(96 * mebibyte);
    expect(await uploaded()).toEqual([]);
  });

  it("are refused at once where they are announced", async () => {
    const { answer, bytes } = await sendZeros({ headers: { "content-length": size } });
    expect(answer).toEqual(tooLarge);
    expect(bytes).toBeLessThan(25 * mebibyte);
    expect(await uploaded()).toEqual([]);
  });

  it("are stopped in front of the first part, too", async () => {
    const { answer, bytes } = await sendZeros({ start: "" });
    expect(answer).toEqual(tooLarge);
    expect(bytes).toBeLessThan(64 * mebibyte);
  });

  /** Sends until it is cut off, whatever it is told. */
  async function sendRegardless(path: string) {
    const socket = connect(rest.server.port, "127.0.0.1");
    let told = "";
    let over = false;
    let goOn = () => {};
    socket.on("data", (data) => {
      told += String(data);
    });
    socket.on("error", () => {});
    socket.on("drain", () => goOn());
    socket.on("close", () => {
      over = true;
      goOn();
    });
    const chunk = (data: string | Buffer) =>
      Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), Buffer.from(data), Buffer.from("\r\n")]);
    const first = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n`;
    socket.write(`${first}Content-Type: multipart/form-data; boundary=b\r\n\r\n`);
    socket.write(chunk(head));
    const piece = chunk(zeros);
    while (!over && socket.bytesWritten < size) {
      const drained = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      if (!socket.write(piece)) await drained;
    }
    socket.destroy();
    return { status: told.split(" ")[1], bytes: socket.bytesWritten };
  }

  it("are cut off where the client goes on regardless, but not before it can know", async () => {
    const { status, bytes } = await sendRegardless(`/api/sessions/${id}/messages`);
    expect(status).toBe("413");
    expect(bytes).toBeLessThan(64 * mebibyte);
  });

  it("are not read for a session that is not there", async () => {
    const { status, bytes } = await sendRegardless(
      "/api/sessions/session-00000000-0000-7000-8000-000000000000/messages",
    );
    expect(status).toBe("404");
    expect(bytes).toBeLessThan(32 * mebibyte);
  });

  it("leave nothing behind where the client leaves", async () => {
    const request = openRequest(`${rest.server.url}/api/sessions/${id}/messages`, {
      method: "POST",
      agent: false,
      headers: { "content-type": "multipart/form-data; boundary=b" },
    });
    request.on("error", () => {});
    request.write(head);
    request.write(zeros);
    await eventually(async () => expect(await uploaded()).toHaveLength(1));
    request.destroy();
    await eventually(async () => expect(await uploaded()).toEqual([]));
    expect(await said()).toEqual([]);
  });
});

describe("uploads at once", () => {
  const slots = new UploadSlots(3);
  let limited: RestServer;
  beforeAll(async () => {
    const upload = ({ id: key }: { id: string }) => slots.take([{ key, quotas: { uploadsAtOnce: 2 } }]);
    const databaseUrl = await testDatabase();
    limited = await startRest({ databaseUrl, limiter: { create: async () => {}, upload } });
  });
  afterAll(() => limited.close());

  const open = async (as: string) => {
    const session = await begin(limited.server, { as });
    const request = openRequest(`${limited.server.url}/api/sessions/${session}/messages`, {
      method: "POST",
      agent: false,
      headers: { "content-type": "multipart/form-data; boundary=b", authorization: `Bearer ${as}` },
    });
    request.on("error", () => {});
    request.write('--b\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\nRIFF');
    return request;
  };
  const upload = async (as: string) => {
    const session = await begin(limited.server, { as });
    const form = audioForm(fixture("uploads/speech.mp3"));
    return ask(limited.server, `POST /api/sessions/${session}/messages`, { form, as });
  };

  it("[IN8] are a user's few and the server's, refused with nothing kept, and free again where they end", async () => {
    const unfinished = await Promise.all([open("ann"), open("ann")]);
    await eventually(async () => expect(await uploaded()).toHaveLength(2));
    const refused = await upload("ann");
    expect([refused.status, refused.body.code]).toEqual([429, "TOO_MANY_UPLOADS"]);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect((await upload("ben")).status).toBe(200);
    unfinished.push(await open("ben"));
    await eventually(async () => expect(await uploaded()).toHaveLength(3));
    const full = await upload("cleo");
    expect([full.status, full.body.code]).toEqual([503, "OVERLOADED"]);
    expect(await uploaded()).toHaveLength(3);
    for (const request of unfinished) request.destroy();
    await eventually(async () => expect(await uploaded()).toEqual([]));
    expect((await upload("ann")).status).toBe(200);
  });

  it("[IN8] that a killed process was receiving are swept while the server runs", async () => {
    const hour = 3600;
    const [left, inUse, other] = ["kuku-upload-left", "kuku-upload-used", "else"].map((name) =>
      join(folder, name),
    );
    for (const path of [left!, inUse!, other!]) {
      await mkdir(path);
      await writeFile(join(path, "audio"), "half");
      await utimes(path, 10 * hour, 10 * hour);
      await utimes(join(path, "audio"), 10 * hour, 10 * hour);
    }
    // Its folder is as old as the other, but it is still being written.
    await utimes(join(inUse!, "audio"), 11 * hour, 11 * hour);
    const clock = manualClock(11.1 * hour * 1000);
    const sweeps = [() => sweepUploads(clock.wallTime())];
    const stop = sweepTemporaryFiles({ sweeps, clock, log: openLog("silent") });
    await eventually(async () => expect(await uploaded()).toEqual(["kuku-upload-used"]));
    await eventually(() => expect(clock.pending).toBe(1));
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(60_000);
      await eventually(() => expect(clock.pending).toBe(1));
    }
    expect(await uploaded()).toEqual([]);
    expect(await readdir(folder)).toContain("else");
    stop();
    expect(clock.pending).toBe(0);
    await rm(other!, { recursive: true });
  });
});

it("[IN7] a typed message beyond an item's size is refused, and the session goes on", async () => {
  const limited = await startRest({ databaseUrl: await testDatabase(), session: { itemBytes: 1024 } });
  const session = await begin(limited.server);
  const post = (text: string, query = "") =>
    ask(limited.server, `POST /api/sessions/${session}/messages${query}`, { json: { text } });
  const refused = await post("é".repeat(600));
  expect([refused.status, refused.body.code]).toEqual([413, "MESSAGE_TOO_LARGE"]);
  expect((await post("Short.")).status).toBe(200);
  await limited.close();
});

// The last: there is no decoder any more behind it.
it("a recording is not looked at while as many as may be are", async () => {
  await rest.services.uploads.close();
  const answer = await post(audioForm(fixture("uploads/speech.mp3")));
  await expectRefused(answer, 503, "OVERLOADED");
  expect(answer.headers.get("retry-after")).toBe("2");
});
