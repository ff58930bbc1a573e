/** The command `kuku models`: the neural models on this machine. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { holdProcess } from "../../lib/clock.ts";
import { describeFileError } from "../../lib/durable-files.ts";
import type { Speech } from "../../providers/local/bench.ts";
import { addModel } from "../../providers/local/models/add-model.ts";
import { DownloadFailed } from "../../providers/local/models/download.ts";
import { type InstalledModel, listModels } from "../../providers/local/models/installed-models.ts";
import { type KnownModel, knownModels } from "../../providers/local/models/known-models.ts";
import { ModelDamaged, verifyModel } from "../../providers/local/models/model-record.ts";
import { roleOf } from "../../providers/local/models/model-shape.ts";
import { isRuntimeInstalled } from "../../providers/local/runtime.ts";
import { ConfigError, environment, readConfig } from "../config/config.ts";

const help = `kuku models list
kuku models add NAME
kuku models remove NAME
kuku models verify [NAME]
kuku models bench [NAME] [--talkers 1,5,20]

list     the models that are there, and those that can be fetched
add      fetches a model from its makers' address; one that broke off goes on where it was
remove   deletes a model
verify   compares the files of the models with the checksums that were recorded when they were first seen
bench    measures load, memory and speed on this machine, with several talkers at once

A server uses the models with TRANSCRIBER=local and SYNTHESIZER=local. They lie in MODELS_DIR (DATA_DIR/models), each
in a folder of its own; a folder from elsewhere is used as it is, where its kind is known.
`;

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface ModelsTerminal {
  readonly out: Output;
  readonly error: Output;
}

/** Services of the command; tests have their own. */
export interface ModelsCliOptions {
  /** Models that can be fetched. @default those that are known */
  readonly known?: readonly KnownModel[];
  readonly freeBytes?: (folder: string) => Promise<number>;
  /** Audio that recognisers are measured with. @default a sentence in the embedded voice */
  readonly speech?: Speech;
}

interface Context extends ModelsCliOptions {
  readonly known: readonly KnownModel[];
  readonly modelsDir: string;
  readonly terminal: ModelsTerminal;
}

/** A command that cannot be done. The message is a sentence for people. */
class CannotDo extends Error {
  override readonly name = "CannotDo";
}

/**
 * Runs a command.
 * @param words those after `kuku models`
 * @returns the process's exit code: 0 done; 1 it could not be done; 2 wrong usage
 */
export async function runModels(
  words: readonly string[],
  terminal: ModelsTerminal,
  env: Record<string, string | undefined>,
  options: ModelsCliOptions = {},
): Promise<number> {
  const [command, name, ...rest] = words;
  if (command === undefined || command === "help" || words.includes("--help")) {
    terminal.out.write(help);
    return 0;
  }
  const usage = (message: string) => {
    terminal.error.write(`kuku models: ${message}\n\n${help}`);
    return 2;
  };
  const takesName = command === "add" || command === "remove";
  if (!takesName && !["list", "verify", "bench"].includes(command)) return usage(`there is no ${command}`);
  if (takesName && (name === undefined || rest.length > 0))
    return usage(`${command} takes the name of a model`);
  try {
    const { modelsDir } = readConfig({ DATA_DIR: env.DATA_DIR, MODELS_DIR: env.MODELS_DIR }).providers;
    const context: Context = { known: knownModels, ...options, modelsDir, terminal };
    if (command === "list") await list(context);
    else if (command === "verify") await verify(context, name);
    else if (command === "bench") await bench(context, words.slice(1));
    else if (command === "add") await add(context, name as string);
    else await remove(context, name as string);
    return 0;
  } catch (error) {
    terminal.error.write(`kuku models: ${sentenceOf(error)}\n`);
    return 1;
  }
}

