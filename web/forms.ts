/** Forms of the pages around an account: sent once at a time, and what comes of it said in one place. */
import { wordsFor } from "./account-requests.ts";
import { element } from "./elements.ts";

/** Says something above the forms; empty: nothing. */
export function tell(text: string, kind: "bad" | "good" = "bad"): void {
  const told = element("told", HTMLElement);
  told.hidden = text === "";
  told.dataset.kind = kind;
  told.textContent = text;
}

/** Runs `send` when the form is sent, with its fields; what it throws is told. */
export function onSend(id: string, send: (fields: FormData) => Promise<void>): void {
  const form = element(id, HTMLFormElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(form.querySelectorAll("button"), () => send(new FormData(form)));
  });
}

/** Runs `act` when a button is pressed. */
export function onPress(button: HTMLButtonElement, act: () => Promise<void>): void {
  button.addEventListener("click", () => void once([button], act));
}

/** A field's text. */
export function field(fields: FormData, name: string): string {
  return String(fields.get(name) ?? "");
}

async function once(buttons: Iterable<HTMLButtonElement>, act: () => Promise<void>): Promise<void> {
  const all = [...buttons];
  for (const button of all) button.disabled = true;
  tell("");
  try {
    await act();
  } catch (error) {
    tell(wordsFor(error));
  } finally {
    for (const button of all) button.disabled = false;
  }
}
