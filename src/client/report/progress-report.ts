/** A person's progress as markup: each figure over sessions, days in a row, what they committed to. Pure. */
import {
  type FigureText,
  figures,
  formatDay,
  formatFigure,
  formatTime,
  personaTitle,
  shownValue,
} from "./figures.ts";
import type { ActionView, ProgressView, SessionView } from "./kept.ts";
import { drawLineChart } from "./line-chart.ts";
import { type Markup, markup } from "./markup.ts";

/** Figures of utterances; the others are of a whole conversation and not among their means. */
const ofUtterances = figures.filter(({ name }) => name !== "talkSharePercent" && name !== "responseGapMs");

/** The body of the page. */
export function drawProgress(progress: ProgressView, sessions: readonly SessionView[]): Markup {
  const { openActions, doneActions, streakDays } = progress;
  return markup`<article class="kept">
<header class="top"><h1>Your progress</h1></header>
<ul class="tiles">
<li><b>${progress.sessions}</b> ${progress.sessions === 1 ? "session" : "sessions"}</li>
<li><b>${streakDays}</b> ${streakDays === 1 ? "day" : "days in a row"}</li>
<li><b id="done-actions">${doneActions}</b> actions done</li>
</ul>
<section><h2>What you set out to do</h2>${drawActions(openActions)}</section>
<section><h2>How you speak, session by session</h2>${drawCharts(progress)}</section>
<section><h2>Your sessions</h2>${drawSessionList(sessions)}</section>
</article>`;
}

function drawActions(actions: readonly ActionView[]): Markup {
  if (actions.length === 0)
    return markup`<p class="quiet">Nothing is open. What you commit to in a conversation shows here.</p>`;
  const items = actions.map(
    ({ id, text, when, createdAt }) =>
      markup`<li data-action="${id}"><span><b>${text}</b>${when !== undefined && markup` <span class="when">${when}</span>`}<small>${formatDay(createdAt)}</small></span><button type="button" aria-pressed="false">Done</button></li>`,
  );
  return markup`<ul class="actions card">${items}</ul>`;
}

function drawCharts({ points }: ProgressView): Markup {
  const charts = ofUtterances.flatMap((figure) => drawChart(figure, points.toReversed()) ?? []);
  if (charts.length === 0)
    return markup`<p class="quiet">Once you have spoken in a session, its figures show here.</p>`;
  return markup`<div class="charts">${charts}</div>`;
}

/** One figure, oldest session first; sessions stand at equal distances. Undefined where none has it. */
function drawChart(figure: FigureText, sessions: ProgressView["points"]): Markup | undefined {
  const known = sessions.filter(({ metrics }) => metrics[figure.name] !== undefined);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return undefined;
  const value = ({ metrics }: (typeof known)[number]) => metrics[figure.name] ?? 0;
  const told = (session: (typeof known)[number]) => `${formatFigure(figure, value(session))} ${figure.unit}`;
  const chart = drawLineChart({
    label: `${figure.label} over ${known.length} ${known.length === 1 ? "session" : "sessions"}, last ${told(last)}`,
    points: known.map((session, x) => ({
      x,
      y: shownValue(figure, value(session)),
      title: `${formatTime(session.timestamp)}: ${told(session)}`,
    })),
    most: figure.most,
    format: (y) => y.toFixed(figure.digits).replace(/^-/, "−"),
    ends: [formatDay(first.timestamp), formatDay(last.timestamp)],
  });
  return markup`<figure class="card"><figcaption><b>${figure.label}</b> <span>${formatFigure(figure, value(last))} ${figure.unit}</span><small>${figure.about}</small></figcaption>${chart}</figure>`;
}

function drawSessionList(sessions: readonly SessionView[]): Markup {
  if (sessions.length === 0) return markup`<p class="quiet">None yet.</p>`;
  const items = sessions.map(
    ({ sessionId, createdAt, persona, messageCount, status }) =>
      markup`<li><a href="/report.html?session=${encodeURIComponent(sessionId)}">${formatTime(createdAt)}</a> <span class="quiet">${personaTitle(persona)} · ${messageCount} ${messageCount === 1 ? "message" : "messages"}${status === "active" ? " · open" : ""}</span></li>`,
  );
  return markup`<ul class="sessions card">${items}</ul>`;
}
