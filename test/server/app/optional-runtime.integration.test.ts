/** The optional runtime of local models: a server without it is as it was, and one that has it loads nothing unless asked. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { programEnv } from "../../support/program-env.ts";
import { testDataDir } from "../../support/test-database.ts";
import { tinyModels } from "../../support/tiny-models/tiny-models-folder.ts";
import { type Served, serve } from "../../web/serve.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Has a program find no runtime, as after `npm ci --omit=optional`. */
const without = {
  NODE_OPTIONS: `--import=${new URL("../../support/without-runtime.ts", import.meta.url).href}`,
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(env: Record<string, string>): Promise<Served> {
  const folder = testDataDir();
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const server = await serve(folder, env);
  closing.push(() => server.stop());
  return server;
}

async function ask(server: Served, path: string) {
  return (await fetch(new URL(path, server.url))).json();
}

/** Runs a program to its end. */
async function run(program: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, program, { cwd: root, env: { ...programEnv, ...env } });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, error };
}

describe("without the optional runtime", () => {
  test("[LM6] a server starts and is well as ever, and offers no command that needs it", async () => {
    const server = await start(without);
    expect(await ask(server, "health")).toMatchObject({ status: "healthy" });
    expect((await ask(server, "api/engines")).data).toMatchObject({
      transcriber: { place: "embedded" },
      commands: [],
    });
  });

  test("[LM6] TRANSCRIBER=local is refused with what is missing", async () => {
    const folder = testDataDir();
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const env = { ...without, PORT: "0", DATA_DIR: folder, TRANSCRIBER: "local" };
    const { code, error, out } = await run(["src/server/main.ts"], env);
    expect(code).not.toBe(0);
    expect(out + error).toContain(
      "TRANSCRIBER: local needs the optional package sherpa-onnx-node (npm install)",
    );
  });

  test("[LM7] kuku models lists all the same, and says what is missing", async () => {
    const models = tinyModels();
    closing.push(async () => models.remove());
    const env = { ...without, MODELS_DIR: models.folder };
    const { code, out } = await run(["bin/kuku.js", "models", "list"], env);
    expect(code).toBe(0);
    expect(out).toContain("  whole\tears, whole\t");
    expect(out).toContain("They need the optional package sherpa-onnx-node, which is not installed");
    expect(await run(["bin/kuku.js", "models", "bench"], env)).toMatchObject({
      code: 1,
      error: "kuku models: the optional package sherpa-onnx-node is not installed (npm install)\n",
    });
  });
});

describe.skipIf(process.platform !== "linux")("with the optional runtime", () => {
  const loadedInto = ({ process: { pid } }: Served) => readFileSync(`/proc/${pid}/maps`, "utf8");

  test("[LM6] a server with embedded engines has loaded nothing of it", async () => {
    const server = await start({});
    expect((await ask(server, "api/engines")).data.commands).not.toEqual([]);
    expect(loadedInto(server)).not.toMatch(/sherpa|onnxruntime/);
  });

  test("[LM6] one with local ears has loaded nothing of it itself: the model's process has", async () => {
    const models = tinyModels();
    closing.push(async () => models.remove());
    const server = await start({ TRANSCRIBER: "local", MODELS_DIR: models.folder });
    expect((await ask(server, "api/engines")).data.transcriber).toEqual({
      name: "local/streaming",
      place: "local",
    });
    expect(loadedInto(server)).not.toMatch(/sherpa|onnxruntime/);
  });
});
