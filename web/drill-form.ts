/** The choice of a drill: its kind, and what it is narrowed to; the same fields before the start and under way. */
import { isReadable } from "../src/protocol/readable-text.ts";
import { type DrillKind, type DrillRequest, drillChoices } from "./drill-choices.ts";
import { element, setText } from "./elements.ts";
import { drillHears } from "./hearing.ts";

const fields = element("drill-options", HTMLElement);
const focus = element("focus", HTMLSelectElement);
const level = element("level", HTMLSelectElement);
const own = element("own", HTMLElement);
const ownText = element("own-text", HTMLInputElement);
const hears = element("drill-hears", HTMLElement);

const focusLabels: Readonly<Record<DrillKind, string>> = {
  sentence: "Sound",
  minimal_pairs: "Words",
  pacing: "What",
};
const levelNames = ["", "1 · easy", "2 · medium", "3 · hard"];
const ownHints = {
  sentence: { label: "Or a sentence of your own", placeholder: "She sells sea shells by the sea shore." },
  pacing: {
    label: "Or a text of your own, with … where to pause",
    placeholder: "I have one thing to say … thank you.",
  },
};

/** The session's properties that the fields depend on: language and recogniser. */
let shown: { language: string; transcriber: string | undefined } = { language: "en", transcriber: undefined };

function kind(): DrillKind {
  const checked = fields.querySelector<HTMLInputElement>("input[name=kind]:checked");
  return (checked?.value ?? "sentence") as DrillKind;
}

function option(value: string, text: string): HTMLOptionElement {
  return Object.assign(document.createElement("option"), { value, textContent: text });
}

function drawFocus(): void {
  const before = focus.value;
  const any = kind() === "pacing" ? "Pace and pauses" : "All there are";
  const choices = drillChoices(shown.language, kind());
  focus.replaceChildren(option("", any), ...choices.map((each) => option(each.focus, each.label)));
  if (choices.some((each) => each.focus === before)) focus.value = before;
}

function drawLevel(): void {
  const before = level.value;
  const choices = drillChoices(shown.language, kind());
  const there = choices.filter((each) => focus.value === "" || each.focus === focus.value);
  const levels = [...new Set(there.flatMap((each) => each.levels))].sort();
  level.replaceChildren(
    option("", "Any"),
    ...levels.map((each) => option(String(each), levelNames[each] ?? "")),
  );
  if (levels.includes(Number(before))) level.value = before;
}

function draw(): void {
  const chosen = kind();
  setText(element("focus-label", HTMLElement), focusLabels[chosen]);
  drawFocus();
  drawLevel();
  own.hidden = chosen === "minimal_pairs";
  if (chosen !== "minimal_pairs") {
    setText(element("own-label", HTMLElement), ownHints[chosen].label);
    ownText.placeholder = ownHints[chosen].placeholder;
  }
  drawOwn();
  setText(hears, drillHears(chosen, shown.language, shown.transcriber));
}

/** A text of one's own has neither sound nor level. */
function drawOwn(): void {
  const isOwn = !own.hidden && ownText.value.trim() !== "";
  focus.disabled = level.disabled = isOwn;
  // The server refuses it as well; the form says so at once.
  const unreadable = isOwn && !isReadable(ownText.value);
  ownText.setCustomValidity(
    unreadable ? "Nothing in this can be read aloud: a text needs a word or a number." : "",
  );
}

/** The chosen settings, as on the wire. */
export function drillRequest(): DrillRequest {
  const text = own.hidden ? "" : ownText.value.trim();
  if (text !== "") return { kind: kind(), text };
  return {
    kind: kind(),
    ...(focus.value !== "" && { focus: focus.value }),
    ...(level.value !== "" && { level: Number(level.value) }),
  };
}

/** Puts the fields where they are needed: on the start page, or into the drill under way. */
export function showDrillFields(
  parent: HTMLElement,
  language: string,
  transcriber: string | undefined,
): void {
  if (fields.parentElement !== parent) parent.append(fields);
  if (shown.language === language && shown.transcriber === transcriber && focus.length > 0) return;
  shown = { language, transcriber };
  draw();
}

fields.addEventListener("change", (event) => {
  if (event.target === focus) drawLevel();
  else if (event.target instanceof HTMLInputElement && event.target.type === "radio") draw();
});
ownText.addEventListener("input", drawOwn);
