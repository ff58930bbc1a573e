/** The conversation, and what a screen reader is told of a turn that is over. */
import type { ReplyView, Turns, TurnView, UtteranceView } from "../../src/client/turns.ts";
import type { CoachDrill } from "../../src/protocol/kuku-events.ts";
import { t } from "../messages/index.ts";
import { scoreText, verdictText } from "./words.ts";

interface Bubble {
  readonly who: "you" | "coach";
  readonly text: string;
  /** `live`: still being recognised; `unclear`: no words to show. */
  readonly look: "plain" | "live" | "unclear";
}

function yourBubble(utterance: UtteranceView): Bubble | undefined {
  const settled = utterance.state === "transcribed" || utterance.state === "failed";
  if (!settled)
    return utterance.text === "" ? undefined : { who: "you", text: `${utterance.text} …`, look: "live" };
  if (utterance.understood && utterance.text !== "")
    return { who: "you", text: utterance.text, look: "plain" };
  return { who: "you", text: t.talk.unclear, look: "unclear" };
}

function coachBubble(reply: ReplyView): Bubble | undefined {
  if (reply.status === "failed")
    return { who: "coach", text: reply.error ?? t.talk.noAnswer, look: "unclear" };
  return reply.text === "" ? undefined : { who: "coach", text: reply.text, look: "plain" };
}

function bubblesOf({ utterance, reply }: TurnView): Bubble[] {
  // A reading is shown word by word already.
  const yours = utterance && !utterance.drill?.words ? yourBubble(utterance) : undefined;
  return [yours, reply && coachBubble(reply)].filter((it) => it !== undefined);
}

/** `drill`: of its conversation only the present turn stays in sight, since it is about the sentence. */
export function Conversation({ turns, drill, language }: { turns: Turns; drill: boolean; language: string }) {
  const shown = drill ? turns.turns.slice(-1) : turns.turns;
  return (
    <ol id="log" aria-label={t.talk.conversation} data-grows={drill ? undefined : ""}>
      {shown.flatMap(bubblesOf).map(({ who, text, look }, index) => (
        // Bubbles are only ever added.
        <li key={index} class={`${who} ${look}`}>
          <span class="who">{who === "you" ? t.talk.you : t.talk.coach}</span>
          <span lang={look === "unclear" ? undefined : language}>{text}</span>
        </li>
      ))}
    </ol>
  );
}

function spoken(drill: CoachDrill): string {
  const slips = (drill.words ?? [])
    .filter((word) => word.verdict !== "correct")
    .map((word) => `${word.expected ?? word.heard ?? ""}: ${verdictText(word)}`)
    .join(", ");
  const told = scoreText(drill);
  if (drill.pair) return told;
  return [slips === "" ? "" : `${slips}.`, told].join(" ").trim();
}

/** The last turn that is over, for screen readers: each is told once. */
export function Announcement({ turns }: { turns: Turns }) {
  const last = turns.turns.findLast((turn) => turn.reply?.doneAt !== undefined);
  const { drill } = last?.utterance ?? {};
  const text = last?.reply ? `${drill?.words ? `${spoken(drill)} ` : ""}Kuku: ${last.reply.text}` : "";
  return (
    <p id="announce" class="unseen" aria-live="polite">
      {text}
    </p>
  );
}
