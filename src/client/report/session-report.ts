/** A session's report page as markup: report, figures, and each utterance as it was spoken. Pure. */
import { drawContour, type PitchScale, pitchScale } from "./contour-chart.ts";
import {
  bandName,
  type FigureText,
  figures,
  figureText,
  formatFigure,
  formatLength,
  formatTime,
  personaTitle,
  shownValue,
} from "./figures.ts";
import type { Figures, Judgements, KeptSession, MessageView, UtteranceView } from "./kept.ts";
import { drawLineChart } from "./line-chart.ts";
import { type Markup, markup } from "./markup.ts";
import { drawReading } from "./reading-words.ts";
import { reportParts } from "./report-text.ts";

/** Shown under each utterance; all of them are in the table. */
const brief = ["wordsPerMinute", "syllablesPerSecond", "pitchSdSemitones", "fillerPercent"].map(figureText);

/** The body of the page. */
export function drawSession({ session, messages, delivery, report }: KeptSession): Markup {
  const { language } = session;
  const pace = drawPace(delivery.utterances);
  const facts = [
    formatTime(session.createdAt),
    session.endedAt && formatLength(Date.parse(session.endedAt) - Date.parse(session.createdAt)),
    personaTitle(session.persona),
    language,
    `${session.messageCount} ${session.messageCount === 1 ? "message" : "messages"}`,
  ].filter(Boolean);
  return markup`<article class="kept">
<header class="top"><h1>Your session with Kuku</h1><p class="quiet">${facts.join(" · ")}</p></header>
${drawReport(report, session.status, language)}
<section><h2>How you spoke</h2>${drawFigures(delivery.session.metrics, delivery.session.judgements)}</section>
${pace && markup`<section><h2>Pace over time</h2><div class="card">${pace}</div></section>`}
<section><h2>What was said</h2>${drawTalk(messages, delivery.utterances, language)}</section>
<footer class="quiet"><p>Measured from your microphone alone. A figure that could not be computed is left out. Pitch (line) and level (hill) are drawn every 50 ms, shaded where you paused for 250 ms or more.</p><p>Session ${session.sessionId}</p></footer>
</article>`;
}

function drawReport(report: KeptSession["report"], status: string, language: string): Markup {
  if (!report) {
    const why =
      status === "active" ? "The session has not ended yet." : "There is no report of this session.";
    return markup`<section><h2>Report</h2><p class="quiet">${why}</p></section>`;
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
  return markup`<section><h2>Report</h2><div class="card" lang="${language}">${parts}</div></section>`;
}

/** All figures in one table, each with the rule it is judged by. */
function drawFigures(metrics: Figures, judgements: Judgements): Markup {
  const known = figures.filter(({ name }) => metrics[name] !== undefined);
  if (known.length === 0) return markup`<p class="quiet">Nothing was spoken.</p>`;
  return markup`<div class="card"><table class="figures">
<thead><tr><th scope="col">Figure</th><th scope="col" class="value">Yours</th><th scope="col">Rule of thumb</th></tr></thead>
<tbody>${known.map((figure) => {
    const judged = judgements[figure.name];
    return markup`<tr><th scope="row">${figure.label}<small>${figure.about}</small></th><td class="value"><b>${formatFigure(figure, metrics[figure.name] ?? 0)}</b> ${figure.unit}</td><td>${judged && markup`<span class="band ${judged.band}">${bandName(figure, judged.band)}</span> <small>${judged.source}</small>`}</td></tr>`;
  })}</tbody></table></div>`;
}

/** Words a minute where they are known, else syllables a second; undefined of fewer than two utterances. */
function drawPace(utterances: readonly UtteranceView[]): Markup | undefined {
  const course = (name: string) => utterances.filter(({ metrics }) => metrics[name] !== undefined);
  const name = ["wordsPerMinute", "syllablesPerSecond"].find((each) => course(each).length > 1);
  if (name === undefined) return undefined;
  const figure = figureText(name);
  const begun = Date.parse(utterances[0]?.timestamp ?? "");
  const points = course(name).map(({ timestamp, metrics }) => {
    const x = Date.parse(timestamp) - begun;
    const value = metrics[name] ?? 0;
    const title = `${formatFigure(figure, value)} ${figure.unit} after ${formatLength(x)}`;
    return { x, y: shownValue(figure, value), title };
  });
  const last = points.at(-1)?.x ?? 0;
  return markup`<p class="quiet">${figure.label}, ${figure.unit}, one point for each time you spoke</p>${drawLineChart(
    {
      label: `${figure.label} of ${points.length} utterances`,
      points,
      format: (y) => y.toFixed(figure.digits),
      ends: ["start", formatLength(last)],
    },
  )}`;
}

function drawTalk(
  messages: readonly MessageView[],
  utterances: readonly UtteranceView[],
  language: string,
): Markup {
  if (messages.length === 0) return markup`<p class="quiet">Nothing was said.</p>`;
  const spoken = new Map(utterances.map((utterance) => [utterance.messageId, utterance]));
  const scale = pitchScale(utterances.flatMap(({ contour }) => contour ?? []));
  const lines = messages.map((message) => drawMessage(message, spoken.get(message.id), scale, language));
  return markup`<ol class="talk">${lines}</ol>`;
}

function drawMessage(
  { sender, text, timestamp }: MessageView,
  utterance: UtteranceView | undefined,
  scale: PitchScale,
  language: string,
): Markup {
  const who = sender === "ai" ? "Kuku" : "You";
  const unheard = sender === "user" && utterance ? "(heard, but not which words)" : "…";
  const words = text === "" ? markup`<em>${unheard}</em>` : text;
  const { contour } = utterance ?? {};
  return markup`<li class="${sender}"><p class="who">${who} <time datetime="${timestamp}">${formatClock(timestamp)}</time></p>
<p lang="${language}">${words}</p>
${contour?.reading && drawReading(contour.reading)}
${contour && drawContour(contour, scale)}
${utterance && drawBrief(utterance)}</li>`;
}

function drawBrief({ metrics, judgements = {} }: UtteranceView): Markup {
  const shown = brief.filter(({ name }) => metrics[name] !== undefined);
  const pauses = metrics.pauseCount;
  const told = shown.map((figure) => drawShort(figure, metrics[figure.name] ?? 0, judgements));
  if (pauses !== undefined)
    told.push(markup`<li>${pauses === 0 ? "no pauses" : pauses === 1 ? "1 pause" : `${pauses} pauses`}</li>`);
  return markup`<ul class="brief">${told}</ul>`;
}

function drawShort(figure: FigureText, value: number, judgements: Judgements): Markup {
  const judged = judgements[figure.name];
  return markup`<li>${figure.label.toLowerCase()} <b>${formatFigure(figure, value)}</b> ${figure.unit}${judged && markup` <span class="band ${judged.band}">${bandName(figure, judged.band)}</span>`}</li>`;
}

/** The time of day where the reader is. */
function formatClock(time: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(new Date(time));
}
