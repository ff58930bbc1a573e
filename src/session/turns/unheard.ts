/** Rule [RS5]: what a client that comes back from another node has not heard of replies that ended there. Pure. */
import { durationMs } from "../../pipeline/audio/pcm.ts";
import type { SampleRate } from "../../ports/audio.ts";
import type { AudioPosition } from "../outbound/replay-buffer.ts";
import { brokenOffItem } from "../outbound/wire.ts";
import { heardText } from "../replies/spoken-text.ts";
import type { Entry } from "./state.ts";

type CoachEntry = Extract<Entry, { kind: "spoken_by_coach" }>;
type OwedEntry = CoachEntry & { readonly responseNumber: number };

/** A conversation cut to what was heard of it; its items are the same, in the same order. */
interface HeardConversation {
  readonly entries: readonly Entry[];
  /** Words said behind that, to be said again; empty: none. */
  readonly unheard: string;
}

/**
 * Cuts the replies behind the user's last words to what a client has heard of them. `from`: the next reply audio it
 * needs, `rate` samples a second; undefined: it has had none. An item that nothing was heard of stays, without words:
 * clients were told of it, and that it is stored.
 */
export function cutToHeard(
  entries: readonly Entry[],
  from: AudioPosition | undefined,
  rate: SampleRate,
): HeardConversation {
  const since = lastWordsIndex(entries);
  const unheard: string[] = [];
  const cut = entries.map((entry, index) => {
    if (index < since || !isOwed(entry)) return entry;
    const { heard, rest } = cutEntry(entry, heardMsOf(entry, from, rate));
    if (rest !== "") unheard.push(rest);
    return heard;
  });
  return { entries: cut, unheard: unheard.join(" ") };
}

/** Marks the replies behind the user's last words as known to the client that is there now. */
export function settleReplies(entries: readonly Entry[]): readonly Entry[] {
  const since = lastWordsIndex(entries);
  if (!entries.slice(since).some(isOwed)) return entries;
  return entries.map((entry, index) => (index >= since && isOwed(entry) ? settleReply(entry) : entry));
}

/** Marks a reply as one of which nothing is to be said again. */
export function settleReply({ responseNumber: _, ...entry }: CoachEntry): CoachEntry {
  return entry;
}

/** The index behind the user's last item. */
function lastWordsIndex(entries: readonly Entry[]): number {
  const isUsers = ({ kind, item }: Entry) =>
    kind === "spoken_by_user" || (item.type === "message" && item.role === "user");
  return entries.findLastIndex(isUsers) + 1;
}

function isOwed(entry: Entry): entry is OwedEntry {
  return entry.kind === "spoken_by_coach" && entry.responseNumber !== undefined;
}

function heardMsOf(
  { responseNumber, audioMs }: OwedEntry,
  from: AudioPosition | undefined,
  rate: SampleRate,
) {
  if (!from || from.responseNumber < responseNumber) return 0;
  return from.responseNumber > responseNumber ? audioMs : durationMs(from.sample, rate);
}

/** Cuts an entry to what was heard of it; `rest`: the words behind that, empty where there are none. */
function cutEntry(entry: OwedEntry, heardMs: number): { readonly heard: Entry; readonly rest: string } {
  const heard = heardText(entry.spoken, heardMs);
  const whole = entry.spoken.map(({ text }) => text).join("");
  const rest = whole.slice(heard.length).trim();
  if (rest === "") return { heard: entry, rest };
  return {
    heard: { ...settleReply(entry), item: brokenOffItem(entry.item.id, heard), audioMs: heardMs },
    rest,
  };
}
