/** Parts that the sections of the administrators' page share: tables, dialogs, reading and acting. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { wordsFor } from "../account-requests.ts";
import { t } from "./messages.ts";
import { isSignedOut } from "./requests.ts";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Figures stand at the right. */
  readonly figure?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  readonly empty: string;
}

/** A table; on a phone each row is a card whose cells carry their column's name. */
export function Table<Row>({ label, columns, rows, idOf, empty }: TableProps<Row>) {
  if (rows.length === 0) return <p class="quiet">{empty}</p>;
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ name, figure }) => (
            <th key={name} scope="col" class={figure ? "figure" : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={idOf(row)} data-id={idOf(row)}>
            {columns.map(({ name, cell, figure }) => (
              <td key={name} data-name={name} class={figure ? "figure" : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export interface Question {
  readonly title: string;
  readonly text: string;
  /** Label of the button that does it. */
  readonly action: string;
  /** Label of a reason that has to be given. */
  readonly reason?: string;
  readonly confirm: (reason: string) => Promise<void>;
}

/** Asks before something is done; what fails is said in place. */
export function Confirm({ question, onDone }: { question: Question; onDone: () => void }) {
  const { title, text, action, reason, confirm } = question;
  const { busy, failure, run } = useAction();
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
            {t.cancel}
          </button>
          <button type="submit" class="danger" disabled={busy}>
            {action}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

/** A dialog over the page; Escape closes it, and the focus goes back to where it was. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={props.onClose}>
      <h2 id="dialog-title">{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** Something that went wrong. */
export function Told({ text }: { text: string }) {
  return (
    <p class="told" role="alert" data-kind="bad">
      {text}
    </p>
  );
}

function inWords(error: unknown): string {
  if (isSignedOut(error)) location.replace("/sign-in.html?next=/admin.html");
  return wordsFor(error);
}

/** One action at a time, with what went wrong of the last one. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const run = useCallback(async (action: () => Promise<void>) => {
    setBusy(true);
    setFailure("");
    await action().catch((error: unknown) => setFailure(inWords(error)));
    setBusy(false);
  }, []);
  return { busy, failure, run };
}

/** Reads at once, again whenever `key` changes, at each `reload`, and every `everyMs`. The last answer stays meanwhile. */
export function useReading<T>(reading: () => Promise<T>, key: string, everyMs?: number) {
  const [answer, setAnswer] = useState<T>();
  const [failure, setFailure] = useState("");
  const [round, setRound] = useState(0);
  // The key stands for what is read.
  useEffect(() => {
    let wanted = true;
    const look = () =>
      reading().then(
        (got) => {
          if (!wanted) return;
          setAnswer(got);
          setFailure("");
        },
        (error: unknown) => wanted && setFailure(inWords(error)),
      );
    void look();
    const timer = everyMs === undefined ? undefined : setInterval(look, everyMs);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [key, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  return { answer, failure, reload };
}

interface Paged<T> {
  readonly entries: readonly T[];
  readonly next?: string;
}

/** Reads page after page; another `key` begins anew. */
export function usePages<T>(readPage: (cursor: string | undefined) => Promise<Paged<T>>, key: string) {
  const first = useReading(() => readPage(undefined), key);
  const [more, setMore] = useState<Paged<T>>();
  // Pages that were read on belong to the first one.
  useEffect(() => setMore(undefined), [first.answer]);
  const { busy, failure, run } = useAction();
  const next = (more ?? first.answer)?.next;
  const readOn = () =>
    run(async () => {
      const page = await readPage(next);
      setMore({ ...page, entries: [...(more?.entries ?? []), ...page.entries] });
    });
  const rows = first.answer && [...first.answer.entries, ...(more?.entries ?? [])];
  const button = next !== undefined && (
    <p class="buttons">
      <button type="button" disabled={busy} onClick={readOn}>
        {t.more}
      </button>
    </p>
  );
  return { rows, button, failure: first.failure || failure, reload: first.reload };
}

/** The time, once a second, ms. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Nodes that did not say in time what they do. */
export function SilentNodes({ nodes = [] }: { nodes?: readonly string[] | undefined }) {
  return nodes.length === 0 ? null : <p class="quiet">{t.silent(nodes.join(", "))}</p>;
}

/** An account by its name, anybody else by the id. */
export function Person({
  id,
  name,
  email,
}: {
  id: string;
  name?: string | undefined;
  email?: string | undefined;
}) {
  return (
    <span class="person" title={id}>
      {name || (id === "local" ? t.localUser : id)}
      {email && <small>{email}</small>}
    </span>
  );
}
