/** Reads the personas: one JSON file each, checked on reading. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { TurnDetection } from "../../pipeline/ears/turn-detection.ts";
import { type TurnPresetName, turnPresets } from "../../pipeline/ears/turn-presets.ts";

const presetName = z.enum(Object.keys(turnPresets) as [TurnPresetName, ...TurnPresetName[]]);

const turnDetection = z.union([
  z.strictObject({
    type: z.literal("server_vad"),
    threshold: z.number().min(0).max(1),
    prefixPaddingMs: z.number().int().min(0),
    silenceMs: z.number().int().min(0),
    readToEndMs: z.number().int().min(0).optional(),
  }),
  z.strictObject({
    type: z.literal("semantic_vad"),
    eagerness: z.enum(["low", "medium", "high", "auto"]),
  }),
  z.null(),
]) satisfies z.ZodType<TurnDetection>;

const fields = {
  /** The id, which a client names in `model`; also the file's name. */
  id: z
    .string()
    .max(40)
    .regex(/^[a-z][a-z0-9-]*$/, "must be lower-case letters, digits and hyphens"),
  /** For people. */
  name: z.string().min(1).max(100),
  /** `coaching`: a T-GROW conversation; `drill`: reading aloud; `interview`: question after question; `rehearsal`: a talk. */
  flow: z.enum(["coaching", "drill", "interview", "rehearsal"]),
  /** BCP 47; the language when the client names none. */
  language: z.string().regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, "is no language tag (BCP 47)"),
  /** Voices in order of preference; the first one the synthesizer has is used, else the synthesizer's default. */
  voices: z.array(z.string().min(1).max(100)).max(20),
  /** Whether the persona speaks first. */
  greets: z.boolean(),
  /** Turn-taking when the client asks for none: a preset's name, or where none fits, turn detection spelt out. */
  turnTaking: z.union([presetName, turnDetection]),
  /** Questions of an interview, in order, by language (`en`, or a whole tag). */
  questions: z
    .record(
      z.string().regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/),
      z.array(z.string().trim().min(1).max(300)).min(1).max(30),
    )
    .optional(),
};
const instructions = z.string().trim().min(1).max(20_000);

type Asking = { readonly flow: string; readonly questions?: Readonly<Record<string, unknown>> | undefined };
const hasQuestions = ({ flow, questions }: Asking) =>
  flow !== "interview" || Object.keys(questions ?? {}).length > 0;
const noQuestions = { path: ["questions"], message: "an interview needs questions in at least one language" };

/** A persona that is whole. */
export const personaSchema = z
  .strictObject({
    ...fields,
    /** System prompt for a reply model. */
    instructions,
  })
  .refine(hasQuestions, noQuestions);

export type Persona = Readonly<z.infer<typeof personaSchema>>;

/** The shape of a persona's file: its instructions stand in it, or in a text file that it names. */
const fileSchema = z
  .strictObject({
    ...fields,
    instructions: instructions.optional(),
    instructionsFile: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*\.(?:md|txt)$/, "must be the plain name of a .md or .txt file")
      .optional(),
  })
  .refine(hasQuestions, noQuestions)
  .refine((file) => (file.instructions === undefined) !== (file.instructionsFile === undefined), {
    path: ["instructions"],
    message: "either instructions or instructionsFile is needed, and not both",
  });

/**
 * Reads every `*.json` of a directory as a persona, sorted by id. `prompts`: where the files named in `instructionsFile`
 * are; default: the same directory.
 * @throws Error naming the file and the field, when one does not fit the schema or is not named after its id
 */
export function readPersonas(directory: string, prompts = directory): readonly Persona[] {
  const files = readdirSync(directory).filter((file) => file.endsWith(".json"));
  return files.sort().map((file) => readPersona(file, readFileSync(join(directory, file), "utf8"), prompts));
}

function readPersona(file: string, text: string, prompts: string): Persona {
  const { instructionsFile, ...persona } = parsePersona(file, text);
  if (`${persona.id}.json` !== file) throw new Error(`persona ${file}: its id is ${persona.id}`);
  if (instructionsFile === undefined) return { ...persona, instructions: persona.instructions as string };
  return { ...persona, instructions: readPrompt(file, join(prompts, instructionsFile)) };
}

function parsePersona(file: string, text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`persona ${file}: is not JSON (${(error as Error).message})`);
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) throw new Error(`persona ${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function readPrompt(file: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`persona ${file}: instructionsFile: cannot read ${JSON.stringify(path)} (${code})`);
  }
  if (text === "") throw new Error(`persona ${file}: instructionsFile: ${JSON.stringify(path)} is empty`);
  return text;
}

/** The personas that come along, sorted by id. */
export const personas = readPersonas(import.meta.dirname, join(import.meta.dirname, "prompts"));

/** The persona a session has when the client names none. */
export const defaultPersonaId = "kuku";

/** The persona of those that come along with this id, or undefined. */
export function findPersona(id: string): Persona | undefined {
  return personas.find((persona) => persona.id === id);
}
