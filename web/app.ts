/** The first page: what to practise is chosen, a session started and ended, and how things stand is said plainly. */
import { ConnectError } from "../src/client/connect.ts";
import { MicrophoneError } from "../src/client/microphone.ts";
import { AskError } from "../src/client/report/kept.ts";
import { noTurns, type Turns } from "../src/client/turns.ts";
import { askHere } from "./ask.ts";
import { drawCoaching, reportAddress, watchCoaching } from "./coaching-view.ts";
import { clearTurns, drawTurns } from "./drawing.ts";
import { drillRequest, showDrillFields } from "./drill-form.ts";
import { clearDrill, drawDrill } from "./drill-view.ts";
import { element, setLevel, setText } from "./elements.ts";
import { canHear } from "./hearing.ts";
import { chosenLanguage, offerLanguages } from "./languages.ts";
import { chosenPersona, loadPersonas, type PersonaView, titleOf } from "./personas.ts";
import { type Practice, type PracticeCalls, startPractice } from "./practice.ts";
import { statusText } from "./status.ts";
import { watchTalkButton } from "./talk-button.ts";
import "./who.ts";

const start = element("start", HTMLButtonElement);
const talk = element("talk", HTMLButtonElement);
const handsFree = element("hands-free", HTMLInputElement);
const notice = element("notice", HTMLElement);
const reconnect = element("reconnect", HTMLButtonElement);
const yourLevel = element("your-level", HTMLMeterElement);
const coachLevel = element("coach-level", HTMLMeterElement);
const typed = element("typed", HTMLInputElement);

let practice: Practice | undefined;
/** Persona and language of the session, as chosen when it began. */
let partner: PersonaView | undefined;
let language = "en";
let transcriber: string | undefined;
let sessionId: string | undefined;
let phase: "idle" | "connecting" | "live" | "closed" = "idle";
let turns: Turns = noTurns;
let speaking = false;
let talking = false;
/** The connection was lost, and the session waits for it. */
let away = false;
/** Grows with each start, so that what an earlier session still says is not listened to. */
let round = 0;

function tell(message: string, offerReconnect = false): void {
  notice.hidden = message === "";
  setText(element("notice-text", HTMLElement), message);
  reconnect.hidden = !offerReconnect;
}

function drawWelcome(): void {
  const persona = chosenPersona();
  offerLanguages(persona);
  const place = element("drill-choice", HTMLElement);
  place.hidden = persona?.flow !== "drill";
  if (!place.hidden) showDrillFields(place, chosenLanguage(), transcriber);
  start.disabled = persona === undefined;
}

function drawPractice(): void {
  if (!partner) return;
  const { flow } = partner;
  const isDrill = flow === "drill";
  const live = phase === "live";
  element("drill", HTMLElement).hidden = !isDrill || turns.coaching.report !== undefined;
  element("type-form", HTMLElement).hidden = isDrill || !live;
  if (isDrill) {
    showDrillFields(element("change-place", HTMLElement), language, transcriber);
    drawDrill(turns, language);
  }
  drawTurns(turns, isDrill);
  drawCoaching(turns.coaching, { flow, language, sessionId, live });
}

function draw(): void {
  const live = phase === "live";
  const idle = phase === "idle";
  document.body.dataset.phase = phase;
  document.body.dataset.connection = away ? "reconnecting" : "";
  element("welcome", HTMLElement).hidden = !idle;
  element("practice", HTMLElement).hidden = idle;
  element("controls", HTMLElement).hidden = idle;
  const who = element("who", HTMLElement);
  who.hidden = idle;
  setText(who, partner ? titleOf(partner) : "");
  talk.disabled = !live || handsFree.checked;
  const listens = handsFree.checked || talking;
  setText(element("talk-label", HTMLElement), listens ? "Listening" : "Hold or tap to talk");
  setText(element("end", HTMLElement), phase === "closed" ? "Back" : "End");
  const standing = { phase, away, talking, speaking, handsFree: handsFree.checked, turns };
  setText(element("status", HTMLElement), statusText(standing));
  if (idle) drawWelcome();
  else drawPractice();
}

const isCurrent = (mine: number) => mine === round;

