/** How it went over time, by kind of practice: accuracy a week, and how one spoke session by session. */
import { useState } from "preact/hooks";
import { figureText, shownValue } from "../../src/client/report/figures.ts";
import type { ProgressView } from "../../src/client/report/kept.ts";
import { drawLineChart, type LineChart } from "../../src/client/report/line-chart.ts";
import { formatDay, formatNumber, formatTime } from "../format.ts";
import { t } from "../messages/index.ts";
import { drillKinds } from "../practice/drill-choices.ts";
import { type PersonaView, titleOf } from "../practice/personas.ts";
import type { PracticeView } from "./requests.ts";

/** Figures that people can work on; a session's report has all. */
const shown = [
  "wordsPerMinute",
  "syllablesPerSecond",
  "pausesPerMinute",
  "pitchSdSemitones",
  "fillerPercent",
  "hedgesPer100Words",
] as const;

interface ChartCard {
  readonly heading: string;
  /** The last value, with its unit. */
  readonly last: string;
  readonly about: string;
  readonly chart: LineChart;
}

function Chart({ heading, last, about, chart }: ChartCard) {
  return (
    <figure class="card">
      <figcaption>
        <b>{heading}</b> <span>{last}</span>
        <small>{about}</small>
      </figcaption>
      {/* `markup` has escaped all that was put into it. */}
      <div dangerouslySetInnerHTML={{ __html: drawLineChart(chart).text }} />
    </figure>
  );
}

export function Accuracy({ weeks }: Pick<PracticeView, "weeks">) {
  const charts = drillKinds.flatMap((kind) => {
    const own = weeks.filter((week) => week.kind === kind);
    const [first, last] = [own[0], own.at(-1)];
    if (!first || !last) return [];
    const heading = t.drill.kinds[kind];
    const points = own.map(({ from, score, readings }) => ({
      x: Date.parse(from),
      y: score * 100,
      title: `${formatDay(from)}: ${t.progressPage.percent(score)}, ${t.progressPage.readings(readings)}`,
    }));
    const chart = {
      label: `${t.progressPage.accuracy}, ${heading}: ${t.progressPage.percent(last.score)}`,
      points,
      most: 100,
      format: (y: number) => formatNumber(y, 0),
      ends: [formatDay(first.from), formatDay(last.from)] as const,
    };
    const about = t.progressPage.weekFrom(formatDay(last.from));
    return [<Chart key={kind} {...{ heading, last: t.progressPage.percent(last.score), about, chart }} />];
  });
  if (charts.length === 0) return null;
  return (
    <section aria-labelledby="accuracy-heading">
      <h2 id="accuracy-heading">{t.progressPage.accuracy}</h2>
      <div class="charts">{charts}</div>
    </section>
  );
}

/** A figure's course over the sessions that have it, oldest first; undefined where none has. */
function courseOf(name: (typeof shown)[number], points: ProgressView["points"]): ChartCard | undefined {
  const known = points.filter(({ metrics }) => metrics[name] !== undefined).toReversed();
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return undefined;
  const figure = figureText(name);
  const { label: heading, unit, about } = t.progressPage.figures[name];
  const value = ({ metrics }: (typeof known)[number]) => shownValue(figure, metrics[name] ?? 0);
  const told = (point: (typeof known)[number]) => `${formatNumber(value(point), figure.digits)} ${unit}`;
  const chart = {
    label: `${heading}: ${told(last)}`,
    points: known.map((point, x) => ({
      x,
      y: value(point),
      title: `${formatTime(point.timestamp)}: ${told(point)}`,
    })),
    format: (y: number) => formatNumber(y, figure.digits),
    ends: [formatDay(first.timestamp), formatDay(last.timestamp)] as const,
  };
  return { heading, last: told(last), about, chart };
}

export function Speech({
  points,
  personas,
}: Pick<ProgressView, "points"> & { personas: readonly PersonaView[] }) {
  const [chosen, setChosen] = useState("");
  const present = personas.filter(({ id }) => points.some(({ persona }) => persona === id));
  const own = chosen === "" ? points : points.filter(({ persona }) => persona === chosen);
  const charts = shown.flatMap((name) => {
    const card = courseOf(name, own);
    return card ? [<Chart key={`${chosen} ${name}`} {...card} />] : [];
  });
  return (
    <section aria-labelledby="speech-heading">
      <h2 id="speech-heading">{t.progressPage.speech}</h2>
      {present.length > 1 && (
        <fieldset class="choices">
          <legend class="unseen">{t.progressPage.kind}</legend>
          {[
            { id: "", title: t.progressPage.allKinds },
            ...present.map((each) => ({ id: each.id, title: titleOf(each) })),
          ].map(({ id, title }) => (
            <label key={id}>
              <input type="radio" name="kind" checked={chosen === id} onChange={() => setChosen(id)} />
              <span>{title}</span>
            </label>
          ))}
        </fieldset>
      )}
      {charts.length > 0 ? (
        <div class="charts">{charts}</div>
      ) : (
        <p class="quiet">{t.progressPage.nothingSpoken}</p>
      )}
    </section>
  );
}