/** @throws what nobody who uses the command can do anything about */
function sentenceOf(error: unknown): string {
  if (error instanceof CannotDo || error instanceof DownloadFailed || error instanceof ConfigError)
    return error.message;
  const { path, syscall } = error as NodeJS.ErrnoException;
  if (path === undefined || syscall === undefined) throw error;
  return `${path} cannot be used: ${describeFileError(error)}`;
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1_000_000)} MB`;

async function list({ modelsDir, known, terminal: { out } }: Context): Promise<void> {
  const { models, refused } = await listModels(modelsDir);
  out.write(`In ${modelsDir}:\n`);
  for (const { name, kind, family, languages } of models) {
    const role = roleOf(kind) === "ears" ? `ears, ${kind}` : kind;
    out.write(`  ${[name, role, family, languages?.join(" ") ?? "any language"].join("\t")}\n`);
  }
  for (const { name, reason } of refused) out.write(`  ${name}\tcannot be used: ${reason}\n`);
  if (models.length + refused.length === 0) out.write("  none\n");
  out.write("Can be fetched, with kuku models add NAME:\n");
  for (const { name, role, about, languages, licence, bytes } of known) {
    if (models.some((model) => model.name === name)) continue;
    const size = bytes === undefined ? "size not known" : megabytes(bytes);
    out.write(`  ${[name, role, languages.join(" "), size, about, licence].join("\t")}\n`);
  }
  if (!isRuntimeInstalled())
    out.write("They need the optional package sherpa-onnx-node, which is not installed (npm install).\n");
}

async function add(context: Context, name: string): Promise<void> {
  const { known, modelsDir, terminal, freeBytes } = context;
  const model = known.find((each) => each.name === name);
  if (!model)
    throw new CannotDo(`there is no model ${name} to fetch; kuku models list shows which there are`);
  const { models, refused } = await listModels(modelsDir);
  if (models.some((each) => each.name === name)) throw new CannotDo(`${name} is there already`);
  const reason = refused.find((folder) => folder.name === name)?.reason;
  if (reason !== undefined)
    throw new CannotDo(
      `${name} is there, but cannot be used: ${reason}; kuku models remove ${name} makes room`,
    );
  const { out, error } = terminal;
  out.write(`Fetching ${name} (${model.licence}) from ${model.address}\n`);
  let drawn = 0;
  await addModel(model, {
    modelsDir,
    freeBytes,
    onProgress(received, total) {
      if (!error.isTTY || (received - drawn < 1_000_000 && received !== total)) return;
      drawn = received;
      error.write(`\r\u001b[K${progressBar(received, total)}`);
    },
    onUnpacking: () => {
      if (error.isTTY) error.write("\r\u001b[K");
      out.write("Unpacking\n");
    },
  });
  out.write(`${name} is in ${join(modelsDir, name)}; a server uses it with ${settingOf[model.role]}.\n`);
}

/** Setting with which a server uses a model. */
const settingOf = {
  ears: "TRANSCRIBER=local",
  punctuation: "TRANSCRIBER=local",
  voice: "SYNTHESIZER=local",
} as const;

function progressBar(received: number, total: number | undefined): string {
  if (total === undefined) return megabytes(received);
  const share = Math.min(1, received / total);
  const full = Math.floor(share * 30);
  const bar = "█".repeat(full) + "░".repeat(30 - full);
  return `${bar} ${Math.floor(share * 100)} %, ${megabytes(received)} of ${megabytes(total)}`;
}

async function remove({ modelsDir, terminal: { out } }: Context, name: string): Promise<void> {
  const { models, refused } = await listModels(modelsDir);
  if (![...models, ...refused].some((each) => each.name === name))
    throw new CannotDo(`there is no ${name} in ${modelsDir}`);
  await rm(join(modelsDir, name), { recursive: true });
  out.write(`${name} is removed. A server that has it loaded goes on with it until it ends.\n`);
}

async function verify(context: Context, name: string | undefined): Promise<void> {
  const damaged: string[] = [];
  for (const model of await chosen(context, name)) {
    const problem = await verifyModel(model.folder).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ModelDamaged) return error.message;
        throw error;
      },
    );
    context.terminal.out.write(`${model.name}\t${problem ?? "as it was"}\n`);
    if (problem !== undefined) damaged.push(model.name);
  }
  if (damaged.length > 0)
    throw new CannotDo(`${damaged.join(", ")}: damaged; kuku models remove and add fetch it anew`);
}

async function bench(context: Context, words: readonly string[]): Promise<void> {
  const { out } = context.terminal;
  if (!isRuntimeInstalled())
    throw new CannotDo("the optional package sherpa-onnx-node is not installed (npm install)");
  const { name, talkers } = readBenchWords(words);
  const { benchModel, benchSentence } = await import("../../providers/local/bench.ts");
  const { models } = await listModels(context.modelsDir);
  const punctuation = models.filter(({ kind }) => kind === "punctuation");
  const talkingModels = (await chosen(context, name)).filter(({ kind }) => kind !== "punctuation");
  if (talkingModels.length === 0)
    throw new CannotDo("a model of punctuation is measured with the ears that it is for: bench their name");
  const speech = context.speech ?? (await spoken(benchSentence));
  for (const model of talkingModels) {
    const { loadMs, memoryBytes, rounds } = await benchModel({ model, punctuation, talkers, speech });
    out.write(`${model.name}: loaded in ${Math.round(loadMs)} ms, ${megabytes(memoryBytes)} of memory\n`);
    const what = model.kind === "voice" ? "first sound" : "transcript after the end of speech";
    for (const { talkers: count, medianMs, worstMs, partials, memoryBytes: after } of rounds) {
      const waits = `median ${Math.round(medianMs)} ms, worst ${Math.round(worstMs)} ms`;
      const told = partials ? `, partials ${partials.fewest} to ${partials.most} a talker` : "";
      out.write(`  ${count} at once\t${what}: ${waits}${told}, ${megabytes(after)}\n`);
    }
  }
}

function readBenchWords(words: readonly string[]): {
  readonly name?: string;
  readonly talkers: readonly number[];
} {
  try {
    const options = { talkers: { type: "string", default: "1,5,20" } } as const;
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const talkers = values.talkers.split(",").map(Number);
    if (talkers.some((count) => !(Number.isInteger(count) && count >= 1 && count <= 256)))
      throw new CannotDo("--talkers takes whole numbers from 1 to 256, separated by commas");
    return { name: positionals[0], talkers };
  } catch (error) {
    throw error instanceof CannotDo ? error : new CannotDo((error as Error).message.split(". ")[0] ?? "");
  }
}

/** The sentence in the embedded voice, for recognisers to hear. */
async function spoken(sentence: string): Promise<Speech> {
  const { openEmbeddedSynthesizer } = await import("../../providers/embedded/voice/synthesizer.ts");
  const { joinPcm } = await import("../../pipeline/audio/pcm.ts");
  const voice = await openEmbeddedSynthesizer({ threads: 1 });
  const rate = 24_000;
  const signal = new AbortController().signal;
  const pieces: Int16Array[] = [];
  try {
    for await (const { pcm } of voice.synthesize(sentence, {
      voice: "default",
      speed: 1,
      language: "en-US",
      rate,
      signal,
    }))
      pieces.push(pcm);
  } finally {
    await voice.close();
  }
  return { pcm: joinPcm(pieces), rate };
}

/** The model of this name, or all. @throws CannotDo where there is none */
async function chosen({ modelsDir }: Context, name: string | undefined): Promise<readonly InstalledModel[]> {
  const { models, refused } = await listModels(modelsDir);
  const fit = name === undefined ? models : models.filter((model) => model.name === name);
  if (fit.length > 0) return fit;
  const reason = refused.find((folder) => folder.name === name)?.reason;
  if (reason !== undefined) throw new CannotDo(`${name} cannot be used: ${reason}`);
  throw new CannotDo(
    name === undefined ? `there is no model in ${modelsDir}` : `there is no ${name} in ${modelsDir}`,
  );
}

/** The process: `kuku models …`. */
export async function main(words: readonly string[]): Promise<number> {
  const releaseProcess = holdProcess();
  try {
    return await runModels(words, { out: process.stdout, error: process.stderr }, environment());
  } finally {
    releaseProcess();
  }
}
