/** What a session came to: a round's score and words, or a conversation's report; and how it was. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { CoachReport } from "../../src/protocol/kuku-events.ts";
import { askHere } from "../ask.ts";
import { interfaceLanguage, t } from "../messages/index.ts";
import { ListenButtons } from "./listen-buttons.tsx";
import { ReportView } from "./report-view.tsx";
import {
  fetchLastDelivery,
  type RoundResults as Results,
  roundDelivery,
  slippedWord,
  slipText,
} from "./round.ts";
import { TakeAway } from "./take-away.tsx";
import { useModel } from "./use-model.ts";

const number = new Intl.NumberFormat(interfaceLanguage, { maximumFractionDigits: 1 });

/** A heading that is gone to when it comes: what it says is new. */
function NewHeading({ id, text }: { id: string; text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: "start" });
  }, []);
  return (
    <h2 id={id} tabIndex={-1} ref={heading}>
      {text}
    </h2>
  );
}

export function TalkResults({ report }: { report: CoachReport }) {
  const model = useModel();
  const { language, sessionId = "", phase, partner } = model.state;
  return (
    <section id="report" class="card" aria-labelledby="report-heading">
      <NewHeading
        id="report-heading"
        text={partner?.flow === "coaching" ? t.results.heading : t.results.takeHeading}
      />
      <Speech />
      <ReportView report={report} language={language} />
      {phase === "closed" && <Rating />}
      {phase === "closed" && (
        <p class="buttons">
          <button type="button" class="main" onClick={() => void model.again()}>
            {t.results.oneMore}
          </button>
        </p>
      )}
      <TakeAway sessionId={sessionId} ended={phase === "closed"} />
    </section>
  );
}

const perCent = (share: number) => Math.round(share * 100);

export function RoundResults({ results }: { results: Results }) {
  const model = useModel();
  const { sessionId = "" } = model.state;
  const { exercises } = results;
  return (
    <section id="results" class="card" aria-labelledby="results-heading">
      <NewHeading id="results-heading" text={t.results.roundHeading} />
      <Score results={results} />
      <Speech />
      {exercises.length > 0 && <ToWorkOn results={results} />}
      {exercises.length > 0 && <Sentences results={results} />}
      <Rating />
      <div class="buttons">
        <button type="button" class="main" onClick={() => void model.again()}>
          {t.results.again}
        </button>
        <button type="button" onClick={() => model.leave()}>
          {t.results.done}
        </button>
      </div>
      <TakeAway sessionId={sessionId} ended={true} />
    </section>
  );
}

/** Points between per cents, such that none is told where the figures look the same. */
function changeText(score: number, change: number | undefined): string {
  if (change === undefined) return t.results.first;
  const points = perCent(score) - perCent(score - change);
  if (points === 0) return t.results.same;
  return points > 0 ? t.results.better(points) : t.results.worse(-points);
}

function Score({ results: { score, bestScore = 0, change, exercises } }: { results: Results }) {
  if (score === undefined) return <p>{t.results.nothing}</p>;
  const best = perCent(bestScore) > perCent(score) ? ` ${t.results.atBest(perCent(bestScore))}` : "";
  return (
    <p class="result-score">
      <b>{t.results.score(perCent(score))}</b>{" "}
      <span>
        {exercises[0]?.kind === "minimal_pairs" ? t.results.scoreOfPairs : t.results.scoreOf}
        {best}
      </span>
      <small>{changeText(score, change)}</small>
    </p>
  );
}

/** How it was spoken, each figure beside that of the last time with the same coach. */
function Speech() {
  const { turns, partner, sessionId } = useModel().state;
  const [before, setBefore] = useState<Partial<Record<string, number>>>({});
  useEffect(() => {
    fetchLastDelivery(partner?.id ?? "", sessionId ?? "").then(setBefore, () => {});
  }, [partner, sessionId]);
  const figures = Object.entries(roundDelivery(turns)).filter(([, value]) => value !== undefined);
  if (figures.length === 0) return null;
  return (
    <ul class="result-figures" aria-label={t.results.how}>
      {figures.map(([name, value]) => {
        const last = before[name];
        return (
          <li key={name}>
            <b>{number.format(value ?? 0)}</b> {t.results[name as "pace" | "pauses" | "melody"]}
            {last !== undefined && <small>{t.results.lastTime(number.format(last))}</small>}
          </li>
        );
      })}
    </ul>
  );
}

/** Three words at most. */
function ToWorkOn({ results }: { results: Results }) {
  const model = useModel();
  const { turns, language } = model.state;
  const words = results.words.slice(0, 3);
  if (words.length === 0) return <p>{t.results.nothingToWorkOn}</p>;
  return (
    <>
      <h3>{t.results.toWorkOn}</h3>
      <ul class="to-work-on">
        {words.map((slip) => {
          const { word, itemId } = slip;
          return (
            <li key={word}>
              <b lang={language}>{word}</b>
              <span class="buttons">
                <ListenButtons itemId={itemId} word={slippedWord(turns, slip)} />
                <button
                  type="button"
                  class="small"
                  aria-label={`${t.results.drillThis}: ${word}`}
                  onClick={() => void model.again(slipText(results, slip))}
                >
                  {t.results.drillThis}
                </button>
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Sentences({ results }: { results: Results }) {
  const { language } = useModel().state;
  return (
    <details open>
      <summary>{t.results.sentences}</summary>
      <ol class="result-items">
        {results.exercises.map(({ text, readings, first, best }) => (
          <li key={text}>
            <span lang={language}>{text}</span>{" "}
            <span class="quiet">
              {first === best ? `${perCent(best)} %` : `${perCent(first)} % → ${perCent(best)} %`} ·{" "}
              {t.results.tries(readings)}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** One to five stars, kept with the session. */
function Rating() {
  const { sessionId } = useModel().state;
  const [given, setGiven] = useState<number>();
  const rate = async (rating: number) => {
    await askHere(`/api/sessions/${sessionId}/rating`, { rating }).then(
      () => setGiven(rating),
      () => setGiven(undefined),
    );
  };
  return (
    <fieldset class="rating">
      <legend>{t.results.rate}</legend>
      {[1, 2, 3, 4, 5].map((stars) => (
        <button
          key={stars}
          type="button"
          aria-label={t.results.stars(stars)}
          aria-pressed={given === stars}
          class={given !== undefined && stars <= given ? "lit" : ""}
          onClick={() => void rate(stars)}
        >
          ★
        </button>
      ))}
      <span role="status" class="quiet">
        {given !== undefined && t.results.thanks}
      </span>
    </fieldset>
  );
}
