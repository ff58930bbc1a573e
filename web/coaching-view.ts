/** Draws what the coach does beside talking: the stage, the question whether to end, where to find help, the report. */
import { careTexts, linesElsewhere } from "../src/client/care-words.ts";
import type { Coaching } from "../src/client/coaching.ts";
import { reportParts } from "../src/client/report/report-text.ts";
import type { CoachCare, CoachReport } from "../src/protocol/kuku-events.ts";
import { element, setText } from "./elements.ts";

const stages = element("stages", HTMLElement);
const wrapUp = element("wrap-up", HTMLElement);
const care = element("care", HTMLElement);
const report = element("report", HTMLElement);

/** Answers that the wrap-up question's buttons send, by the language's first part. */
const answers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  en: { yes: "Yes.", no: "Not yet.", more: "Five more minutes, please." },
  fr: { yes: "Oui.", no: "Pas encore.", more: "Encore cinq minutes." },
};

export interface CoachingCalls {
  /** The user answers, in words of the conversation's language. */
  onAnswer(words: string): void;
}

/** The state around the coaching view. */
export interface CoachingSetting {
  readonly flow: "coaching" | "drill" | "interview" | "rehearsal";
  /** BCP 47. */
  readonly language: string;
  /** The server's id of the session; undefined before it has begun. */
  readonly sessionId: string | undefined;
  readonly live: boolean;
}

/** Listens to the buttons. */
export function watchCoaching(calls: CoachingCalls, language: () => string): void {
  wrapUp.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const words = answers[language().split("-")[0] ?? ""] ?? answers.en;
    const said = words?.[button?.value ?? ""];
    if (said === undefined) return;
    // Until the coach has understood it; a second answer would be another turn.
    for (const each of wrapUp.querySelectorAll("button")) each.disabled = true;
    calls.onAnswer(said);
  });
}

function drawStage({ stage = "topic" }: Coaching, shown: boolean): void {
  stages.hidden = !shown;
  for (const item of stages.querySelectorAll<HTMLElement>("li")) {
    if (item.dataset.stage === stage) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
}

function drawWrapUp(asks: boolean, { flow }: CoachingSetting): void {
  const isNew = asks && wrapUp.hidden;
  wrapUp.hidden = !asks;
  // Only a conversation has a time that can be added to.
  element("more-time", HTMLElement).hidden = flow !== "coaching";
  if (!isNew) return;
  for (const each of wrapUp.querySelectorAll("button")) each.disabled = false;
  wrapUp.scrollIntoView({ block: "nearest" });
}

/** A number that a telephone can be given by touching it. */
function telephone(number: string): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = `tel:${number.replaceAll(" ", "")}`;
  link.textContent = number;
  return link;
}

let drawnCare: CoachCare | undefined;

function drawCare(told: CoachCare | undefined, language: string): void {
  if (told === drawnCare) return;
  drawnCare = told;
  care.hidden = !told;
  if (!told) return;
  const texts = careTexts(language);
  care.lang = language;
  setText(element("care-heading", HTMLElement), texts.heading);
  const paragraph = (...parts: (string | Node)[]) => {
    const p = document.createElement("p");
    p.append(...parts);
    return p;
  };
  const elsewhere = document.createElement("a");
  Object.assign(elsewhere, { href: linesElsewhere, target: "_blank", rel: "noopener noreferrer" });
  elsewhere.textContent = `${texts.elsewhere} (${new URL(linesElsewhere).host})`;
  element("care-text", HTMLElement).replaceChildren(
    paragraph(texts.human),
    ...(told.line ? [paragraph(`${texts.call(told.line.name)} `, telephone(told.line.number))] : []),
    told.emergency === undefined
      ? paragraph(texts.danger(false))
      : paragraph(`${texts.danger(true)} `, telephone(told.emergency)),
    paragraph(elsewhere),
  );
  care.scrollIntoView({ block: "nearest" });
}

let drawnReport: CoachReport | undefined;

function drawReport(told: CoachReport | undefined, { language, sessionId }: CoachingSetting): void {
  if (told === drawnReport) return;
  drawnReport = told;
  report.hidden = !told;
  if (!told) return;
  const parts = reportParts(told.text).flatMap(({ heading, kind, lines }) => {
    const list = document.createElement(kind === "numbers" ? "ol" : kind === "bullets" ? "ul" : "p");
    if (kind === "text") list.textContent = lines.join(" ");
    else
      list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    if (heading === "") return [list];
    return [Object.assign(document.createElement("h3"), { textContent: heading }), list];
  });
  const text = element("report-text", HTMLElement);
  text.lang = language;
  text.replaceChildren(...parts);
  const link = element("report-link", HTMLAnchorElement);
  link.href = reportAddress(sessionId ?? "");
  element("report-heading", HTMLElement).focus();
  report.scrollIntoView({ block: "start" });
}

/** The page of a session's report. */
export function reportAddress(sessionId: string): string {
  return `/report.html?session=${encodeURIComponent(sessionId)}`;
}

/** Draws all of it. */
export function drawCoaching(coaching: Coaching, setting: CoachingSetting): void {
  const { flow, live, language } = setting;
  drawStage(coaching, flow === "coaching" && live);
  drawWrapUp(live && coaching.wrapUp === "proposed", setting);
  drawCare(coaching.care, language);
  drawReport(coaching.report, setting);
}

element("care-hide", HTMLElement).addEventListener("click", () => {
  care.hidden = true;
});
