/** The options of what is chosen: language, and for a drill its kind and what it is narrowed to. */
import { useState } from "preact/hooks";
import { isReadable } from "../../src/protocol/readable-text.ts";
import { interfaceLanguage, languages, t } from "../messages/index.ts";
import { chooseInterface } from "../messages/language.ts";
import type { Choices } from "./choices.ts";
import { type DrillKind, drillChoices, drillKinds, takesOwnText } from "./drill-choices.ts";
import { Engines, useEngines } from "./engines.tsx";
import { fittingLanguage, nameOf, offeredLanguages } from "./languages.ts";
import { Settings } from "./settings.tsx";
import { useModel } from "./use-model.ts";
import { offeredVoices } from "./voices.ts";

/** The server's own ear, by the name that a session tells; it judges readings beside a local model, too. */
const embedded = "soundswallower";
const judgesSounds = (transcriber: string | undefined) =>
  transcriber === undefined || transcriber === embedded || transcriber.startsWith("local/");

/** The options on the first view, folded until they are asked for; open again where they were opened before. */
export function Adjust() {
  const model = useModel();
  const { persona } = model;
  const { choices } = model.state;
  const language = fittingLanguage(persona, choices.language);
  const [opened, setOpened] = useState(false);
  const engines = useEngines(language, opened);
  return (
    <details
      id="adjust"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) setOpened(true);
      }}
    >
      <summary>{t.adjust}</summary>
      <div class="fields">
        <p>
          <label for="language">{t.language}</label>
          <select
            id="language"
            value={language}
            onChange={({ currentTarget }) => model.choose({ language: currentTarget.value })}
          >
            {offeredLanguages(persona).map((tag) => (
              <option key={tag} value={tag}>
                {nameOf(tag)}
              </option>
            ))}
          </select>
        </p>
        <p>
          <label for="interface">{t.interfaceLanguage}</label>
          <select
            id="interface"
            value={interfaceLanguage}
            onChange={({ currentTarget }) => chooseInterface(currentTarget.value)}
          >
            {Object.entries(languages).map(([tag, { name }]) => (
              <option key={tag} value={tag}>
                {name}
              </option>
            ))}
          </select>
        </p>
      </div>
      {opened && <Settings voices={offeredVoices(engines?.voices ?? [], language)} />}
      {persona?.flow === "drill" && <DrillFields language={language} />}
      {engines && <Engines engines={engines} />}
    </details>
  );
}

/** What of a kind of drill the server's ear can judge; `transcriber`: undefined before a session has told it. */
function drillHears(kind: DrillKind, language: string, transcriber: string | undefined): string {
  if (!judgesSounds(transcriber)) return t.drill.hears.byWords[kind];
  const french =
    language.startsWith("fr") && kind !== "pacing" && kind !== "prosody" ? t.drill.hears.french : "";
  return t.drill.hears[kind] + french;
}

/** The ear's abilities, in short and in full. */
export function canHear(transcriber: string | undefined): { short: string; full: string } {
  if (transcriber === undefined || transcriber === embedded) return t.hears.offline;
  if (transcriber.startsWith("scripted")) return t.hears.scripted;
  return { short: t.hears.words.short, full: t.hears.words.full(transcriber) };
}

/** The fields of a drill, the same before the start and under way. */
export function DrillFields({ language }: { language: string }) {
  const model = useModel();
  const { choices, transcriber } = model.state;
  const { kind } = choices;
  const narrow = (change: Partial<Choices>) => model.choose(change);
  return (
    <div id="drill-options">
      <fieldset id="kinds">
        <legend class="unseen">{t.drill.kind}</legend>
        {drillKinds.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="kind"
              value={each}
              checked={kind === each}
              onChange={() => narrow({ kind: each, focus: "", level: undefined })}
            />{" "}
            <span>{t.drill.kinds[each]}</span>
          </label>
        ))}
      </fieldset>
      <Narrowing language={language} />
      {takesOwnText(kind) && <OwnText kind={kind} />}
      <p id="drill-hears" class="quiet">
        {drillHears(kind, language, transcriber)}
      </p>
    </div>
  );
}

/** Sound and level, of those that there are; a text of one's own has neither. */
function Narrowing({ language }: { language: string }) {
  const model = useModel();
  const { kind, focus, level, ownText } = model.state.choices;
  const all = drillChoices(language, kind);
  const chosen = all.some((each) => each.focus === focus) ? focus : "";
  const there = all.filter((each) => chosen === "" || each.focus === chosen);
  const levels = [...new Set(there.flatMap((each) => each.levels))].sort();
  const disabled = takesOwnText(kind) && ownText.trim() !== "";
  return (
    <div class="fields">
      <p>
        <label for="focus" id="focus-label">
          {t.drill.focus[kind]}
        </label>
        <select
          id="focus"
          value={chosen}
          disabled={disabled}
          onChange={({ currentTarget }) => model.choose({ focus: currentTarget.value, level: undefined })}
        >
          <option value="">{kind === "pacing" ? t.drill.allPacing : t.drill.all}</option>
          {all.map((each) => (
            <option key={each.focus} value={each.focus}>
              {t.drill.named[each.focus] ?? each.label}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label for="level">{t.drill.level}</label>
        <select
          id="level"
          value={level !== undefined && levels.includes(level) ? String(level) : ""}
          disabled={disabled}
          onChange={({ currentTarget }) =>
            model.choose({ level: currentTarget.value === "" ? undefined : Number(currentTarget.value) })
          }
        >
          <option value="">{t.drill.anyLevel}</option>
          {levels.map((each) => (
            <option key={each} value={String(each)}>
              {t.drill.levels[each]}
            </option>
          ))}
        </select>
      </p>
    </div>
  );
}

function OwnText({ kind }: { kind: "sentence" | "pacing" }) {
  const model = useModel();
  const { ownText } = model.state.choices;
  const isSentence = kind === "sentence";
  return (
    <p id="own">
      <label for="own-text">{isSentence ? t.drill.ownSentence : t.drill.ownPacing}</label>
      <input
        id="own-text"
        type="text"
        maxLength={500}
        value={ownText}
        placeholder={isSentence ? t.drill.ownSentenceExample : t.drill.ownPacingExample}
        onInput={({ currentTarget }) => {
          const { value } = currentTarget;
          // The server refuses it as well; the form says so at once.
          const unreadable = value.trim() !== "" && !isReadable(value);
          currentTarget.setCustomValidity(unreadable ? t.drill.unreadable : "");
          model.choose({ ownText: value });
        }}
      />
    </p>
  );
}
