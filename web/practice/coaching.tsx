/** What the coach does beside talking: the stage, the question whether to end, where to find help. */
import { useEffect, useRef, useState } from "preact/hooks";
import { careTexts, linesElsewhere } from "../../src/client/care-words.ts";
import type { CoachCare } from "../../src/protocol/kuku-events.ts";
import { t } from "../messages/index.ts";
import { spokenAnswer, type WrapUpAnswer } from "./answers.ts";
import { useModel } from "./use-model.ts";

const stages = ["topic", "goal", "reality", "options", "way_forward"] as const;

export function Stages() {
  const { stage = "topic" } = useModel().state.turns.coaching;
  return (
    <ol id="stages" aria-label={t.stages.label}>
      {stages.map((each) => (
        <li key={each} aria-current={each === stage ? "step" : undefined}>
          {t.stages[each]}
        </li>
      ))}
    </ol>
  );
}

export function WrapUp() {
  const model = useModel();
  const { language, partner } = model.state;
  // Until the coach has understood it; a second answer would be another turn.
  const [answered, setAnswered] = useState(false);
  const answer = (name: WrapUpAnswer) => {
    setAnswered(true);
    model.answer(spokenAnswer(language, name));
  };
  const button = (name: WrapUpAnswer) => (
    <button type="button" value={name} disabled={answered} onClick={() => answer(name)}>
      {t.wrapUp[name]}
    </button>
  );
  return (
    <section id="wrap-up" class="card" aria-labelledby="wrap-up-heading">
      <h2 id="wrap-up-heading">{t.wrapUp.heading}</h2>
      <p class="quiet">{t.wrapUp.about}</p>
      <div class="buttons">
        {button("yes")}
        {button("no")}
        {
          // Only a conversation has a time that can be added to.
          partner?.flow === "coaching" && button("more")
        }
      </div>
    </section>
  );
}

/** A number that a telephone can be given by touching it. */
function Telephone({ number }: { number: string }) {
  return <a href={`tel:${number.replaceAll(" ", "")}`}>{number}</a>;
}

export function Care({ care, language }: { care: CoachCare; language: string }) {
  const [hidden, setHidden] = useState<CoachCare>();
  const card = useRef<HTMLElement>(null);
  useEffect(() => card.current?.scrollIntoView({ block: "nearest" }), [care]);
  if (hidden === care) return null;
  const texts = careTexts(language);
  return (
    <section id="care" class="card" aria-labelledby="care-heading" lang={language} ref={card}>
      <h2 id="care-heading">{texts.heading}</h2>
      <div id="care-text">
        <p>{texts.human}</p>
        {care.line && (
          <p>
            {texts.call(care.line.name)} <Telephone number={care.line.number} />
          </p>
        )}
        <p>
          {texts.danger(care.emergency !== undefined)}{" "}
          {care.emergency !== undefined && <Telephone number={care.emergency} />}
        </p>
        <p>
          <a href={linesElsewhere} target="_blank" rel="noopener noreferrer">
            {texts.elsewhere} ({new URL(linesElsewhere).host})
          </a>
        </p>
      </div>
      <button id="care-hide" type="button" onClick={() => setHidden(care)}>
        {t.care.hide}
      </button>
    </section>
  );
}
