/** One coachee talks with the flow and a reply model, from the greeting to the end; every reply is checked. */
import { advanceCoach, applyAssessment, type CoachState, greet, openCoach } from "../../src/coach/coach.ts";
import { plainWords } from "../../src/coach/nlu/patterns.ts";
import type { Persona } from "../../src/coach/personas/personas.ts";
import { reportByRules } from "../../src/coach/report/rule-report.ts";
import type { Brief } from "../../src/ports/brief.ts";
import type { Prompt, PromptItem } from "../../src/ports/prompt.ts";
import type { ReplyModel } from "../../src/ports/reply-model.ts";
import type { Transcript } from "../../src/ports/transcriber.ts";
import { requestAssessment } from "../../src/session/replies/background-requests.ts";
import { type CheckName, checkReply } from "./checks.ts";
import type { Coachee, Outcome, Told } from "./coachees.ts";

export interface Result {
  readonly coachee: string;
  readonly replies: number;
  /** Of each check: how often it applied, and how often it held. */
  readonly checks: ReadonlyMap<CheckName, { readonly applied: number; readonly held: number }>;
  /** Replies that failed a check, with it. */
  readonly failures: readonly { readonly check: CheckName; readonly text: string }[];
  /** Goals of the coachee that were missed; of a script alone. */
  readonly missed: readonly string[];
  /** Actions in the report. */
  readonly actions: number;
}

export interface ConverseOptions {
  readonly persona: Persona;
  readonly model: ReplyModel;
  /** Plays the coachee in place of the script. */
  readonly player?: ReplyModel | undefined;
  /** What a recogniser makes of what is said; left out: words are typed. Scripts alone. */
  readonly hears?: (said: string, language: string) => Transcript;
  /** Rounds at most. */
  readonly rounds: number;
  readonly signal: AbortSignal;
}

/** @throws StageError where a model fails */
export async function converse(coachee: Coachee, options: ConverseOptions): Promise<Result> {
  const { persona, model, player, signal } = options;
  const language = coachee.language ?? persona.language;
  let state: CoachState = openCoach(persona, { language });
  let brief: Brief = greet(state).brief;
  const items: PromptItem[] = [];
  /** The same with what was really said, which replies are judged by. */
  const truth: PromptItem[] = [];
  const tally = new Map<CheckName, { applied: number; held: number }>();
  const failures: Result["failures"][number][] = [];
  let replies = 0;
  const reply = async (told?: Told) => {
    const text = await answer(model, promptOf(persona, brief, items, language), signal);
    replies += 1;
    for (const [check, holds] of checkReply({ text, brief, items: truth, language, told })) {
      const { applied, held } = tally.get(check) ?? { applied: 0, held: 0 };
      tally.set(check, { applied: applied + 1, held: held + (holds ? 1 : 0) });
      if (!holds) failures.push({ check, text });
    }
    items.push({ role: "assistant", text });
    truth.push({ role: "assistant", text });
    return text;
  };

  let said = await reply();
  let ended = false;
  let rounds = 0;
  let line = 0;
  while (rounds < options.rounds && !ended) {
    const answered = options.hears && answerToDoubt(brief, truth);
    if (!answered) line += 1;
    const words = player
      ? await play(player, coachee, items, language, signal)
      : (answered?.says ?? coachee.line(line, said));
    if (words === undefined) break;
    rounds += 1;
    const turn =
      options.hears && !answered?.surely ? { transcript: options.hears(words, language) } : { text: words };
    const step = advanceCoach(state, { ...turn, itemId: `item_${rounds}` });
    items.push({ role: "user", text: turn.text ?? turn.transcript?.text ?? "" });
    truth.push({ role: "user", text: words });
    ({ state, brief } = step);
    ended = step.ends === true;
    said = await reply(options.hears ? undefined : coachee.toldBy?.(words));
    if (model.answersJson && step.stage) {
      const assessment = await requestAssessment(state, items, { model, signal });
      if (assessment) state = applyAssessment(state, assessment, { round: step.stage.round });
    }
  }
  const outcome: Outcome = { ended, rounds, state, report: reportByRules(state, items) };
  // A model plays freely: what must come of a script need not come of that.
  const goals = player ? [] : Object.entries(options.hears ? goalsAloud(truth) : coachee.goals);
  const missed = goals.filter(([, holds]) => !holds(outcome)).map(([name]) => name);
  return {
    coachee: coachee.name,
    replies,
    checks: tally,
    failures,
    missed,
    actions: outcome.report.actions.length,
  };
}

/** "Did you say …?" is answered truly; what was misheard is typed. Yes and no alone are heard surely, as commands are. */
function answerToDoubt(
  brief: Brief,
  truth: readonly PromptItem[],
): { says: string; surely: true } | undefined {
  if (brief.kind !== "coaching" || !brief.confirm) return undefined;
  const lines = truth.flatMap((item) => (item.role === "user" ? [item.text] : []));
  if (brief.confirm.do === "say_again") return { says: lines.at(-2) ?? "", surely: true };
  const right = plainWords(lines.at(-1) ?? "").includes(plainWords(brief.confirm.words));
  return { says: right ? "Yes." : "No.", surely: true };
}

/** What must hold of a conversation that was misheard in part, whoever spoke. */
function goalsAloud(truth: readonly PromptItem[]): Coachee["goals"] {
  const said = truth.flatMap((item) => (item.role === "user" ? [plainWords(item.text)] : []));
  const wasSaid = (text: string) => said.some((line) => line.includes(plainWords(text)));
  return {
    ends: ({ ended }) => ended,
    "no action that was not said": ({ report }) => report.actions.every(({ text }) => wasSaid(text)),
    "no quote that was not said": ({ report }) => report.quotes.every(wasSaid),
  };
}

function promptOf(persona: Persona, brief: Brief, items: readonly PromptItem[], language: string): Prompt {
  return { instructions: persona.instructions, items, brief, language, tools: [], toolChoice: "none" };
}

async function answer(model: ReplyModel, prompt: Prompt, signal: AbortSignal): Promise<string> {
  // As in a session: no model is asked.
  if (prompt.brief.kind === "care") return prompt.brief.says;
  let text = "";
  for await (const delta of model.reply(prompt, { signal })) if (delta.type === "text") text += delta.delta;
  return text.trim();
}

/** The other side of the same conversation. */
function play(
  player: ReplyModel,
  { part }: Coachee,
  items: readonly PromptItem[],
  language: string,
  signal: AbortSignal,
): Promise<string> {
  const instructions = `You play a person who is being coached, in a test. ${part} Stay in the part. Answer the coach's last words in one to three spoken sentences, and with nothing else. When the coach asks whether to end and you have nothing more to say, say yes.`;
  const turned = items.flatMap((item): PromptItem[] =>
    item.role === "assistant"
      ? [{ role: "user", text: item.text }]
      : item.role === "user"
        ? [{ role: "assistant", text: item.text }]
        : [],
  );
  const prompt: Prompt = {
    instructions,
    items: turned,
    brief: { kind: "plain" },
    language,
    tools: [],
    toolChoice: "none",
  };
  return answer(player, prompt, signal);
}
