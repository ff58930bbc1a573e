/** A session's report page as markup: report, figures, and each utterance as it was spoken. Pure. */
import { drawContour, type PitchScale, pitchScale } from "./contour-chart.ts";
import {
  bandName,
  type FigureName,
  figures,
  figureText,
  formatFigure,
  formatLength,
  formatNumber,
  formatTime,
  shownValue,
} from "./figures.ts";
import type { Figures, Judgements, KeptSession, MessageView, UtteranceView } from "./kept.ts";
import { drawLineChart } from "./line-chart.ts";
import { type Markup, markup } from "./markup.ts";
import { drawReading } from "./reading-words.ts";
import { reportParts } from "./report-text.ts";
import { english, type ReportTexts } from "./texts.ts";

/** Shown under each utterance; all of them are in the table. */
const briefNames: readonly FigureName[] = [
  "wordsPerMinute",
  "syllablesPerSecond",
  "pitchSdSemitones",
  "fillerPercent",
];
const brief = figures.filter(({ name }) => briefNames.includes(name));

/** The body of the page, in the language of `texts`; what was said and written of it is in the session's own. */
export function drawSession(
  { session, messages, delivery, report }: KeptSession,
  texts: ReportTexts = english,
): Markup {
  const { language } = session;
  const pace = drawPace(delivery.utterances, texts);
  const facts = [
    formatTime(session.createdAt, texts.locale),
    session.endedAt && formatLength(Date.parse(session.endedAt) - Date.parse(session.createdAt)),
    // Of those that come along what they are for, of others their id.
    (texts.personas as Readonly<Record<string, string>>)[session.persona] ?? session.persona,
    language,
    texts.messages(session.messageCount),
  ].filter(Boolean);
  return markup`<article class="kept">
<header class="top"><h1>${texts.heading}</h1><p class="quiet">${facts.join(" · ")}</p></header>
${drawReport(report, session.status, language, texts)}
<section><h2>${texts.how}</h2>${drawFigures(delivery.session.metrics, delivery.session.judgements, texts)}</section>
${pace && markup`<section><h2>${texts.paceOverTime}</h2><div class="card">${pace}</div></section>`}
<section><h2>${texts.said}</h2>${drawTalk(messages, delivery.utterances, language, texts)}</section>
<footer class="quiet"><p>${texts.notes}</p><p>${texts.session(session.sessionId)}</p></footer>
</article>`;
}

function drawReport(
  report: KeptSession["report"],
  status: string,
  language: string,
  texts: ReportTexts,
): Markup {
  if (!report) {
    const why = status === "active" ? texts.notEnded : texts.noReport;
    return markup`<section><h2>${texts.report}</h2><p class="quiet">${why}</p></section>`;
  }
  const parts = reportParts(report.text).map(({ heading, kind, lines }) => {
    const items = lines.map((line) => markup`<li>${line}</li>`);
    const body = {
      bullets: () => markup`<ul>${items}</ul>`,
      numbers: () => markup`<ol>${items}</ol>`,
      text: () => markup`<p>${lines.join(" ")}</p>`,
    }[kind]();
    return markup`${heading !== "" && markup`<h3>${heading}</h3>`}${body}`;
  });
  return markup`<section><h2>${texts.report}</h2><div class="card" lang="${language}">${parts}</div></section>`;
}

/** All figures in one table, each with the rule it is judged by. */
function drawFigures(metrics: Figures, judgements: Judgements, texts: ReportTexts): Markup {
  const known = figures.filter(({ name }) => metrics[name] !== undefined);
  if (known.length === 0) return markup`<p class="quiet">${texts.nothingSpoken}</p>`;
  return markup`<div class="card"><table class="figures">
<thead><tr><th scope="col">${texts.figure}</th><th scope="col" class="value">${texts.yours}</th><th scope="col">${texts.rule}</th></tr></thead>
<tbody>${known.map((figure) => {
    const judged = judgements[figure.name];
    const words = texts.figures[figure.name];
    // Sources are quoted as the server names them.
    return markup`<tr><th scope="row">${words.label}<small>${words.about}</small></th><td class="value"><b>${formatFigure(figure, metrics[figure.name] ?? 0, texts.locale)}</b> ${words.unit}</td><td>${judged && markup`<span class="band ${judged.band}">${bandName(words, judged.band)}</span> <small lang="en">${judged.source}</small>`}</td></tr>`;
  })}</tbody></table></div>`;
}

