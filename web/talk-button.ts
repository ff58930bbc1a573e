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

/** Watches the button and the space bar. Answers a function that stops talking, if any, without a gesture. */
export function watchTalkButton(button: HTMLButtonElement, calls: TalkCalls): { release(): void } {
  let talking = false;
  /** When the press under way began; undefined between presses, and for one that ended a talk. */
  let pressedAt: number | undefined;

  const start = () => {
    talking = true;
    button.setAttribute("aria-pressed", "true");
    calls.onTalk();
  };
  const stop = () => {
    if (!talking) return;
    talking = false;
    button.setAttribute("aria-pressed", "false");
    calls.onStop();
  };
  const press = (at: number) => {
    if (!calls.enabled()) return;
    if (talking) {
      pressedAt = undefined;
      stop();
      return;
    }
    pressedAt = at;
    start();
  };
  const lift = (at: number) => {
    const held = pressedAt !== undefined && at - pressedAt >= tapMs;
    pressedAt = undefined;
    if (held) stop();
  };

  button.setAttribute("aria-pressed", "false");
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    button.focus();
    button.setPointerCapture(event.pointerId);
    press(event.timeStamp);
  });
  button.addEventListener("pointerup", (event) => lift(event.timeStamp));
  button.addEventListener("pointercancel", (event) => lift(event.timeStamp));
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  // A screen reader's click comes alone, without pointer or key: it is a tap.
  button.addEventListener("click", (event) => {
    if (event.detail !== 0 || event.pointerType) return;
    press(event.timeStamp);
    lift(event.timeStamp);
  });
  const isOurs = (event: KeyboardEvent) =>
    (event.code === "Space" || (event.code === "Enter" && event.target === button)) &&
    !isTyping(event.target);
  document.addEventListener("keydown", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    if (!event.repeat) press(event.timeStamp);
  });
  document.addEventListener("keyup", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    lift(event.timeStamp);
  });
  // A key let go in another window is never told of here.
  window.addEventListener("blur", () => {
    if (pressedAt !== undefined) stop();
    pressedAt = undefined;
  });
  return { release: stop };
}
