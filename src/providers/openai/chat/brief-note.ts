import type { Brief, Intention, Matter, WrapUpBrief } from "../../../ports/brief.ts";
import type { Delivery } from "../../../ports/delivery.ts";
import {
  type DrillTask,
  endedAfter,
  isSlip,
  isWrongPause,
  type PaceTarget,
  type ProsodyResult,
  type ProsodyTarget,
  type ReadWord,
  type Unjudgeable,
} from "../../../ports/reading.ts";
import { languageName } from "../language-names.ts";
import { practiceFacts } from "./practice-note.ts";

/** Silence inside an utterance that a listener notices as thinking, ms. */
const LONG_PAUSE_MS = 1200;
/** Slips named in a note; the rest are counted. */
const NAMED_SLIPS = 5;
/** Notes of a kind that are repeated; the whole conversation is in the prompt anyway. */
const NAMED_NOTES = 4;

/** The note; undefined where the flow knows nothing that the model does not (a plain conversation). */
export function briefNote(brief: Brief, language: string): string | undefined {
  const facts = factsOf(brief);
  if (facts === undefined) return undefined;
  const manner = `Answer in ${languageName(language)}, in plain words to be spoken: no lists, no markup, no emoji.`;
  return ["Facts for this turn (the user does not see them):", ...facts, manner].join("\n");
}

function factsOf(brief: Brief): string[] | undefined {
  if (brief.silent)
    return [
      "- No voice was heard in this turn: say that you heard nothing, in one short sentence, and no more.",
    ];
  switch (brief.kind) {
    case "plain":
      return undefined;
    case "practice":
      return [...practiceFacts(brief), ...deliveryFacts(brief.delivery)];
    case "care":
      return [`- Say exactly this and nothing else: ${quote(brief.says)}`];
    case "greeting":
      return greetingFacts(brief);
    case "drill":
      return drillFacts(brief);
    case "coaching":
      return coachingFacts(brief);
  }
}

function greetingFacts({ sentence, task, openActions = [] }: Extract<Brief, { kind: "greeting" }>): string[] {
  const [first, ...others] = openActions;
  if (first) {
    return [
      "- Nothing was said yet: greet the user, who has been here before, in one or two sentences.",
      `- Last time they set out to: ${intention(first)}. Ask how that went, before anything else and as the only question.`,
      ...(others.length > 0
        ? [`- Also left open, not to be asked about now: ${others.map(intention).join("; ")}.`]
        : []),
    ];
  }
  const open = "- Nothing was said yet: greet the user and open the conversation, in one or two sentences.";
  return sentence === undefined ? [open] : [open, `- ${askFor(sentence, task)}`];
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
  if (brief.doubtful)
    facts.push("- The words of this turn may have been misheard: do not repeat them as said.");
  if (brief.confirm)
    facts.push(
      brief.confirm.do === "ask"
        ? `- They may have committed to something, but it may have been misheard. Ask, as the only question, whether they said: ${quote(brief.confirm.words)}`
        : "- They did not say what you asked about. Ask them to say it again, or to type it.",
    );
  return [...facts, ...knownFacts(brief), ...deliveryFacts(brief.delivery), ...endingFacts(brief)];
}

const answers: Readonly<Partial<Record<Matter, string>>> = {
  now: "how things are now",
  tried: "what they tried",
  obstacle: "what is in the way",
  people: "who else is part of it",
  sure: "how sure they are",
};

/** Lists the facts noted of the user's words; the last few of each kind. */
function knownFacts(brief: Extract<Brief, { kind: "coaching" }>): string[] {
  const { topic, goal, facts = [], options = [], actions = [], askedAbout, known = [] } = brief;
  const several = (texts: readonly string[]) => texts.slice(-NAMED_NOTES).map(quote).join("; ");
  const lines: string[] = [];
  if (topic !== undefined) lines.push(`- Their topic: ${quote(topic)}`);
  if (goal !== undefined) lines.push(`- Their goal: ${quote(goal)}`);
  if (facts.length > 0) lines.push(`- How things are: ${several(facts)}`);
  if (options.length > 0) lines.push(`- Their ideas: ${several(options)}`);
  if (actions.length > 0) {
    lines.push(
      `- They committed to: ${actions.slice(-NAMED_NOTES).map(intention).join("; ")}. To nothing else.`,
    );
  }
  const answered = known.flatMap((matter) => answers[matter] ?? []);
  if (answered.length > 0) lines.push(`- Told already, not to be asked for again: ${answered.join("; ")}.`);
  if (askedAbout) {
    lines.push(
      `- They were just asked about what they set out to do last time: ${intention(askedAbout)}. Take up their answer, then ask what they want to think about today.`,
    );
  }
  return lines;
}

