/** Renders `kuku talk`'s output as text. Pure; colour only where asked for, never the only sign of anything. */
import type { DrillWord } from "../../protocol/kuku-events.ts";
import type { WireSession } from "../../protocol/session-config.ts";
import { meterOf } from "../level.ts";
import { verdictText } from "../report/reading-words.ts";
import type { Turns, TurnView } from "../turns.ts";
import { coachingNews, drawCoaching, drawDrill } from "./coaching-drawing.ts";
import { spokenTurns, type TalkResult } from "./outcome.ts";
import type { Talk } from "./talk.ts";
import type { Colour, Paint } from "./terminal.ts";
import type { TalkNews } from "./watch.ts";

const seconds = (ms: number) => `${(ms / 1000).toFixed(2).padStart(6)} s`;

/** A level (dBFS) as a bar `width` characters wide. */
export function drawMeter(level: number, width: number): string {
  const full = Math.round(meterOf(level) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

const signs: Record<DrillWord["verdict"], { sign: string; colour: Colour }> = {
  correct: { sign: "✓", colour: "green" },
  substituted: { sign: "≠", colour: "red" },
  omitted: { sign: "–", colour: "yellow" },
  inserted: { sign: "+", colour: "yellow" },
};

function drawWord(word: DrillWord, colour: Paint): string {
  const { sign, colour: name } = signs[word.verdict];
  if (word.exempt)
    return colour("dim", `${sign} ${word.expected ?? word.heard ?? "…"} (${verdictText(word)})`);
  const text = {
    correct: word.expected ?? "",
    substituted: `${word.expected ?? ""} (heard ${word.heard ? `“${word.heard}”` : "something else"})`,
    omitted: `${word.expected ?? ""} (left out)`,
    inserted: `${word.heard ?? "something"} (added)`,
  }[word.verdict];
  return colour(name, `${sign} ${text}`);
}

/** A reading, word by word. */
export function drawWords(words: readonly DrillWord[], colour: Paint): string {
  return words.map((word) => drawWord(word, colour)).join("  ");
}

function talkingTo(session: WireSession): string {
  return session.type === "realtime" ? `talking to ${session.model}` : "transcribing";
}

/** One line of the running account, or undefined for what is not worth one. */
export function drawNews(news: TalkNews, colour: Paint): string | undefined {
  if (news.type !== "event") return undefined;
  const { event } = news;
  const line = (sign: string, text: string) => `${colour("dim", seconds(news.at))}  ${sign} ${text}`;
  switch (event.type) {
    case "session.created":
      return line("·", talkingTo(event.session));
    case "input_audio_buffer.speech_started":
      return line(colour("cyan", "▶"), "speech started");
    case "input_audio_buffer.speech_stopped":
      return line(colour("cyan", "■"), "speech stopped");
    case "conversation.item.input_audio_transcription.completed":
      return line("“", event.transcript === "" ? "(heard, but not which words)" : event.transcript);
    case "response.created":
      return line(colour("green", "▷"), "reply begun");
    case "response.output_audio_transcript.done":
      return line(" ", event.transcript.trim());
    case "response.done":
      return line(colour("green", "□"), `reply ${event.response.status ?? "done"}`);
    case "error":
      return line(colour("red", "!"), event.error.message);
    default: {
      const text = coachingNews(event);
      return text === undefined ? undefined : line("·", text);
    }
  }
}

/** The line that is redrawn while the recording is spoken; of long words only the end, so that it stays one line. */
export function drawLive(
  level: number,
  recordingMs: number,
  turns: Turns,
  colour: Paint,
  columns = 80,
): string {
  const room = Math.max(0, columns - 40);
  const text = turns.turns.at(-1)?.utterance?.text ?? "";
  const said = text.length > room ? `…${text.slice(text.length - room + 1)}` : text;
  return `${colour("dim", seconds(recordingMs))}  ${colour("cyan", drawMeter(level, 24))}  ${said}`;
}

function bar(from: number, to: number, total: number, width: number): string {
  const at = (ms: number) => Math.max(0, Math.min(width, Math.round((ms / total) * width)));
  const start = Math.min(at(from), width - 1);
  return " ".repeat(start) + "█".repeat(Math.max(1, at(to) - start));
}

/** A timeline with one line a speaker, as a listener would have heard it. */
function drawTimeline(talk: Talk, colour: Paint, width = 60): string {
  const spoken = spokenTurns(talk.turns).filter((turn: TurnView) => turn.reply?.firstAudioAt !== undefined);
  const reply = spoken.at(-1)?.reply;
  const begun = reply?.firstAudioAt ?? talk.recordingMs;
  const end = reply ? begun + talk.result.reply_audio_ms : talk.recordingMs;
  const total = Math.max(end, talk.recordingMs);
  const lines = [`  you    ${colour("cyan", bar(0, talk.recordingMs / talk.result.speed, total, width))}`];
  if (reply) lines.push(`  coach  ${colour("green", bar(begun, end, total, width))}`);
  lines.push(colour("dim", `         0 s${" ".repeat(Math.max(1, width - 10))}${seconds(total).trim()}`));
  return lines.join("\n");
}

function drawLatency(result: TalkResult): string[] {
  const lines: string[] = [];
  if (result.latency_ms !== undefined)
    lines.push(`end of speech → first reply audio: ${result.latency_ms} ms (turn-taking's silence included)`);
  const names = {
    endpoint_ms: "turn ended",
    transcript_ms: "transcript",
    first_token_ms: "first word",
    first_sentence_ms: "first sentence",
    first_audio_ms: "first audio",
  } as const;
  const parts = Object.entries(names).flatMap(([key, name]) => {
    const ms = result.server_latency?.[key as keyof typeof names];
    return ms === undefined ? [] : [`${name} ${Math.round(ms)}`];
  });
  if (parts.length > 0) lines.push(`on the server, ms after speech stopped: ${parts.join(" · ")}`);
  return lines;
}

/** The account at the end. */
export function drawResult(talk: Talk, colour: Paint, language = "en"): string {
  const { result } = talk;
  const lines = [""];
  if (result.turns > 0) lines.push(drawTimeline(talk, colour), "");
  if (result.words && result.words.length > 0) {
    const share = result.accuracy === undefined ? "" : ` — ${Math.round(result.accuracy * 100)} % right`;
    lines.push(
      `${colour("bold", result.task?.kind === "minimal_pairs" ? "Word" : "Reading")}${share}`,
      `  ${drawWords(result.words, colour)}`,
    );
    lines.push(...drawDrill(result), "");
  } else if (result.turns > 0) {
    const said = result.transcript === "" ? "(heard, but not which words)" : result.transcript;
    lines.push(`${colour("bold", "You")}    ${said}`, ...drawDrill(result));
  }
  if (result.reply !== "") lines.push(`${colour("bold", "Coach")}  ${result.reply}`, "");
  lines.push(...drawCoaching(result, language, colour));
  lines.push(...drawLatency(result).map((line) => colour("dim", line)));
  if (result.error) lines.push(colour("red", `✗ ${result.error.message}`));
  return lines.join("\n");
}
