/** A drill: the round's progress, what is asked for now, and how the last turn came out, word by word. */
import { useRef, useState } from "preact/hooks";
import type { Turns } from "../../src/client/turns.ts";
import type { CoachDrill, DrillWord } from "../../src/protocol/kuku-events.ts";
import { t } from "../messages/index.ts";
import { DrillFields } from "./adjust.tsx";
import { ListenButtons, playOwn } from "./listen-buttons.tsx";
import { Melody } from "./melody.tsx";
import { type ReadWord, readWords } from "./read-words.ts";
import { spokenWords } from "./round.ts";
import { Scale } from "./scale.tsx";
import { useModel } from "./use-model.ts";
import { scoreText, taskText, verdictText } from "./words.ts";

const signs: Readonly<Record<DrillWord["verdict"], string>> = {
  correct: "✓",
  substituted: "≠",
  omitted: "–",
  inserted: "+",
};

const lastDrill = ({ turns }: Turns) => turns.findLast((turn) => turn.utterance?.drill)?.utterance?.drill;

export function Drill() {
  const model = useModel();
  const { turns, language } = model.state;
  const last = lastDrill(turns);
  return (
    <div id="drill" class="card">
      <Progress turns={turns} />
      <p class="label" id="drill-label">
        {labelOf(turns, last)}
      </p>
      <Sentence turns={turns} language={language} />
      <div class="buttons">
        <button type="button" id="repeat" onClick={() => model.command("repeat")}>
          {t.drill.hear}
        </button>
        <button type="button" id="next" onClick={() => model.command("next")}>
          {t.drill.skip}
        </button>
        <ChangeDrill language={language} />
      </div>
      {last?.unjudgeable && <p id="unjudged">{t.drill.unjudgeable[last.unjudgeable]}</p>}
      {last?.words && <Reading drill={last} now={turns.sentence} language={language} />}
    </div>
  );
}

/** A text of one's own is no round. */
function Progress({ turns }: { turns: Turns }) {
  const { roundSize } = useModel().state;
  const { done, of } = turns.round ?? { done: 0, of: roundSize };
  if (of === undefined) return null;
  return (
    <div class="round">
      <progress max={of} value={done} aria-label={t.drill.round} />
      <span class="quiet">{t.drill.roundProgress(done, of)}</span>
    </div>
  );
}

/** The sentence lights up word by word while it is read. */
function Sentence({ turns, language }: { turns: Turns; language: string }) {
  const { sentence = "", task } = turns;
  const { utterance } = turns.turns.at(-1) ?? {};
  const reading = utterance && !utterance.drill && utterance.state !== "failed" ? utterance.text : "";
  const spoken = spokenWords(sentence, reading);
  return (
    <p id="sentence" lang={language} class={task?.kind === "minimal_pairs" ? "word" : ""}>
      {sentence.split(/(\s+)/).map((piece, index) =>
        index % 2 === 1 ? (
          piece
        ) : (
          <span key={`${index}-${piece}`} class={index / 2 < spoken ? "spoken" : ""}>
            {withEmphasis(piece)}
          </span>
        ),
      )}
    </p>
  );
}

/** `*he*` as a word with weight. */
function withEmphasis(piece: string) {
  const [, word, after] = /^\*([^*]+)\*([^*]*)$/.exec(piece) ?? [];
  return word === undefined ? (
    piece
  ) : (
    <>
      <em>{word}</em>
      {after}
    </>
  );
}

function labelOf({ sentence: asked = "", task }: Turns, last: CoachDrill | undefined): string {
  const again = last?.sentence === asked && (last.outcome === "slipped" || last.outcome === "not_heard");
  if (task) return again ? t.drill.onceMoreTask(taskText(asked, task)) : taskText(asked, task);
  // A text of one's own is read again, also after it was read well.
  if (again || (last?.sentence === asked && last.outcome === "read_well")) return t.drill.onceMore;
  return last?.words ? t.drill.nowReadThis : t.drill.readThis;
}