/** Words a minute where they are known, else syllables a second; undefined of fewer than two utterances. */
function drawPace(utterances: readonly UtteranceView[], texts: ReportTexts): Markup | undefined {
  const course = (name: string) => utterances.filter(({ metrics }) => metrics[name] !== undefined);
  const name = (["wordsPerMinute", "syllablesPerSecond"] as const).find((each) => course(each).length > 1);
  if (name === undefined) return undefined;
  const figure = figureText(name);
  const { label, unit } = texts.figures[name];
  const begun = Date.parse(utterances[0]?.timestamp ?? "");
  const points = course(name).map(({ timestamp, metrics }) => {
    const x = Date.parse(timestamp) - begun;
    const value = metrics[name] ?? 0;
    const title = texts.after(`${formatFigure(figure, value, texts.locale)} ${unit}`, formatLength(x));
    return { x, y: shownValue(figure, value), title };
  });
  const last = points.at(-1)?.x ?? 0;
  return markup`<p class="quiet">${texts.onePoint(label, unit)}</p>${drawLineChart({
    label: texts.ofUtterances(label, points.length),
    points,
    format: (y) => formatNumber(y, figure.digits, texts.locale),
    ends: [texts.start, formatLength(last)],
  })}`;
}

function drawTalk(
  messages: readonly MessageView[],
  utterances: readonly UtteranceView[],
  language: string,
  texts: ReportTexts,
): Markup {
  if (messages.length === 0) return markup`<p class="quiet">${texts.nothingSaid}</p>`;
  const spoken = new Map(utterances.map((utterance) => [utterance.messageId, utterance]));
  const scale = pitchScale(utterances.flatMap(({ contour }) => contour ?? []));
  const lines = messages.map((message) =>
    drawMessage(message, spoken.get(message.id), scale, language, texts),
  );
  return markup`<ol class="talk">${lines}</ol>`;
}

function drawMessage(
  { sender, text, timestamp }: MessageView,
  utterance: UtteranceView | undefined,
  scale: PitchScale,
  language: string,
  texts: ReportTexts,
): Markup {
  const who = sender === "ai" ? "Kuku" : texts.you;
  const unheard = sender === "user" && utterance ? texts.unheard : "…";
  const words = text === "" ? markup`<em>${unheard}</em>` : text;
  const { contour } = utterance ?? {};
  return markup`<li class="${sender}"><p class="who">${who} <time datetime="${timestamp}">${formatClock(timestamp, texts.locale)}</time></p>
<p lang="${language}">${words}</p>
${contour?.reading && drawReading(contour.reading, texts)}
${contour && drawContour(contour, scale, texts)}
${utterance && drawBrief(utterance, texts)}</li>`;
}

function drawBrief({ metrics, judgements = {} }: UtteranceView, texts: ReportTexts): Markup {
  const shown = brief.filter(({ name }) => metrics[name] !== undefined);
  const pauses = metrics.pauseCount;
  const told = shown.map((figure) => drawShort(figure, metrics[figure.name] ?? 0, judgements, texts));
  if (pauses !== undefined) told.push(markup`<li>${texts.pauses(pauses)}</li>`);
  return markup`<ul class="brief">${told}</ul>`;
}

function drawShort(
  figure: (typeof brief)[number],
  value: number,
  judgements: Judgements,
  texts: ReportTexts,
): Markup {
  const words = texts.figures[figure.name];
  const judged = judgements[figure.name];
  return markup`<li>${words.label.toLowerCase()} <b>${formatFigure(figure, value, texts.locale)}</b> ${words.unit}${judged && markup` <span class="band ${judged.band}">${bandName(words, judged.band)}</span>`}</li>`;
}

/** The time of day where the reader is. */
function formatClock(time: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: "medium" }).format(new Date(time));
}
