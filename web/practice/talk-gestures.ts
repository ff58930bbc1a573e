/** Hold or tap, finger, mouse or space bar: turns gestures into "talk" and "stop talking". */

/** A press shorter than this is a tap: talking goes on until the next one. ms. */
const tapMs = 300;

export interface TalkCalls {
  onTalk(): void;
  onStop(): void;
  /** Esc: the coach is to be silent. */
  onHush(): void;
  /** True while gestures count. */
  enabled(): boolean;
}

/** Elements that the space bar always belongs to. */
const fields = "textarea, select, input:not([type=checkbox], [type=radio]), dialog";
/** Elements that the space bar presses, for whoever came to them by keyboard. */
const controls = "input, summary, a, button:not(#talk)";

/** Watches the button and the space bar; `stop` ends that, and talking, if any. */
export function watchTalkButton(button: HTMLButtonElement, calls: TalkCalls): { stop(): void } {
  const watching = new AbortController();
  const talk = new TalkGestures(calls);
  watchPointer(button, talk, watching.signal);
  watchKeys(button, talk, calls, watching.signal);
  return {
    stop() {
      talk.release();
      watching.abort();
    },
  };
}

/** The button's state: whether the user talks, and the press that began it. */
class TalkGestures {
  readonly #calls: TalkCalls;
  #talking = false;
  /** Time at which the press under way began; undefined between presses, and for one that ended a talk. */
  #pressedAt: number | undefined;

  constructor(calls: TalkCalls) {
    this.#calls = calls;
  }

  press(at: number): void {
    if (this.#talking) {
      this.#pressedAt = undefined;
      this.release();
      return;
    }
    if (!this.#calls.enabled()) return;
    this.#pressedAt = at;
    this.#talking = true;
    this.#calls.onTalk();
  }

  lift(at: number): void {
    const held = this.#pressedAt !== undefined && at - this.#pressedAt >= tapMs;
    this.#pressedAt = undefined;
    if (held) this.release();
  }

  /** Ends a press whose end nobody will tell. */
  abandonPress(): void {
    if (this.#pressedAt !== undefined) this.release();
    this.#pressedAt = undefined;
  }

  release(): void {
    if (!this.#talking) return;
    this.#talking = false;
    this.#calls.onStop();
  }
}

function watchPointer(button: HTMLButtonElement, talk: TalkGestures, signal: AbortSignal): void {
  const on = <K extends keyof HTMLElementEventMap>(name: K, act: (event: HTMLElementEventMap[K]) => void) =>
    button.addEventListener(name, act, { signal });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    button.focus({ preventScroll: true });
    button.setPointerCapture(event.pointerId);
    talk.press(event.timeStamp);
  });
  on("pointerup", (event) => talk.lift(event.timeStamp));
  on("pointercancel", (event) => talk.lift(event.timeStamp));
  on("contextmenu", (event) => event.preventDefault());
  // A screen reader's click comes alone, without pointer or key: it is a tap.
  on("click", (event) => {
    if (event.detail !== 0 || (event as PointerEvent).pointerType) return;
    talk.press(event.timeStamp);
    talk.lift(event.timeStamp);
  });
}

function watchKeys(
  button: HTMLButtonElement,
  talk: TalkGestures,
  calls: TalkCalls,
  signal: AbortSignal,
): void {
  const on = <K extends "keydown" | "keyup" | "pointerdown">(
    name: K,
    act: (event: DocumentEventMap[K]) => void,
  ) => document.addEventListener(name, act, { signal, capture: true });
  // A control that was clicked keeps the focus, and the space bar would press it again.
  let pointed = false;
  let held: string | undefined;
  const isTheirs = (target: EventTarget | null) =>
    target instanceof Element &&
    (target.closest(fields) !== null || (target.closest(controls) !== null && !(pointed && calls.enabled())));
  const isTalkKey = ({ code, target }: KeyboardEvent) =>
    (code === "Space" || (code === "Enter" && target === button)) && !isTheirs(target);
  on("pointerdown", () => {
    pointed = true;
  });
  on("keydown", (event) => {
    if (event.key === "Tab") pointed = false;
    if (event.key === "Escape") return calls.onHush();
    if (!isTalkKey(event) || !(calls.enabled() || event.target !== button)) return;
    event.preventDefault();
    held = event.code;
    if (!event.repeat) talk.press(event.timeStamp);
  });
  on("keyup", (event) => {
    if (event.code !== held) return;
    held = undefined;
    event.preventDefault();
    talk.lift(event.timeStamp);
  });
  // A key let go in another window is never reported here.
  window.addEventListener(
    "blur",
    () => {
      held = undefined;
      talk.abandonPress();
    },
    { signal },
  );
}
