/** What a transcriber is told ahead of the words: their language, names to expect, a prompt. Pure. */
import { primaryLanguage } from "../../../lib/language.ts";
import type { SpeechHints, TokenLogprob } from "../../../ports/transcriber.ts";
import { type Upstream, VENDOR_URL } from "../upstream.ts";
import { transcriptionPrompt } from "./verbatim.ts";

/** Models that take keywords and several languages in place of one; by the reference, these. */
const HINTED_MODEL = /^gpt-(live-)?transcribe(-\d|$)/;
/** The reference says that this one takes no prompt. */
const PROMPTLESS_MODEL = "gpt-realtime-whisper";

/** Models that tell log probabilities; by the reference, these. */
const LOGPROBS_MODEL = /^gpt-4o-(mini-)?transcribe(-\d|$)/;

/** Whether the model tells log probabilities. */
export const tellsLogprobs = (model: string) => LOGPROBS_MODEL.test(model);

/** The log probabilities that a server told, as far as they are some; undefined: none. */
export function logprobsOf(told: unknown): readonly TokenLogprob[] | undefined {
  if (!Array.isArray(told)) return undefined;
  const tokens = told.flatMap((one: Partial<TokenLogprob> | null) => {
    const { token, logprob, bytes } = one ?? {};
    if (typeof token !== "string" || typeof logprob !== "number") return [];
    return [{ token, logprob, bytes: Array.isArray(bytes) ? bytes : [...Buffer.from(token)] }];
  });
  return tokens.length > 0 ? tokens : undefined;
}

/** Longest entry of a list of keywords, words, and most of them. */
const LONGEST_KEYWORD = 4;
const MOST_KEYWORDS = 100;

export interface TranscriptionHints {
  readonly language?: string;
  readonly languages?: string[];
  readonly keywords?: string[];
  readonly prompt?: string;
}

export interface HintedModel {
  readonly upstream: Pick<Upstream, "baseUrl">;
  /** As it is configured; undefined: nobody named one. */
  readonly named: string | undefined;
  readonly model: string;
}

/** Whether the model takes a prompt, by which alone it can be asked to keep fillers. */
export const takesPrompt = (model: string) => model !== PROMPTLESS_MODEL;

/** Language and hints of the speech to come. */
export interface ToldAhead extends SpeechHints {
  readonly language: string;
  readonly verbatim: boolean;
}

/**
 * Returns the hints of one request. Keywords, and a `hint` that is a list of names, go as keywords where the model takes
 * them, else into the prompt.
 */
export function transcriptionHints(
  { upstream, named: configured, model }: HintedModel,
  { language, languages = [language], hint, keywords = [], verbatim }: ToldAhead,
): TranscriptionHints {
  // A compatible server that was given no name is asked for the vendor's, and need not know its fields.
  const hinted = HINTED_MODEL.test(model) && (configured !== undefined || upstream.baseUrl === VENDOR_URL);
  const named = hinted ? keywordsOf(hint) : undefined;
  const text = named ? undefined : hint;
  const prompted = hinted ? text : [text, keywords.join(", ")].filter(Boolean).join("\n") || undefined;
  const prompt = takesPrompt(model) ? transcriptionPrompt(language, prompted, verbatim) : undefined;
  const given = [...new Set([...keywords, ...(named ?? [])])].slice(0, MOST_KEYWORDS);
  return {
    ...(hinted
      ? { languages: [...new Set(languages.map(primaryLanguage))] }
      : { language: primaryLanguage(language) }),
    ...(hinted && given.length > 0 && { keywords: given }),
    ...(prompt !== undefined && { prompt }),
  };
}

/** The entries of a list separated by commas, semicolons or lines; undefined where it is a text and no list. */
function keywordsOf(hint: string | undefined): string[] | undefined {
  const entries = (hint ?? "").split(/[,;\n]/).map((entry) => entry.trim());
  const given = entries.filter((entry) => entry !== "");
  const isList = given.every(
    (entry) => entry.split(/\s+/).length <= LONGEST_KEYWORD && !/[.!?]$/.test(entry),
  );
  return given.length > 0 && isList ? given.slice(0, MOST_KEYWORDS) : undefined;
}
