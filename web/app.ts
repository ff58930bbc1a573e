/** The first page: chooses a persona, starts and ends a practice session, and says plainly how things stand. */
import { ConnectError } from "../src/client/connect.ts";
import { MicrophoneError } from "../src/client/microphone.ts";
import { noTurns, type Turns } from "../src/client/turns.ts";
import { clearTurns, drawTurns } from "./drawing.ts";
import { element, setLevel, setText } from "./elements.ts";
import { type Practice, type PracticeCalls, startPractice } from "./practice.ts";
import { watchTalkButton } from "./talk-button.ts";

const personas = element("personas", HTMLElement);
const about = element("about", HTMLElement);
const start = element("start", HTMLButtonElement);
const talk = element("talk", HTMLButtonElement);
const talkLabel = element("talk-label", HTMLElement);
const handsFree = element("hands-free", HTMLInputElement);
const notice = element("notice", HTMLElement);
const reconnect = element("reconnect", HTMLButtonElement);
const yourLevel = element("your-level", HTMLMeterElement);
const coachLevel = element("coach-level", HTMLMeterElement);
const ownText = element("own-text", HTMLInputElement);

const texts: Record<string, string> = {
  reader:
    "Kuku shows you a sentence and says it. Read it aloud, and see word by word how it went, with one thing to try next.",
  kuku: "Think something through with Kuku, one question at a time: what you want, where you stand, what you could do.",
};

/** What the server's ear can and cannot do, in the person's words: in short, and in full. */
function canHear(transcriber: string | undefined): { short: string; full: string } {
  if (transcriber === undefined || transcriber === "soundswallower")
    return {
      short: "Kuku listens offline here: to the sentence and a few commands, not to free speech",
      full: "It hears how each word of the sentence on the screen was read, and a few words said alone: yes, no, next, repeat, wrap up, stop. Free speech it does not put into words; in a conversation Kuku answers to how you spoke (how long, how fast, with which pauses) and not to what you said.",
    };
  if (transcriber.startsWith("scripted"))
    return {
      short: "This server plays a script: Kuku answers, but does not listen to your words",
      full: "It was started for a demonstration. Start it without TRANSCRIBER=scripted to be heard.",
    };
  return {
    short: "Kuku hears free speech here and writes it down",
    full: `Your speech is put into words by ${transcriber}.`,
  };
}

let practice: Practice | undefined;
let phase: "idle" | "connecting" | "live" | "closed" = "idle";
let turns: Turns = noTurns;
let speaking = false;
let talking = false;
/** The connection was lost, and the session waits for it. */
let away = false;
/** Grows with each start, so that what an earlier session still says is not listened to. */
let round = 0;

const persona = () => personas.querySelector<HTMLInputElement>("input:checked")?.value ?? "kuku";
const isDrill = () => persona() === "reader";

function tell(message: string, offerReconnect = false): void {
  notice.hidden = message === "";
  setText(element("notice-text", HTMLElement), message);
  reconnect.hidden = !offerReconnect;
}

function statusText(): string {
  if (phase === "connecting") return "Connecting…";
  if (phase !== "live") return "Not connected";
  if (away) return talking ? "Reconnecting… go on, what you say is kept" : "Reconnecting…";
  const last = turns.turns.at(-1);
  const { utterance, reply } = last ?? {};
  if (talking) return "Listening… let go, or tap again, when you have finished";
  if (speaking) return handsFree.checked ? "Kuku is speaking; speak to interrupt" : "Kuku is speaking";
  if (utterance?.state === "speaking") return "Listening…";
  if (utterance && utterance.state !== "failed" && reply?.doneAt === undefined) return "Thinking…";
  if (handsFree.checked) return "Your turn: just speak";
  return "Your turn: hold the button or the space bar";
}

function draw(): void {
  const live = phase === "live";
  document.body.dataset.phase = phase;
  document.body.dataset.connection = away ? "reconnecting" : "";
  element("welcome", HTMLElement).hidden = phase !== "idle";
  element("practice", HTMLElement).hidden = phase === "idle";
  element("controls", HTMLElement).hidden = phase === "idle";
  element("drill", HTMLElement).hidden = !isDrill();
  setText(about, texts[persona()] ?? "");
  talk.disabled = !live || handsFree.checked;
  setText(talkLabel, handsFree.checked ? "Listening" : talking ? "Listening" : "Hold or tap to talk");
  setText(element("status", HTMLElement), statusText());
  drawTurns(turns, isDrill());
}

const isCurrent = (mine: number) => mine === round;

/** What a session tells the page; a session that is no longer the present one is not listened to. */
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
      if (isCurrent(mine)) close(closing.message, closing.retry !== "no" || closing.code === 1006);
    },
  };
}

function failureText(error: unknown): string {
  if (error instanceof ConnectError) return `Kuku cannot be reached: ${error.message}.`;
  if (error instanceof MicrophoneError) return error.message;
  console.error(error);
  return "The browser could not start the sound. Reload the page and try again.";
}

async function begin(): Promise<void> {
  const mine = ++round;
  practice?.end();
  practice = undefined;
  turns = noTurns;
  speaking = talking = away = false;
  phase = "connecting";
  clearTurns();
  tell("");
  draw();
  const url = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/v1/realtime`;
  try {
    const calls = callsOf(mine);
    const opened = await startPractice({ ...calls, url, persona: persona(), handsFree: handsFree.checked });
    if (!isCurrent(mine)) return opened.end();
    practice = opened;
    phase = "live";
    const { short, full } = canHear(opened.transcriber);
    setText(element("hears", HTMLElement), short);
    setText(element("can-hear", HTMLElement), full);
    draw();
  } catch (error) {
    if (isCurrent(mine)) close(failureText(error), true);
  }
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

start.addEventListener("click", () => void begin().then(() => talk.focus()));
reconnect.addEventListener("click", () => void begin().then(() => talk.focus()));
element("end", HTMLElement).addEventListener("click", () => {
  round++;
  button.release();
  practice?.end();
  practice = undefined;
  phase = "idle";
  away = false;
  tell("");
  draw();
  start.focus();
});
personas.addEventListener("change", () => {
  if (phase === "idle") draw();
  else void begin();
});
handsFree.addEventListener("change", () => {
  button.release();
  practice?.setHandsFree(handsFree.checked);
  draw();
});
element("own-form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  practice?.setSentence(ownText.value);
  turns = { ...turns, sentence: ownText.value };
  element("own", HTMLDetailsElement).open = false;
  ownText.blur();
  draw();
});
draw();
