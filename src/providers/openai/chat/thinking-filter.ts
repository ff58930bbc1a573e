/** Models that think aloud first: `<think>…</think>` at the start of a reply is not for the listener. Pure. */

const OPEN = "<think>";
const CLOSE = "</think>";

export interface ThinkingFilter {
  /** Returns the text that may be spoken now. */
  take(delta: string): string;
  /** Returns the text that was held back to the end and is no thinking after all. */
  end(): string;
}

/** Takes a reply delta by delta and leaves out a leading block of thinking; deltas may cut its marks anywhere. */
export function thinkingFilter(): ThinkingFilter {
  let phase: "start" | "thinking" | "thought" | "speaking" = "start";
  let held = "";
  const speak = (text: string) => {
    phase = "speaking";
    held = "";
    return text;
  };
  const take = (delta: string): string => {
    if (phase === "speaking" || delta === "") return delta;
    held += delta;
    if (phase === "start") {
      const begun = held.trimStart();
      if (begun.length < OPEN.length && OPEN.startsWith(begun)) return "";
      if (!begun.startsWith(OPEN)) return speak(held);
      phase = "thinking";
      held = begun.slice(OPEN.length);
    }
    if (phase === "thinking") {
      const end = held.indexOf(CLOSE);
      // Of the thinking itself, only what may be the beginning of its end has to be kept.
      held = end < 0 ? held.slice(1 - CLOSE.length) : held.slice(end + CLOSE.length);
      if (end >= 0) phase = "thought";
    }
    if (phase !== "thought") return "";
    held = held.trimStart();
    return held === "" ? "" : speak(held);
  };
  return { take, end: () => (phase === "start" ? speak(held) : "") };
}