/** A session's events for the page; those of a session that is no longer the present one are ignored. */
function callsOf(mine: number): PracticeCalls {
  return {
    onTurns(next) {
      if (!isCurrent(mine)) return;
      turns = next;
      draw();
    },
    onSpeaking(now) {
      if (!isCurrent(mine) || speaking === now) return;
      speaking = now;
      draw();
    },
    onYourLevel(level) {
      const shown = handsFree.checked || talking ? level : 0;
      setLevel(yourLevel, shown);
      talk.style.setProperty("--level", shown.toFixed(2));
    },
    onCoachLevel: (level) => setLevel(coachLevel, level),
    onTrouble(message) {
      if (isCurrent(mine)) tell(message);
    },
    onConnection(state) {
      if (!isCurrent(mine)) return;
      away = state === "reconnecting";
      tell(away ? "The connection to Kuku was lost. It goes on as soon as it is back." : "");
      draw();
    },
    onClosed(closing) {
      if (!isCurrent(mine)) return;
      // With its report in sight nothing more need be said of the end.
      const ended = closing.code === 1000 && turns.coaching.report !== undefined;
      close(ended ? "" : closing.message, closing.retry !== "no" || closing.code === 1006);
    },
  };
}

function failureText(error: unknown): string {
  if (error instanceof ConnectError) return `Kuku cannot be reached: ${error.message}.`;
  if (error instanceof MicrophoneError || error instanceof AskError) return error.message;
  console.error(error);
  return "The browser could not start the sound. Reload the page and try again.";
}

async function begin(persona: PersonaView): Promise<void> {
  const mine = ++round;
  practice?.end();
  practice = undefined;
  partner = persona;
  language = chosenLanguage();
  sessionId = undefined;
  turns = noTurns;
  speaking = talking = away = false;
  phase = "connecting";
  clearTurns();
  clearDrill();
  tell("");
  draw();
  const url = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/v1/realtime`;
  const drill = persona.flow === "drill" && { drill: drillRequest() };
  try {
    const chosen = { persona: persona.id, language, handsFree: handsFree.checked, ...drill };
    const opened = await startPractice({ ...callsOf(mine), url, ...chosen });
    if (!isCurrent(mine)) return opened.end();
    practice = opened;
    ({ sessionId, transcriber } = opened);
    phase = "live";
    const { short, full } = canHear(transcriber);
    setText(element("hears", HTMLElement), short);
    setText(element("can-hear", HTMLElement), full);
    draw();
  } catch (error) {
    if (isCurrent(mine)) close(failureText(error), true);
  }
}

/** Starts with whoever is chosen, or begins again with whom it was. */
async function beginAndFocus(persona: PersonaView | undefined): Promise<void> {
  if (!persona) return;
  await begin(persona);
  talk.focus();
}

function close(message: string, offerReconnect: boolean): void {
  button.release();
  practice = undefined;
  phase = "closed";
  speaking = talking = away = false;
  setLevel(yourLevel, 0);
  setLevel(coachLevel, 0);
  tell(message, offerReconnect);
  draw();
}

const button = watchTalkButton(talk, {
  enabled: () => phase === "live" && !handsFree.checked,
  onTalk() {
    talking = true;
    tell("");
    practice?.talk();
    draw();
  },
  onStop() {
    talking = false;
    practice?.stopTalking();
    draw();
  },
});

/** Back to the first view; what was said can be looked at there. */
function leave(): void {
  round++;
  button.release();
  practice?.end();
  practice = undefined;
  const spoke = sessionId !== undefined && turns.turns.some((turn) => turn.utterance);
  element("last", HTMLElement).hidden = !spoke;
  if (spoke && sessionId !== undefined) {
    element("last-session", HTMLAnchorElement).href = reportAddress(sessionId);
    // A socket that closes may come back; whoever ends means it.
    if (phase === "live") askHere(`/api/sessions/${sessionId}/end`, {}).catch(() => {});
  }
  phase = "idle";
  turns = noTurns;
  away = false;
  tell("");
  draw();
  start.focus();
}

element("choose", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void beginAndFocus(chosenPersona());
});
element("choose", HTMLFormElement).addEventListener("change", draw);
reconnect.addEventListener("click", () => (partner ? void beginAndFocus(partner) : void load()));
element("end", HTMLElement).addEventListener("click", leave);
handsFree.addEventListener("change", () => {
  button.release();
  practice?.setHandsFree(handsFree.checked);
  draw();
});
element("change-form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  practice?.setDrill(drillRequest());
  element("change", HTMLDetailsElement).open = false;
  talk.focus();
});
for (const command of ["repeat", "next"] as const)
  element(command, HTMLButtonElement).addEventListener("click", () => practice?.command(command));
element("type-form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  const text = typed.value.trim();
  if (text === "") return;
  practice?.say(text);
  typed.value = "";
});
watchCoaching({ onAnswer: (words) => practice?.answer(words) }, () => language);

async function load(): Promise<void> {
  tell("");
  try {
    await loadPersonas();
  } catch (error) {
    tell(failureText(error), true);
  }
  draw();
}
draw();
await load();
