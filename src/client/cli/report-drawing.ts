/** Renders the output of `kuku report` and `kuku sessions` as text. Pure. */
import { bandName, figures, formatFigure, formatLength, formatTime } from "../report/figures.ts";
import type { KeptSession, SessionView, UtteranceView } from "../report/kept.ts";
import { isSlip, verdictText } from "../report/reading-words.ts";
import { type Paint, plain } from "./terminal.ts";

const bandColours = { good: "green", fair: "yellow", low: "red", high: "red" } as const;

/** A session as it is kept: the report, the figures, what was read. */
export function drawKept(kept: KeptSession, colour: Paint): string {
  const { session, report, delivery } = kept;
  const facts = [
    formatTime(session.createdAt),
    session.endedAt && formatLength(Date.parse(session.endedAt) - Date.parse(session.createdAt)),
    session.persona,
    `${session.messageCount} messages`,
  ].filter(Boolean);
  const none = session.status === "active" ? "(the session has not ended yet)" : "(there is no report)";
  const lines = [
    colour("dim", `${session.sessionId}  ${facts.join(" · ")}`),
    "",
    report ? plain(report.text) : colour("dim", none),
  ];
  const table = drawTable(delivery.session, colour);
  lines.push("", colour("bold", "HOW YOU SPOKE:"), ...(table.length > 0 ? table : ["(nothing was spoken)"]));
  const read = delivery.utterances.flatMap((utterance) => drawReading(utterance, colour));
  if (read.length > 0) lines.push("", colour("bold", "READ ALOUD:"), ...read);
  return lines.join("\n");
}

function drawTable({ metrics, judgements }: KeptSession["delivery"]["session"], colour: Paint): string[] {
  const rows = figures.flatMap((figure) => {
    const value = metrics[figure.name];
    if (value === undefined) return [];
    const judged = judgements[figure.name];
    return [{ figure, value: formatFigure(figure, value), judged }];
  });
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const label = widest(rows.map(({ figure }) => figure.label));
  const number = widest(rows.map(({ value }) => value));
  const unit = widest(rows.map(({ figure }) => figure.unit));
  return rows.map(({ figure, value, judged }) => {
    const start = `  ${figure.label.padEnd(label)}  ${value.padStart(number)} ${figure.unit.padEnd(unit)}`;
    if (!judged) return start.trimEnd();
    const band = colour(bandColours[judged.band], bandName(figure, judged.band));
    return `${start}  ${band} ${colour("dim", `(${judged.source})`)}`;
  });
}

function drawReading({ contour }: UtteranceView, colour: Paint): string[] {
  const { reading } = contour ?? {};
  if (!reading) return [];
  const wrong = reading.words.filter(isSlip);
  const share = `${Math.round(reading.accuracy * 100)} %`.padStart(5);
  const slips = wrong.map(
    (word) => `${plain(word.expected ?? word.heard ?? "…")}: ${plain(verdictText(word))}`,
  );
  return [
    `  ${colour(wrong.length === 0 ? "green" : "yellow", share)}  ${plain(reading.text)}`,
    ...slips.map((slip) => `         ${slip}`),
  ];
}

/** The list of sessions, one a line. */
export function drawSessions(sessions: readonly SessionView[], colour: Paint): string {
  if (sessions.length === 0) return "(no sessions yet)";
  return sessions
    .map(({ sessionId, createdAt, persona, messageCount, status }) => {
      const end = status === "active" ? colour("yellow", "  open") : "";
      return `${sessionId}  ${formatTime(createdAt).padEnd(18)}  ${plain(persona).padEnd(12)}  ${String(messageCount).padStart(3)} messages${end}`;
    })
    .join("\n");
}