function ChangeDrill({ language }: { language: string }) {
  const model = useModel();
  const details = useRef<HTMLDetailsElement>(null);
  return (
    <details id="change" ref={details}>
      <summary>{t.drill.change}</summary>
      <form
        id="change-form"
        onSubmit={(event) => {
          event.preventDefault();
          void model.changeDrill();
          if (details.current) details.current.open = false;
          document.getElementById("talk")?.focus();
        }}
      >
        <DrillFields language={language} />
        <button type="submit">{t.drill.practiseThis}</button>
      </form>
    </details>
  );
}

function readingName({ task, sentence }: CoachDrill, now: string | undefined): string {
  if (task?.kind === "minimal_pairs") return t.drill.readingOf(sentence);
  return sentence === now ? t.drill.reading : t.drill.readingOfLast;
}

/** The words as they were read; one that is pressed is heard, and can be heard beside the coach's. */
function Reading({ drill, now, language }: { drill: CoachDrill; now: string | undefined; language: string }) {
  const model = useModel();
  const itemId = drill.item_id ?? "";
  const [chosen, choose] = useState<ReadWord>();
  const words = readWords(drill);
  const kept = model.recordings?.has(itemId) ?? false;
  return (
    <div id="reading">
      <p class="label" id="reading-label">
        {readingName(drill, now)}
      </p>
      <ul id="words" aria-label={t.drill.wordsLabel} lang={language}>
        {words.map(({ judged, word }, index) => (
          <Word
            key={`${index}-${word.text}`}
            judged={judged}
            onPress={
              kept && word.startMs !== undefined
                ? () => {
                    choose(word);
                    playOwn(model, itemId, word);
                  }
                : undefined
            }
          />
        ))}
      </ul>
      <Measure drill={drill} />
      <p id="score" class="quiet">
        {scoreText(drill)}
      </p>
      <p class="buttons listen">
        <ListenButtons itemId={itemId} />
      </p>
      {chosen && (
        <p class="buttons listen" id="word-listen">
          <b lang={language}>{chosen.text}</b> <ListenButtons itemId={itemId} word={chosen} />
        </p>
      )}
      <Melody key={itemId} drill={drill} language={language} />
    </div>
  );
}

function Word({ judged, onPress }: { judged: DrillWord; onPress: (() => void) | undefined }) {
  const { verdict, expected, heard, exempt } = judged;
  const name = expected ?? heard ?? "…";
  const told = (
    <>
      <span aria-hidden="true">{signs[verdict]} </span>
      <b>{name}</b>
      <small class={verdict === "correct" ? "unseen" : ""}> {verdictText(judged)}</small>
    </>
  );
  return (
    <li class={exempt ? "exempt" : verdict}>
      {onPress ? (
        <button type="button" title={t.drill.playWord(name)} onClick={onPress}>
          {told}
        </button>
      ) : (
        told
      )}
    </li>
  );
}

/** The figure on a scale, for those who see; the text beside it says the same. */
function Measure({ drill: { task, pace, pair, outcome, sentence } }: { drill: CoachDrill }) {
  if (task?.kind === "pacing" && pace) {
    const { value, tolerance } = task;
    const within = pace.verdict === "on_target";
    return (
      <div id="measure">
        <Scale value={value} tolerance={tolerance} measured={pace.measured} within={within} />
      </div>
    );
  }
  if (task?.kind !== "minimal_pairs" || pair?.clarity === undefined) return null;
  // From the other word, on the left, to the one that was asked for.
  const right = outcome === "read_well";
  const other = task.words.find((word) => word !== sentence) ?? "";
  return (
    <div id="measure">
      <span class="ends">
        <span>{other}</span> <span>{sentence}</span>
      </span>
      <Scale
        value={1}
        tolerance={0.9}
        measured={right ? pair.clarity : -pair.clarity}
        from={-1}
        to={1}
        within={right}
      />
    </div>
  );
}
