/** The conversation, and what a screen reader is told of a turn that is over. */
import { Fragment } from "preact";
import type { ReplyView, Turns, UtteranceView } from "../../src/client/turns.ts";
import type { CoachDrill } from "../../src/protocol/kuku-events.ts";
import { t } from "../messages/index.ts";
import { useModel } from "./use-model.ts";
import { scoreText, verdictText } from "./words.ts";
import { YourWords } from "./your-words.tsx";

function You({ utterance, drill }: { utterance: UtteranceView; drill: boolean }) {
  const { phase, language } = useModel().state;
  const settled = utterance.state === "transcribed" || utterance.state === "failed";
  const isClear = utterance.understood && utterance.text !== "";
  if (!settled && utterance.text === "") return null;
  // Typed items have no sound that could have been heard wrongly.
  const correctable =
    phase === "live" && !drill && utterance.state === "transcribed" && utterance.committedAt !== undefined;
  return (
    <li class={`you ${settled ? (isClear ? "plain" : "unclear") : "live"}`}>
      <span class="who">{t.talk.you}</span>
      {settled ? (
        <YourWords utterance={utterance} correctable={correctable} />
      ) : (
        <span lang={language}>{utterance.text} …</span>
      )}
    </li>
  );
}

function Coach({ reply: { status, text, error } }: { reply: ReplyView }) {
  const { language, choices } = useModel().state;
  const failed = status === "failed";
  if (!failed && (text === "" || !choices.captions)) return null;
  return (
    <li class={`coach ${failed ? "unclear" : "plain"}`}>
      <span class="who">{t.talk.coach}</span>
      <span lang={failed ? undefined : language}>{failed ? (error ?? t.talk.noAnswer) : text}</span>
    </li>
  );
}

/** `drill`: of its conversation only the present turn stays in sight, since it is about the sentence. */
export function Conversation({ turns, drill }: { turns: Turns; drill: boolean }) {
  const shown = drill ? turns.turns.slice(-1) : turns.turns;
  return (
    <ol id="log" aria-label={t.talk.conversation} data-grows={drill ? undefined : ""}>
      {shown.map(({ utterance, reply }, index) => (
        // Turns are only ever added.
        <Fragment key={utterance?.itemId ?? reply?.responseId ?? index}>
          {
            // A reading is shown word by word already.
            utterance && !utterance.drill?.words && <You utterance={utterance} drill={drill} />
          }
          {reply && <Coach reply={reply} />}
        </Fragment>
      ))}
    </ol>
  );
}

function spoken(drill: CoachDrill): string {
  if (drill.unjudgeable) return t.drill.unjudgeable[drill.unjudgeable];
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
  const text = last?.reply
    ? `${drill?.words || drill?.unjudgeable ? `${spoken(drill)} ` : ""}Kuku: ${last.reply.text}`
    : "";
  return (
    <p id="announce" class="unseen" aria-live="polite">
      {text}
    </p>
  );
}
