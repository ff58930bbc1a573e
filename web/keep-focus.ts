/**
 * Keeps the focus near where it was: a browser takes it from an element that is removed or disabled, and who goes by
 * keyboard would begin at the head of the page again.
 */

/** What had the focus last, and what that stands in, innermost first; empty once a pointer was used. */
let path: readonly HTMLElement[] = [];
/** Was disabled while it had the focus. */
let disabled: HTMLElement | undefined;

const isFree = () => document.activeElement === document.body || document.activeElement?.matches("dialog");

/** An element and all that it stands in, innermost first. */
export function pathOf(element: Element | null): readonly HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let each = element; each && each !== document.body; each = each.parentElement)
    if (each instanceof HTMLElement) found.push(each);
  return found;
}

/** Gives the focus to the innermost that is there still: the element itself, or the part of the page it stood in. */
export function focusNear([element, ...around]: readonly HTMLElement[]): void {
  if (element?.isConnected) return element.focus();
  const part = around.find((each) => each.isConnected && each.matches("dialog, section, main"));
  if (!part) return;
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

function followChange(changes: readonly MutationRecord[]): void {
  const [focused] = path;
  if (!focused) return;
  if (!focused.isConnected) {
    if (isFree()) focusNear(path);
    return;
  }
  if (!changes.some(({ target }) => target === focused)) return;
  if (focused.matches(":disabled")) disabled = focused;
  else if (disabled === focused) {
    disabled = undefined;
    if (isFree()) focused.focus();
  }
}

/** Watches the page from here on. */
export function keepFocus(): void {
  document.addEventListener("focusin", ({ target }) => {
    path = target instanceof Element && !target.matches("dialog") ? pathOf(target) : path;
  });
  document.addEventListener(
    "pointerdown",
    () => {
      path = [];
    },
    { capture: true },
  );
  new MutationObserver(followChange).observe(document.body, {
    childList: true,
    subtree: true,
    attributeFilter: ["disabled"],
  });
}
