/** Words, sentences and sounds that are due again, or went wrong. */

import { formatDay } from "../format.ts";
import { t } from "../messages/index.ts";
import { keepChoices, readChoices } from "../practice/choices.ts";
import { type DrillKind, drillChoices, drillKinds } from "../practice/drill-choices.ts";
import type { DueView, PracticeView } from "./requests.ts";

const mostShown = 12;

/** The kind of drill that brings back the most of what is due; words come back in sentences. */
function mostDue(due: readonly DueView[]): DrillKind {
  const count = (kind: DrillKind) => due.filter((each) => (each.kind ?? "sentence") === kind).length;
  return drillKinds.toSorted((a, b) => count(b) - count(a))[0] ?? "sentence";
}

export function Due({ practice }: { practice: PracticeView }) {
  const { due, dueCount, nextDueAt, language, words } = practice;
  return (
    <section id="due" class="card" aria-labelledby="due-heading">
      <h2 id="due-heading">{t.progressPage.due}</h2>
      {dueCount > 0 ? (
        <>
          <p>{t.progressPage.dueCount(dueCount)}</p>
          <Texts texts={due} language={language} />
          <p class="buttons">
            <a class="button main" href={`/?due=${mostDue(due)}`}>
              {t.progressPage.drillThese}
            </a>
          </p>
        </>
      ) : (
        <p class="quiet">
          {nextDueAt === undefined
            ? t.progressPage.nothingRead
            : t.progressPage.nothingDue(formatDay(nextDueAt))}
        </p>
      )}
      {words.length > 0 && (
        <>
          <h3>{t.progressPage.wentWrong}</h3>
          <Texts texts={words} language={language} />
        </>
      )}
    </section>
  );
}

function Texts({ texts, language }: { texts: readonly DueView[]; language: string }) {
  return (
    <ul class="texts" lang={language}>
      {texts.slice(0, mostShown).map(({ text, kind }) => (
        <li key={`${kind} ${text}`}>{text}</li>
      ))}
      {texts.length > mostShown && <li class="quiet">+ {texts.length - mostShown}</li>}
    </ul>
  );
}

export function Sounds({ practice }: { practice: PracticeView }) {
  const { sounds, language } = practice;
  if (sounds.length === 0) return null;
  return (
    <section aria-labelledby="sounds-heading">
      <h2 id="sounds-heading">{t.progressPage.sounds}</h2>
      <ul id="sounds" class="card">
        {sounds.map(({ focus, score, readings }) => (
          <Sound key={focus} focus={focus} score={score} readings={readings} language={language} />
        ))}
      </ul>
    </section>
  );
}

function Sound(props: { focus: string; score: number; readings: number; language: string }) {
  const { focus, score, readings, language } = props;
  const kind = (["sentence", "minimal_pairs"] as const).find((each) =>
    drillChoices(language, each).some((choice) => choice.focus === focus),
  );
  const label =
    t.drill.named[focus] ??
    (kind && drillChoices(language, kind).find((choice) => choice.focus === focus)?.label);
  const name = `sound-${focus.replaceAll(/\W/g, "-")}`;
  return (
    <li>
      <span id={name} lang={language}>
        {label ?? focus}
      </span>
      <meter min={0} max={1} value={score} aria-labelledby={name} style={{ "--level": String(score) }} />
      <b>{t.progressPage.percent(score)}</b>
      <small>{t.progressPage.readings(readings)}</small>
      {kind && (
        <a
          href="/"
          aria-label={`${t.progressPage.drillSound}: ${label}`}
          onClick={() => keepChoices({ ...readChoices(), persona: "reader", kind, focus, level: undefined })}
        >
          {t.progressPage.drillSound}
        </a>
      )}
    </li>
  );
}
