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

/** Whether a key press belongs to the element it went to, and not to the page. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, summary, a, button:not(#talk)") !== null
  );
}

/** Watches the button and the space bar; `stop` ends that, and talking, if any. */
export function watchTalkButton(button: HTMLButtonElement, calls: TalkCalls): { stop(): void } {
  const watching = new AbortController();
  const talk = new TalkGestures(calls);
  watchPointer(button, talk, watching.signal);
  watchKeys(button, talk, calls, watching.signal);
  giveKeysBack(button, calls, watching.signal);
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
  const isTalkKey = (event: KeyboardEvent) =>
    (event.code === "Space" || (event.code === "Enter" && event.target === button)) &&
    !isTyping(event.target);
  const on = (name: "keydown" | "keyup", act: (event: KeyboardEvent) => void) =>
    document.addEventListener(name, act, { signal });
  on("keydown", (event) => {
    if (event.key === "Escape") return calls.onHush();
    if (!isTalkKey(event) || !(calls.enabled() || event.target !== button)) return;
    event.preventDefault();
    if (!event.repeat) talk.press(event.timeStamp);
  });
  on("keyup", (event) => {
    if (!isTalkKey(event)) return;
    event.preventDefault();
    talk.lift(event.timeStamp);
  });
  // A key let go in another window is never reported here.
  window.addEventListener("blur", () => talk.abandonPress(), { signal });
}

/**
 * A button, switch or summary that was clicked keeps the focus, and the space bar would press it again: it goes back to
 * the talk button. Who comes to it by keyboard keeps it there.
 */
function giveKeysBack(button: HTMLButtonElement, calls: TalkCalls, signal: AbortSignal): void {
  const giveBack = ({ detail, target }: MouseEvent) => {
    const pressed = target instanceof Element ? target.closest("button, summary, label, a") : null;
    if (detail === 0 || !pressed || pressed === button) return;
    // After the click's own work, which may put the focus elsewhere, such as into a field that has opened.
    setTimeout(() => {
      if (!calls.enabled()) return;
      const { activeElement } = document;
      const isField = activeElement?.matches("select, textarea, input:not([type=checkbox], [type=radio])");
      if (!isField && !signal.aborted) button.focus({ preventScroll: true });
    });
  };
  document.addEventListener("click", giveBack, { signal });
}
