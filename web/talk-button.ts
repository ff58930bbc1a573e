/** Hold or tap, finger, mouse or space bar: turns gestures into "talk" and "stop talking". */

/** A press shorter than this is a tap: talking goes on until the next one. ms. */
const tapMs = 300;

export interface TalkCalls {
  onTalk(): void;
  onStop(): void;
  /** Whether gestures count at all now. */
  enabled(): boolean;
}

/** Whether a key press belongs to the element it went to, and not to the page. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, summary, a, button:not(#talk)") !== null
  );
}

/** Watches the button and the space bar; `release` stops talking, if any, without a gesture. */
export function watchTalkButton(button: HTMLButtonElement, calls: TalkCalls): { release(): void } {
  const talk = new TalkGestures(button, calls);
  watchPointer(button, talk);
  watchKeys(button, talk);
  return { release: () => talk.release() };
}

/** The button's state: whether the user talks, and the press that began it. */
class TalkGestures {
  readonly #button: HTMLButtonElement;
  readonly #calls: TalkCalls;
  #talking = false;
  /** Time at which the press under way began; undefined between presses, and for one that ended a talk. */
  #pressedAt: number | undefined;

  constructor(button: HTMLButtonElement, calls: TalkCalls) {
    this.#button = button;
    this.#calls = calls;
    button.setAttribute("aria-pressed", "false");
  }

  press(at: number): void {
    if (!this.#calls.enabled()) return;
    if (this.#talking) {
      this.#pressedAt = undefined;
      this.release();
      return;
    }
    this.#pressedAt = at;
    this.#talking = true;
    this.#button.setAttribute("aria-pressed", "true");
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
    this.#button.setAttribute("aria-pressed", "false");
    this.#calls.onStop();
  }
}

function watchPointer(button: HTMLButtonElement, talk: TalkGestures): void {
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    button.focus();
    button.setPointerCapture(event.pointerId);
    talk.press(event.timeStamp);
  });
  button.addEventListener("pointerup", (event) => talk.lift(event.timeStamp));
  button.addEventListener("pointercancel", (event) => talk.lift(event.timeStamp));
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  // A screen reader's click comes alone, without pointer or key: it is a tap.
  button.addEventListener("click", (event) => {
    if (event.detail !== 0 || event.pointerType) return;
    talk.press(event.timeStamp);
    talk.lift(event.timeStamp);
  });
}

function watchKeys(button: HTMLButtonElement, talk: TalkGestures): void {
  const isTalkKey = (event: KeyboardEvent) =>
    (event.code === "Space" || (event.code === "Enter" && event.target === button)) &&
    !isTyping(event.target);
  document.addEventListener("keydown", (event) => {
    if (!isTalkKey(event)) return;
    event.preventDefault();
    if (!event.repeat) talk.press(event.timeStamp);
  });
  document.addEventListener("keyup", (event) => {
    if (!isTalkKey(event)) return;
    event.preventDefault();
    talk.lift(event.timeStamp);
  });
  // A key let go in another window is never reported here.
  window.addEventListener("blur", () => talk.abandonPress());
}