const reasons = {
  asked: "The user asks to end the conversation.",
  committed: "The user has committed to an action.",
  rounds: "The conversation has been going on for long.",
  time: "The time is up.",
} as const;

function endingFacts({ wrapUp, actions = [] }: Extract<Brief, { kind: "coaching" }>): string[] {
  return wrapUp === undefined ? [] : [`- ${endingFact(wrapUp, actions)}`];
}

function endingFact(wrapUp: WrapUpBrief, actions: readonly Intention[]): string {
  switch (wrapUp.do) {
    case "propose":
      return `${reasons[wrapUp.because]} Acknowledge what was said, then ask, as the only question, whether to wrap up now: a question where yes means to end. Do not end by yourself.`;
    case "ask_again":
      return "They were asked whether to wrap up, and the answer was neither a yes nor a no. Ask that once more, kindly, as the only question.";
    case "go_on":
      return wrapUp.unclear
        ? "It stayed unclear whether they want to wrap up. Do not ask again; go on coaching with one question."
        : "They do not want to wrap up yet. Say that you go on, then ask one question of the stage.";
    case "extend":
      return `They want ${wrapUp.minutes} more ${wrapUp.minutes === 1 ? "minute" : "minutes"}. Agree, then ask one question of the stage.`;
    case "close":
      return `They said yes to ending: say goodbye in one or two sentences, without a question and without advice. ${
        actions.length > 0
          ? `Name what they take with them: ${actions.slice(-NAMED_NOTES).map(intention).join("; ")}.`
          : "They committed to no action; name none."
      } Their summary follows.`;
  }
}

function drillFacts(brief: Extract<Brief, { kind: "drill" }>): string[] {
  const facts = [`- The user was asked to ${taskFact(brief.sentence, brief.task)}.`, ...taskFacts(brief)];
  if (brief.outcome === "read_well" && !brief.pair && !brief.pace && !brief.prosody)
    facts.push("- Every word was read correctly.");
  if (brief.outcome === "slipped") facts.push(...slipFacts(brief));
  if (brief.outcome === "not_heard") facts.push(...missedFacts(brief));
  if (brief.progress?.finished)
    facts.push(
      "- That was the last exercise of the round: say so, praise the effort, and ask for nothing more.",
    );
  if (brief.outcome === "command" && brief.command) facts.push(`- ${drillCommands[brief.command]}`);
  facts.push(...deliveryFacts(brief.delivery));
  if (brief.next !== undefined) facts.push(`- ${askFor(brief.next, brief.nextTask)}`);
  return facts;
}

/** [DR17] */
const obstacles: Readonly<Record<Unjudgeable, string>> = {
  noise: "it is too noisy around them",
  second_voice: "another voice can be heard beside theirs",
  clipping: "they are too loud or too close, so that their voice is cut off",
  too_quiet: "they are too quiet or too far from the microphone",
  reverberation: "the room echoes too much",
};

/** [DR5] */
function missedFacts(brief: Extract<Brief, { kind: "drill" }>): string[] {
  const { missed = 1, next, sentence, unjudgeable } = brief;
  if (unjudgeable !== undefined)
    return [
      `- The reading cannot be judged: ${obstacles[unjudgeable]}. Say so, say no word was wrong, and what to do about it.`,
    ];
  const fact = "- No reading of the sentence was recognised.";
  if (missed < 2 || next === sentence) return [fact];
  return [
    fact,
    next === undefined
      ? "- It was so twice in a row: say that you cannot make their text out and ask for it no more; they may read it, say repeat, or give another."
      : "- It was so twice in a row: say that you skip it.",
  ];
}

/** Writes the task, as "to …". */
function taskFact(sentence: string, task: DrillTask | undefined): string {
  if (task?.kind === "minimal_pairs")
    return `say the word ${quote(sentence)}, of the pair ${task.words.map(quote).join(" and ")}`;
  if (task?.kind === "prosody") return `read aloud, ${prosodyFact(task.target)}: ${quote(sentence)}`;
  if (task?.kind === "pacing") return `read aloud, ${paceFact(task.target)}: ${quote(sentence)}`;
  return `read aloud: ${quote(sentence)}`;
}

