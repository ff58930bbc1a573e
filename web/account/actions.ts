/** What the forms and buttons of the pages around an account do: one thing at a time, and what comes of it is told. */
import { useState } from "preact/hooks";
import { wordsFor } from "../errors.ts";

interface Outcome {
  readonly text: string;
  readonly kind: "bad" | "good";
}

export interface Actions {
  readonly busy: boolean;
  readonly outcome: Outcome | undefined;
  /** Says something above the forms; empty: nothing. */
  tell(text: string, kind?: Outcome["kind"]): void;
  /** Runs `act`; what it throws is told. */
  run(act: () => Promise<void>): void;
  /** Runs `act` with a form's fields when it is sent. */
  onSend(act: (fields: FormData, form: HTMLFormElement) => Promise<void>): (event: SubmitEvent) => void;
}

/** A field's text. */
export function field(fields: FormData, name: string): string {
  return String(fields.get(name) ?? "");
}

export function useActions(): Actions {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const tell: Actions["tell"] = (text, kind = "bad") => setOutcome(text === "" ? undefined : { text, kind });
  const run: Actions["run"] = (act) => {
    setBusy(true);
    tell("");
    act()
      .catch((error: unknown) => tell(wordsFor(error)))
      .finally(() => setBusy(false));
  };
  const onSend: Actions["onSend"] = (act) => (event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    run(() => act(new FormData(form), form));
  };
  return { busy, outcome, tell, run, onSend };
}
