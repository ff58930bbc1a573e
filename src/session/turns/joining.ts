/** Rules [RS4] and [RS5]: a socket comes to a session that has a past. Part of `transition`. */
import { sampleRate } from "../../protocol/audio-format.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import { describeSession } from "../configuration/transcription-config.ts";
import type { SessionEvent } from "../events.ts";
import { brokenOffItem } from "../outbound/wire.ts";
import type { Remainder } from "../persistence/snapshot.ts";
import { configureEars } from "./configure-ears.ts";
import { addEntry, sendItem } from "./conversation.ts";
import { greetingGraceMs } from "./lifecycle.ts";
import { sendMutedError } from "./quota.ts";
import { armUserSilence, requestReply } from "./reply-rules.ts";
import type { StepContext } from "./step-context.ts";
import { patch, send } from "./step-context.ts";
import { cutToHeard, settleReplies } from "./unheard.ts";

type Joined = Extract<SessionEvent, { type: "joined" }>;

/**
 * [RS4] A socket comes to a session that has a past: it is told all of it, the reply under way included, and what was
 * not heard of the last replies.
 */
export function join(context: StepContext, event: Joined): void {
  const { extended } = event;
  const { playback: _, ...known } = context.state;
  const { config, resume, persona } = known;
  // What another client said of its speaker does not hold for this one's.
  context.state = known;
  const unheard = takeUnheard(context, event);
  patch(context, {
    attached: true,
    beta: false,
    extended,
    config: extended ? withTranscripts(config, context.env) : config,
  });
  send(context, { type: "session.created", session: describeSession(context.state) });
  if (resume) send(context, { type: "kuku.resumable", ...resume });
  configureEars(context);
  sendItems(context);
  const { reply } = context.state;
  if (reply.type !== "none") context.effects.push({ type: "retell_reply", replyId: reply.replyId });
  if (context.state.muted) sendMutedError(context);
  if (event.owed || unheard !== "") resumeReply(context, unheard, event.owed);
  else if (context.state.greeting === "pending" && extended && persona.greets)
    context.effects.push({ type: "arm", timer: "greeting", ms: greetingGraceMs });
  else if (event.activated) goOn(context);
}

/**
 * Continues what the node before had begun with the end of its last reply: the session's end, or the wait for the
 * user.
 */
function goOn(context: StepContext): void {
  const { reply, ending } = context.state;
  if (reply.type !== "none") return;
  if (ending) context.effects.push({ type: "make_report", closeMs: 0 });
  else armUserSilence(context, 0);
}

/** [RS5] Cuts the last replies to what a client that comes back has heard; returns the rest of their words. */
function takeUnheard(context: StepContext, { received }: Joined): string {
  const { entries, config, reply } = context.state;
  const rate = sampleRate(config.audio.output.format);
  const cut =
    received && reply.type === "none"
      ? cutToHeard(entries, received.audioFrom, rate)
      : { entries, unheard: "" };
  patch(context, { entries: settleReplies(cut.entries) });
  return cut.unheard;
}

function sendItems(context: StepContext): void {
  const { entries } = context.state;
  for (const [index, { item }] of entries.entries()) {
    const previous_item_id = entries[index - 1]?.item.id ?? null;
    // The words of a reply under way are told with it.
    if (item.status === "in_progress")
      send(context, { type: "conversation.item.added", previous_item_id, item });
    else sendItem(context, item, previous_item_id);
  }
}

/** [S2] Our own clients see what was recognised, as in a session that begins with them. */
function withTranscripts(config: SessionConfig, { capabilities }: StepContext["env"]): SessionConfig {
  const { input } = config.audio;
  const transcription = input.transcription ?? { model: capabilities.transcriber };
  return { ...config, audio: { ...config.audio, input: { ...input, transcription } } };
}

/** [RS5] Replies that were not heard to their end go on behind what was heard: as one that ends with `owed`. */
function resumeReply(context: StepContext, unheard: string, owed: Remainder | undefined): void {
  if (context.state.reply.type !== "none") return;
  const { heard, text = "", replyOwed = false } = owed ?? {};
  if (heard) addEntry(context, { kind: "plain", item: brokenOffItem(heard.itemId, heard.text) });
  const rest = `${unheard} ${text}`.trim();
  if (rest !== "") requestReply(context, {}, undefined, rest);
  else if (!heard || replyOwed) requestReply(context, {});
  if (rest === "") return;
  // The turn whose reply had not begun is answered behind the rest of the one before.
  const notBegun = owed && !heard && text === "";
  if (replyOwed || notBegun) patch(context, { replyOwed: true });
}