const askFor = (sentence: string, task: DrillTask | undefined) =>
  `Ask them to do this now, quoting it word for word: ${taskFact(sentence, task)}`;

function paceFact({ unit, value, tolerance }: PaceTarget): string {
  if (unit === "pause_seconds") return `with a pause of ${value} s (± ${tolerance}) at the dots`;
  const per = unit === "words_per_minute" ? "words a minute" : "syllables a second";
  return `at ${value} (± ${tolerance}) ${per}`;
}

/** Words are told by their places, which the sentence beside it resolves. */
function prosodyFact(target: ProsodyTarget): string {
  switch (target.aspect) {
    case "stress":
      return `with the stress on syllable ${target.stressed + 1} of ${quote(target.syllables.join("-"))}`;
    case "emphasis":
      return "with the weight on the word between the asterisks";
    case "contour":
      return `with a voice that ${target.shape}s at the end`;
    case "pauses":
      return "with a pause at the dots, and nowhere else";
  }
}

function prosodyFacts({ target, verdict, syllable, word, shape, pauses = [] }: ProsodyResult): string[] {
  if (verdict === "unclear")
    return ["- Its melody could not be told: say so, say nothing was wrong, and go on."];
  if (verdict === "as_asked") return ["- It was as asked: say so."];
  const wrong = pauses.find(isWrongPause);
  const heard =
    syllable !== undefined
      ? `the stress was on syllable ${syllable + 1}`
      : word !== undefined
        ? `word ${word + 1} of the sentence had more weight`
        : shape !== undefined
          ? `the voice ended with a ${shape}`
          : `${wrong?.asked ? "no pause" : "a pause that does not belong there"} behind word ${(wrong?.after ?? 0) + 1} of the sentence`;
  return [
    `- Heard instead: ${heard}. Name it in words.`,
    `- Give one thing to try about the ${target.aspect}.`,
  ];
}

/** Writes the result of a word of a pair, of a pace, or of a melody. */
function taskFacts({ pair, pace, prosody, outcome }: Extract<Brief, { kind: "drill" }>): string[] {
  const facts: string[] = [];
  if (pair) {
    const how = pair.clarity === undefined ? "" : `, how clearly from 0 to 1: ${pair.clarity.toFixed(2)}`;
    facts.push(`- Heard: ${quote(pair.heard)}${how}.`);
    if (outcome === "slipped") facts.push(`- Give this to try: ${pair.way}.`);
    if (pair.finished)
      facts.push(`- The pair is done: ${pair.right} of ${pair.said} heard as asked. Say so.`);
  }
  if (pace) {
    const unit = { words_per_minute: "words a minute", syllables_per_second: "syllables a second" } as const;
    const figure = pace.target.unit === "pause_seconds" ? "s of pause" : unit[pace.target.unit];
    facts.push(`- Measured: ${pace.measured} ${figure}, ${pace.verdict.replace("_", " ")}. Name the figure.`);
    if (pace.verdict !== "on_target") facts.push("- Give one thing to try about it.");
  }
  if (prosody) facts.push(...prosodyFacts(prosody));
  return facts;
}

const drillCommands = {
  next: "The user asks for the next sentence.",
  repeat: "The user asks to hear the sentence again.",
  stop: "The user asks to stop.",
} as const;

function slipFacts({ reading, focus, tries }: Extract<Brief, { kind: "drill" }>): string[] {
  const slips = (reading?.words ?? []).filter(isSlip);
  const facts = slips.slice(0, NAMED_SLIPS).map((word) => `- ${slipFact(word)}`);
  if (slips.length > NAMED_SLIPS) facts.push(`- ${slips.length - NAMED_SLIPS} more words went wrong.`);
  const last = reading && endedAfter(reading)?.expected;
  if (last !== undefined)
    facts.push(
      `- The reading ended after ${quote(last)}; the words behind it are no slips. Ask for all of it.`,
    );
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
const intention = ({ text, when }: Intention) =>
  when === undefined ? quote(text) : `${quote(text)} (${quote(when)})`;
