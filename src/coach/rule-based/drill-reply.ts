import { endedAfter, isSlip, type ReadWord } from "../../ports/reading.ts";
import { readingCue } from "./delivery-cue.ts";
import { askForTask, drillTaskReply } from "./drill-task-reply.ts";
import type { DrillBrief, Phrases } from "./phrases.ts";
import { soundToTry } from "./sound-tips.ts";
import { join, pick } from "./variants.ts";

/** Slips named in one reply; the rest are counted. */
const namedSlips = 3;
/** A text of more words than this is not read out again. */
const longestEcho = 25;

export function drillReply(brief: DrillBrief, phrases: Phrases): string {
  const { drill } = phrases;
  const turn = brief.round ?? brief.tries ?? 0;
  if (brief.unjudgeable !== undefined) return unheardReply(brief, phrases);
  const ofTask = drillTaskReply(brief, phrases);
  if (ofTask !== undefined) return ofTask;
  switch (brief.outcome) {
    case "read_well": {
      const polish = drill.polish[readingCue(brief.delivery)];
      const on = brief.ownText
        ? pick(drill.ownTextAgain, turn)
        : followedBy(pick(drill.next, turn), brief, phrases);
      return join(pick(drill.praise, turn), polish && pick(polish, turn), on);
    }
    case "slipped": {
      const same = brief.next === brief.sentence;
      const on = same ? drill.again : drill.moveOn;
      const slips = brief.reading?.words.filter(isSlip) ?? [];
      const last = brief.reading && endedAfter(brief.reading)?.expected;
      const attempt = same && brief.focus ? thingToTry(brief.focus, phrases, brief.tries ?? turn) : undefined;
      const ended = last !== undefined && drill.endedAfter(spoken(last));
      return join(namedSlip(slips, phrases), ended, attempt, followedBy(pick(on, turn), brief, phrases));
    }
    case "not_heard":
      return unheardReply(brief, phrases);
    case "command":
      return commandReply(brief, phrases, turn);
  }
}

function commandReply(brief: DrillBrief, phrases: Phrases, turn: number): string {
  const { drill } = phrases;
  if (brief.progress?.finished) return drill.roundOver;
  if (brief.command === "stop" || brief.next === undefined) return pick(drill.commandStop, turn);
  const another = brief.command === "next" && !brief.ownText;
  const lead = pick(another ? drill.commandNext : drill.commandRepeat, turn);
  return `${lead} ${brief.nextTask ? askForTask(brief.nextTask, brief.next, phrases, { turn }) : brief.next}`;
}

/** The lead and the sentence; a long text is only pointed to, and once stopped there is none. */
function followedBy(lead: string, brief: DrillBrief, phrases: Phrases): string {
  if (brief.next === undefined) return withoutNext(brief, phrases);
  const long = brief.next.trim().split(/\s+/).length > longestEcho;
  if (long) return phrases.drill.againLong;
  return `${lead} ${brief.nextTask ? askForTask(brief.nextTask, brief.next, phrases) : brief.next}`;
}

/** What is said in the place of a next sentence: the round is over, or the drill has stopped. */
function withoutNext({ progress }: DrillBrief, { drill }: Phrases): string {
  return progress?.finished ? drill.roundOver : drill.stillStopped;
}

/** "I heard box for fox and log for dog. I didn't hear brown." At most `namedSlips` of them. */
function namedSlip(slips: readonly ReadWord[], { drill, list }: Phrases): string {
  const named = slips.slice(0, namedSlips);
  const swapped = named.filter((word) => word.verdict === "substituted" && spoken(word.heard) !== "");
  const swaps = swapped.map((word, index) =>
    drill.substituted(spoken(word.heard), spoken(word.expected), index === 0),
  );
  const unclear = named.filter((word) => word.verdict === "substituted" && spoken(word.heard) === "");
  const omitted = named.filter((word) => word.verdict === "omitted");
  const inserted = named.filter((word) => word.verdict === "inserted" && spoken(word.heard) !== "");
  const expected = (words: readonly ReadWord[]) => list(words.map((word) => spoken(word.expected)));
  return join(
    swaps.length > 0 && `${list(swaps)}.`,
    unclear.length > 0 && drill.unclear(expected(unclear)),
    omitted.length > 0 && drill.omitted(expected(omitted)),
    inserted.length > 0 && drill.inserted(list(inserted.map((word) => spoken(word.heard)))),
    slips.length > named.length && drill.more(slips.length - named.length),
  );
}

function thingToTry(focus: ReadWord, { drill }: Phrases, tries: number): string {
  const turn = tries - 1;
  if (focus.verdict === "inserted" || focus.expected === undefined) return pick(drill.tryInserted, turn);
  // The sound itself is worth one try; after that, other ways to the same word.
  const sound = turn === 0 ? soundToTry(focus, drill.sounds) : undefined;
  if (sound !== undefined) return drill.trySound(spoken(focus.expected), sound);
  const ways = focus.verdict === "omitted" ? drill.tryOmitted : drill.trySubstituted;
  return pick(ways, turn)(spoken(focus.expected));
}

/** [DR5] Asks for the same sentence again, or for the one in its place. */
function unheardReply(brief: DrillBrief, phrases: Phrases): string {
  const { drill } = phrases;
  if (brief.unjudgeable !== undefined)
    return followedBy(pick(drill.unjudgeable[brief.unjudgeable], (brief.round ?? 1) - 1), brief, phrases);
  const missed = brief.missed ?? 1;
  if (missed > 1 && brief.next === undefined && !brief.progress?.finished) return drill.setAside;
  const skipped = missed > 1 && brief.next !== brief.sentence;
  const lead = skipped ? pick(drill.skipUnheard, brief.round ?? 0) : pick(drill.notHeard, missed - 1);
  return followedBy(lead, brief, phrases);
}

/** A word as it can be named in a sentence: the punctuation around it falls away. */
function spoken(word: string | undefined): string {
  return (word ?? "").replace(/^[\s?!.,;:"«»]+|[\s?!.,;:"«»]+$/g, "").replace(/\s+/g, " ");
}
