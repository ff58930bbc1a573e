/** `kuku models`: what it fetches, keeps and checks, and a sentence for each way it can fail. */
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "tar";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type KnownModel, knownModels } from "../../../src/providers/local/models/known-models.ts";
import { type ModelsCliOptions, runModels } from "../../../src/server/app/models-cli.ts";
import { type ArchiveServer, openArchiveServer } from "../../support/tiny-models/archive-server.ts";
import { writeVoice, writeWholeRecogniser } from "../../support/tiny-models/tiny-models.ts";
import { writePunctuation } from "../../support/tiny-models/tiny-punctuation.ts";

const archive = readFileSync(new URL("../../fixtures/models/tones-whole.tar.bz2", import.meta.url));
let server: ArchiveServer;
let folder: string;
beforeAll(async () => {
  server = await openArchiveServer();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kuku-models-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const known = (more: Partial<KnownModel> = {}): readonly KnownModel[] => [
  {
    name: "tones",
    role: "ears",
    about: "three tones",
    languages: ["en"],
    licence: "MIT",
    folder: "tones-whole",
    address: server.address,
    ...more,
  },
];

async function run(words: string, options: ModelsCliOptions = {}, terminal = false, modelsDir = folder) {
  const printed = { out: "", error: "" };
  const into = (name: keyof typeof printed) => ({
    isTTY: terminal,
    write(text: string) {
      printed[name] += text;
    },
  });
  const code = await runModels(
    words.split(" "),
    { out: into("out"), error: into("error") },
    { MODELS_DIR: modelsDir },
    { known: known(), ...options },
  );
  return { code, ...printed };
}

/** An archive that takes several pieces to send. */
const large = () =>
  packed((model) => {
    writeWholeRecogniser(model);
    writeFileSync(join(model, "README.md"), randomBytes(90_000));
  });

/** A .tar.gz of one folder that `fill` fills. */
function packed(fill: (folder: string) => void): Buffer {
  const from = mkdtempSync(join(tmpdir(), "kuku-pack-"));
  try {
    fill(join(from, "model"));
    create({ cwd: from, file: join(from, "model.tar.gz"), gzip: true, sync: true }, ["model"]);
    return readFileSync(join(from, "model.tar.gz"));
  } finally {
    rmSync(from, { recursive: true });
  }
}

describe("a model is fetched", () => {
  test("[LM7] unpacked without its recordings, its checksums recorded; then listed, verified and removed", async () => {
    server.serve(archive);
    const added = await run("add tones");
    expect(added).toMatchObject({ code: 0, error: "" });
    expect(added.out).toContain(
      `tones is in ${join(folder, "tones")}; a server uses it with TRANSCRIBER=local.\n`,
    );
    expect(readdirSync(folder)).toEqual(["tones"]);
    expect(readdirSync(join(folder, "tones")).sort()).toEqual([
      "kuku-model.json",
      "model.onnx",
      "tokens.txt",
    ]);
    const listed = (await run("list")).out;
    expect(listed).toContain("  tones\tears, whole\tEncDecCTCModel\tany language\n");
    expect(listed.split("Can be fetched")[1]).not.toContain("tones");
    expect(await run("verify")).toMatchObject({ code: 0, out: "tones\tas it was\n" });
    expect((await run("add tones")).error).toBe("kuku models: tones is there already\n");
    expect(await run("remove tones")).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("[LM7] with a bar of its progress on a terminal", async () => {
    server.serve(archive);
    const { error } = await run("add tones", {}, true);
    expect(error).toContain("██████████████████████████████ 100 %, 1 MB of 1 MB");
  });

  test("[LM7] a download that is cut goes on where it was, in the same command", async () => {
    server.serve(large(), { cutAfter: 40_000, beforeCut: untilWritten });
    expect(await run("add tones")).toMatchObject({ code: 0 });
    const starts = server.asked.map((range) => Number(/\d+/.exec(range)?.[0] ?? 0));
    expect(starts.length).toBeGreaterThan(2);
    for (const [i, start] of starts.entries()) expect(start).toBeGreaterThan(starts[i - 1] ?? -1);
    expect(await run("verify")).toMatchObject({ code: 0 });
  });

  test("[LM7] one that gets no further says how to go on, and the next command goes on there", async () => {
    const archive = large();
    server.serve(archive, { cutAfter: 40_000, beforeCut: untilWritten });
    const broken = run("add tones");
    // From the second request on, nothing more comes.
    await untilAsked(1);
    server.serve(archive, { cutAfter: 1 });
    expect(await broken).toMatchObject({
      code: 1,
      error: "kuku models: the download broke off after 1 MB; the same command goes on from there\n",
    });
    server.serve(archive);
    expect(await run("add tones")).toMatchObject({ code: 0 });
    expect(server.asked).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  test("[LM7] a file that was changed at the server meanwhile is fetched anew", async () => {
    server.serve(Buffer.alloc(99_000, 1), { cutAfter: 40_000, beforeCut: untilWritten });
    const broken = run("add tones");
    await untilAsked(1);
    server.serve(Buffer.alloc(99_000, 1), { cutAfter: 1 });
    await broken;
    server.serve(archive);
    expect(await run("add tones")).toMatchObject({ code: 0 });
  });

  test("[LM7] a server that sends no parts sends all of it again", async () => {
    const archive = large();
    server.serve(archive, { cutAfter: 40_000, beforeCut: untilWritten });
    const broken = run("add tones");
    await untilAsked(1);
    server.serve(archive, { cutAfter: 1 });
    await broken;
    server.serve(archive, { ignoresRanges: true });
    expect(await run("add tones")).toMatchObject({ code: 0 });
    expect(await run("verify")).toMatchObject({ code: 0 });
  });

  test("[LM7] of a model in several forms, the one in use is kept", async () => {
    server.serve(
      packed((model) => {
        writeWholeRecogniser(model);
        writeFileSync(join(model, "model.int8.onnx"), readFileSync(join(model, "model.onnx")));
      }),
    );
    expect(await run("add tones")).toMatchObject({ code: 0 });
    expect(readdirSync(join(folder, "tones")).sort()).toEqual([
      "kuku-model.json",
      "model.int8.onnx",
      "tokens.txt",
    ]);
  });
});

/** Resolves once more of the file than `from` bytes is on the disk. */
async function untilWritten(from: number): Promise<void> {
  const part = join(folder, ".tones.tar.bz2.part");
  while (!existsSync(part) || statSync(part).size <= from)
    await new Promise((resolve) => setImmediate(resolve));
}

async function untilAsked(count: number): Promise<void> {
  while (server.asked.length < count) await new Promise((resolve) => setImmediate(resolve));
}

describe("a model that cannot be fetched", () => {
  test("[LM7] nothing is left of it, and the reason is told", async () => {
    const { host } = new URL(server.address);
    const failures: readonly [Buffer, number | undefined, ModelsCliOptions, string][] = [
      [archive, 404, {}, `${host} has no such file (404): ${server.address}`],
      [archive, 503, {}, `${host} answered 503: ${server.address}`],
      [
        archive,
        undefined,
        { known: known({ sha256: "00" }) },
        `what was fetched is not what is known: its checksum is ${createHash("sha256").update(archive).digest("hex")}, not 00`,
      ],
      [
        archive,
        undefined,
        { freeBytes: async () => 1_000 },
        `the disk of ${folder} has too little room: 1 MB are needed, 1 MB are free`,
      ],
      [Buffer.from("BZh91AY&SY but no more"), undefined, {}, "the archive cannot be read: "],
      [archive.subarray(0, 600), undefined, {}, "the archive cannot be read: "],
      [packed(writeUnknown), undefined, {}, "the model cannot be used: model.onnx: it is no ONNX model"],
    ];
    for (const [file, status, options, reason] of failures) {
      server.serve(file, { status });
      const { code, error } = await run("add tones", options);
      expect(error).toContain(`kuku models: ${reason}`);
      expect(code).toBe(1);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  test("[LM7] a server that is not there", async () => {
    const gone = await openArchiveServer();
    await gone.close();
    const { error } = await run("add tones", { known: known({ address: gone.address }) });
    expect(error).toBe(
      `kuku models: ${new URL(gone.address).host} cannot be reached: nothing answers there\n`,
    );
  });

  test("[LM7] a name that is found nowhere, as without a network", async () => {
    // A top-level domain that is reserved: nobody can have it.
    const { error } = await run("add tones", {
      known: known({ address: "http://models.invalid/a.tar.bz2" }),
    });
    expect(error).toBe(
      "kuku models: models.invalid cannot be reached: its name is not found; is this machine online?\n",
    );
  });

  test("[LM7] a folder that cannot be made, or written to", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const models = join(file, "models");
    expect((await run("add tones", {}, false, models)).error).toBe(
      `kuku models: ${models} cannot be made: ENOTDIR\n`,
    );
    mkdirSync(join(folder, ".tones.tar.bz2.part"));
    server.serve(archive);
    expect((await run("add tones")).error).toBe(`kuku models: ${folder} cannot be written to: EISDIR\n`);
  });

  test("[LM7] a folder of its name that holds no model says how to make room, and is removed", async () => {
    mkdirSync(join(folder, "tones"));
    expect((await run("add tones")).error).toBe(
      "kuku models: tones is there, but cannot be used: it has no tokens.txt; kuku models remove tones makes room\n",
    );
    expect(await run("remove tones")).toMatchObject({ code: 0 });
    server.serve(archive);
    expect(await run("add tones")).toMatchObject({ code: 0 });
  });

  test("[LM7] a link to a folder that is gone is listed with the reason, and hides no other model", async () => {
    symlinkSync(join(folder, "gone"), join(folder, "away"));
    writeWholeRecogniser(join(folder, "whole"));
    const { code, out } = await run("list");
    expect(code).toBe(0);
    expect(out).toMatch(/ {2}away\tcannot be used: it cannot be read: .*ENOENT/);
    expect(out).toContain("  whole\tears, whole\t");
  });

  test("[LM7] a model to be measured that is not there, and words that mean nothing", async () => {
    expect((await run("bench nobody")).error).toBe(`kuku models: there is no nobody in ${folder}\n`);
    expect((await run("bench")).error).toBe(`kuku models: there is no model in ${folder}\n`);
    expect((await run("bench --loud")).error).toMatch(/^kuku models: Unknown option '--loud'/);
  });

  test("[LM7] a name that nobody knows", async () => {
    expect((await run("add nobody")).error).toBe(
      "kuku models: there is no model nobody to fetch; kuku models list shows which there are\n",
    );
  });

  test("[LM7] paths out of its folder and links are left out", async () => {
    const outside = join(folder, "..", "kuku-escaped");
    const from = mkdtempSync(join(tmpdir(), "kuku-pack-"));
    writeWholeRecogniser(join(from, "model"));
    writeFileSync(join(from, "evil"), "evil");
    const file = join(from, "model.tar.gz");
    create(
      {
        cwd: from,
        file,
        gzip: true,
        sync: true,
        preservePaths: true,
        onWriteEntry: (entry) => {
          if (entry.path === "evil") entry.path = "model/../../../kuku-escaped";
        },
      },
      ["model", "evil"],
    );
    server.serve(readFileSync(file));
    rmSync(from, { recursive: true });
    expect(await run("add tones")).toMatchObject({ code: 0 });
    expect(existsSync(outside)).toBe(false);
  });
});

function writeUnknown(model: string): void {
  writeWholeRecogniser(model);
  writeFileSync(join(model, "model.onnx"), "garbage");
}

describe("models that are there", () => {
  test("[LM7] a folder from elsewhere is listed, verified by what it was first, and one of no known kind has its reason", async () => {
    writeVoice(join(folder, "hum-fr"));
    writeWholeRecogniser(join(folder, "half"));
    rmSync(join(folder, "half", "tokens.txt"));
    const { out } = await run("list");
    expect(out).toContain("  hum-fr\tvoice\tvits\tfr\n");
    expect(out).toContain("  half\tcannot be used: it has no tokens.txt\n");
    expect(await run("verify hum-fr")).toMatchObject({ code: 0 });
    writeFileSync(join(folder, "hum-fr", "tokens.txt"), "a 0\n");
    expect(await run("verify")).toMatchObject({
      code: 1,
      out: "hum-fr\ttokens.txt is not what it was: its checksum differs from the one recorded\n",
      error: "kuku models: hum-fr: damaged; kuku models remove and add fetch it anew\n",
    });
    expect((await run("verify half")).error).toBe("kuku models: half cannot be used: it has no tokens.txt\n");
  });

  test("[LM7] are measured on this machine", async () => {
    writeWholeRecogniser(join(folder, "whole"));
    writeVoice(join(folder, "voice"));
    const { code, out } = await run("bench --talkers 1,3");
    expect(code).toBe(0);
    expect(out).toMatch(
      /^voice: loaded in \d+ ms, \d+ MB of memory\n {2}1 at once\tfirst sound: median \d+ ms, worst \d+ ms, \d+ MB\n/,
    );
    expect(out).toMatch(
      / {2}3 at once\ttranscript after the end of speech: median \d+ ms, worst \d+ ms, \d+ MB\n$/,
    );
    expect((await run("bench --talkers none")).error).toBe(
      "kuku models: --talkers takes whole numbers from 1 to 256, separated by commas\n",
    );
  });

  test("[LM7] of punctuation are listed, and measured with their ears only", async () => {
    writePunctuation(join(folder, "marks-en"));
    expect((await run("list")).out).toContain("  marks-en\tpunctuation\tcnn_bilstm\ten\n");
    expect((await run("bench marks-en")).error).toBe(
      "kuku models: a model of punctuation is measured with the ears that it is for: bench their name\n",
    );
  });

  test("[LM7] a wrong command says what there is", async () => {
    expect(await run("fly")).toMatchObject({ code: 2 });
    expect(await run("add")).toMatchObject({ code: 2 });
    expect((await run("help")).out).toContain("kuku models add NAME");
    expect((await run("remove nobody")).error).toBe(`kuku models: there is no nobody in ${folder}\n`);
  });
});

test("[LM7] known models have names of their own, and addresses of their makers", () => {
  expect(new Set(knownModels.map((model) => model.name)).size).toBe(knownModels.length);
  for (const { address, folder: unpacked } of knownModels)
    expect(address).toMatch(
      new RegExp(
        `^https://github\\.com/k2-fsa/sherpa-onnx/releases/download/(asr|tts|punctuation)-models/${unpacked}\\.tar\\.bz2$`,
      ),
    );
});
