/** What the sections of the account's page share. */
import type { Question } from "../dialog.tsx";
import type { Actions } from "./actions.ts";
import type { Key, Me, Place } from "./requests.ts";

/** What the page shows; absent parts are not this user's to see. */
export interface Shown {
  readonly me: Me;
  readonly places: readonly Place[];
  readonly keys: readonly Key[];
}

/** What its sections work with. */
export interface SectionProps extends Shown {
  readonly actions: Actions;
  ask(question: Question): void;
  reload(): Promise<void>;
}

export function leave(): void {
  location.replace("/sign-in.html");
}
