/** Dialogs over a page, and what is told at its head. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { focusNear, pathOf } from "./keep-focus.ts";
import { t } from "./messages/index.ts";
import { useAction } from "./use-action.ts";

export interface Question {
  readonly title: string;
  readonly text: string;
  /** Label of the button that does it. */
  readonly action: string;
  /** Label of the button that leaves it; absent: "Cancel". */
  readonly cancel?: string;
  /** Label of a reason that has to be given. */
  readonly reason?: string;
  readonly confirm: (reason: string) => Promise<void>;
}

interface ConfirmProps {
  readonly question: Question;
  readonly onDone: () => void;
  /** A failure in words. */
  readonly inWords?: (error: unknown) => string;
}

/** Asks before something is done; what fails is said in place. */
export function Confirm({ question, onDone, inWords }: ConfirmProps) {
  const { title, text, action, cancel = t.cancel, reason, confirm } = question;
  const { busy, failure, run } = useAction(inWords);
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget as HTMLFormElement).get("reason") ?? "").trim();
    void run(async () => {
      await confirm(given);
      onDone();
    });
  };
  return (
    <Dialog title={title} onClose={onDone}>
      <p>{text}</p>
      {failure && <Told text={failure} />}
      <form onSubmit={send}>
        {reason && (
          <p class="field">
            <label for="reason">{reason}</label>
            <input id="reason" name="reason" type="text" maxLength={500} required pattern=".*\S.*" />
          </p>
        )}
        <p class="buttons">
          <button type="button" onClick={onDone}>
            {cancel}
          </button>
          <button type="submit" class="danger" disabled={busy}>
            {action}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

/** A dialog over the page; Escape closes it, and the focus goes back to where it was, or near it. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = pathOf(document.activeElement);
    dialog.current?.showModal();
    return () => focusNear(before);
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={props.onClose}>
      <h2 id="dialog-title">{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** What went wrong, or well. */
export function Told({ text, kind = "bad" }: { text: string; kind?: "bad" | "good" }) {
  return (
    <p class="told" role="alert" data-kind={kind}>
      {text}
    </p>
  );
}
