/** What the flow knows at this turn, as a short note to a language model: facts, and what to do with them. Pure. */
import type { Brief, Delivery, ReadWord } from "../../pipeline/speech.ts";
import { languageName } from "./spoken-language.ts";

/** Silence inside an utterance that a listener notices as thinking, ms. */
const LONG_PAUSE_MS = 1200;
/** Slips named in a note; the rest are counted. */
const NAMED_SLIPS = 5;

/** The note; undefined where the flow knows nothing that the model does not (a plain conversation). */
export function briefNote(brief: Brief, language: string): string | undefined {
  const facts = factsOf(brief);
  if (facts === undefined) return undefined;
  const manner = `Answer in ${languageName(language)}, in plain words to be spoken: no lists, no markup, no emoji.`;
  return ["Facts for this turn (the user does not see them):", ...facts, manner].join("\n");
}

function factsOf(brief: Brief): string[] | undefined {
  switch (brief.kind) {
    case "plain":
      return undefined;
    case "greeting":
      return greetingFacts(brief);
    case "drill":
      return drillFacts(brief);
    case "coaching":
      return coachingFacts(brief);
  }
}

function greetingFacts({ sentence }: Extract<Brief, { kind: "greeting" }>): string[] {
  const open = "- Nothing was said yet: greet the user and open the conversation, in one or two sentences.";
  return sentence === undefined
    ? [open]
    : [open, `- Ask them to read this sentence aloud, quoting it word for word: ${quote(sentence)}`];
}

const stages = {
  topic: "topic (what the user wants to talk about)",
  goal: "goal (what they want to have at the end)",
  reality: "reality (how things are now, what was tried)",
  options: "options (what they could do)",
  way_forward: "way forward (what they will do, and when)",
} as const;

const commands = {
  yes: "The user said only: yes.",
  no: "The user said only: no.",
  next: "The user asks to go on.",
  repeat: "The user asks to hear the last question again.",
  wrap_up: "The user asks to wrap up.",
  stop: "The user asks to stop.",
} as const;

function coachingFacts(brief: Extract<Brief, { kind: "coaching" }>): string[] {
  const facts = [`- Stage of the conversation: ${stages[brief.stage]}; turn ${brief.round} of the user.`];
  if (!brief.understood)
    facts.push("- The user spoke, but their words could not be recognised: do not pretend to know them.");
  if (brief.command) facts.push(`- ${commands[brief.command]}`);
  return [...facts, ...deliveryFacts(brief.delivery)];
}

function drillFacts(brief: Extract<Brief, { kind: "drill" }>): string[] {
  const facts = [`- The user was asked to read aloud: ${quote(brief.sentence)}`];
  if (brief.outcome === "read_well") facts.push("- Every word was read correctly.");
  if (brief.outcome === "slipped") facts.push(...slipFacts(brief));
  if (brief.outcome === "not_heard") facts.push("- No reading of the sentence was recognised.");
  if (brief.outcome === "command" && brief.command) facts.push(`- ${drillCommands[brief.command]}`);
  facts.push(...deliveryFacts(brief.delivery));
  if (brief.next !== undefined)
    facts.push(`- Ask them to read this now, quoting it word for word: ${quote(brief.next)}`);
  return facts;
}

const drillCommands = {
  next: "The user asks for the next sentence.",
  repeat: "The user asks to hear the sentence again.",
  stop: "The user asks to stop.",
} as const;

function slipFacts({ reading, focus, tries }: Extract<Brief, { kind: "drill" }>): string[] {
  const slips = (reading?.words ?? []).filter((word) => word.verdict !== "correct");
  const facts = slips.slice(0, NAMED_SLIPS).map((word) => `- ${slipFact(word)}`);
  if (slips.length > NAMED_SLIPS) facts.push(`- ${slips.length - NAMED_SLIPS} more words went wrong.`);
  if (focus) facts.push(`- Give one thing to try, about this slip alone: ${slipFact(focus)}`);
  if (tries !== undefined && tries > 1) facts.push(`- Attempt ${tries} at this sentence.`);
  return facts;
}

function slipFact({ verdict, expected = "", heard }: ReadWord): string {
  switch (verdict) {
    case "substituted":
      return heard === undefined
        ? `${quote(expected)} was said as something else.`
        : `${quote(expected)} was heard as ${quote(heard)}.`;
    case "omitted":
      return `${quote(expected)} was left out.`;
    case "inserted":
      return heard === undefined ? "A word was added." : `${quote(heard)} was added.`;
    case "correct":
      return `${quote(expected)} was read correctly.`;
  }
}

/** Absent figures are not told. */
function deliveryFacts(delivery: Delivery | undefined): string[] {
  if (!delivery) return [];
  const { speechMs, pauseCount, longestPauseMs, syllablesPerSecond } = delivery;
  const parts = [
    `spoke for ${seconds(speechMs)} s`,
    `${pauseCount} ${pauseCount === 1 ? "pause" : "pauses"}`,
  ];
  if (longestPauseMs !== undefined)
    parts.push(`the longest ${seconds(longestPauseMs)} s${longestPauseMs >= LONG_PAUSE_MS ? " (long)" : ""}`);
  if (syllablesPerSecond !== undefined)
    parts.push(`${syllablesPerSecond.toFixed(1)} syllables a second (4 to 5 is usual)`);
  return [`- Delivery, measured: ${parts.join(", ")}.`];
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);
/** In quotation marks; those inside become single, so that a text cannot end its quotation. */
const quote = (text: string) => `"${text.replaceAll('"', "'").replaceAll(/\s+/g, " ").trim()}"`;
