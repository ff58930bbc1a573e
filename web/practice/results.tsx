/** What a session came to: a round's score and words, or a conversation's report; and how it was. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { CoachReport } from "../../src/protocol/kuku-events.ts";
import { askHere } from "../ask.ts";
import { interfaceLanguage, t } from "../messages/index.ts";
import { ReportText } from "./coaching.tsx";
import { playBlob } from "./play.ts";
import {
  firstAndBest,
  type RoundItem,
  roundDelivery,
  roundItems,
  roundScore,
  type WeakWord,
  weakWords,
} from "./round.ts";
import { useModel } from "./use-model.ts";

const number = new Intl.NumberFormat(interfaceLanguage, { maximumFractionDigits: 1 });

const reportAddress = (sessionId: string) => `/report.html?session=${encodeURIComponent(sessionId)}`;

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
  const { language, sessionId = "", phase } = useModel().state;
  return (
    <section id="report" class="card" aria-labelledby="report-heading">
      <NewHeading id="report-heading" text={t.results.heading} />
      <ReportText report={report} language={language} />
      {phase === "closed" && <Rating />}
      <ReportLink sessionId={sessionId} />
    </section>
  );
}

function ReportLink({ sessionId }: { sessionId: string }) {
  return (
    <p class="buttons">
      <a id="report-link" href={reportAddress(sessionId)}>
        {t.results.wholeReport}
      </a>
      <button type="button" class="small" onClick={() => window.print()}>
        {t.results.print}
      </button>
    </p>
  );
}

export function RoundResults() {
  const model = useModel();
  const { turns, sessionId = "" } = model.state;
  const items = roundItems(turns);
  return (
    <section id="results" class="card" aria-labelledby="results-heading">
      <NewHeading id="results-heading" text={t.results.roundHeading} />
      <Score items={items} />
      <Speech />
      {items.length > 0 && <ToWorkOn words={weakWords(items)} />}
      {items.length > 0 && <Sentences items={items} />}
      <Rating />
      <div class="buttons">
        <button type="button" class="main" onClick={() => void model.again()}>
          {t.results.again}
        </button>
        <button type="button" onClick={() => model.leave()}>
          {t.results.done}
        </button>
      </div>
      <ReportLink sessionId={sessionId} />
    </section>
  );
}

function Score({ items }: { items: readonly RoundItem[] }) {
  const { lastScore, choices } = useModel().state;
  const score = roundScore(items);
  if (score === undefined) return <p>{t.results.nothing}</p>;
  const change = lastScore === undefined ? undefined : score - lastScore;
  const told =
    change === undefined
      ? t.results.first
      : change > 0
        ? t.results.better(change)
        : change < 0
          ? t.results.worse(-change)
          : t.results.same;
  return (
    <p class="result-score">
      <b>{t.results.score(score)}</b>{" "}
      <span>{choices.kind === "minimal_pairs" ? t.results.scoreOfPairs : t.results.scoreOf}</span>
      <small>{told}</small>
    </p>
  );
}

function Speech() {
  const figures = Object.entries(roundDelivery(useModel().state.turns)).filter(
    ([, value]) => value !== undefined,
  );
  if (figures.length === 0) return null;
  return (
    <ul class="result-figures" aria-label={t.results.how}>
      {figures.map(([name, value]) => (
        <li key={name}>
          <b>{number.format(value ?? 0)}</b> {t.results[name as "pace" | "pauses" | "melody"]}
        </li>
      ))}
    </ul>
  );
}

function ToWorkOn({ words }: { words: readonly WeakWord[] }) {
  const model = useModel();
  if (words.length === 0) return <p>{t.results.nothingToWorkOn}</p>;
  return (
    <>
      <h3>{t.results.toWorkOn}</h3>
      <ul class="to-work-on">
        {words.map(({ word, sentence, itemId, startMs, endMs }) => (
          <li key={word}>
            <b lang={model.state.language}>{word}</b>
            <span class="buttons">
              {model.recordings?.has(itemId) && startMs !== undefined && (
                <button
                  type="button"
                  class="small"
                  aria-label={t.drill.playWord(word)}
                  onClick={() => {
                    const wav = model.recordings?.wav(itemId, startMs - 60, (endMs ?? startMs + 600) + 60);
                    if (wav) playBlob(wav);
                  }}
                >
                  ▶ {t.results.playYou}
                </button>
              )}
              <button
                type="button"
                class="small"
                aria-label={`${t.results.drillThis}: ${word}`}
                onClick={() => void model.again(sentence)}
              >
                {t.results.drillThis}
              </button>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Sentences({ items }: { items: readonly RoundItem[] }) {
  const { language } = useModel().state;
  return (
    <details open>
      <summary>{t.results.sentences}</summary>
      <ol class="result-items">
        {items.map((item, index) => {
          const { first, best } = firstAndBest(item);
          return (
            <li key={index}>
              <span lang={language}>{item.text}</span>{" "}
              <span class="quiet">
                {first === best ? `${best} %` : `${first} % → ${best} %`} ·{" "}
                {t.results.tries(item.attempts.length)}
              </span>
            </li>
          );
        })}
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
