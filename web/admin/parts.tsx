/** Parts that the sections of the administrators' page share: tables, dialogs, reading and acting. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { Confirm as PlainConfirm, type Question } from "../dialog.tsx";
import { wordsFor } from "../errors.ts";
import { useAction as useAnyAction } from "../use-action.ts";
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

/** Asks before something is done, as `Confirm` does; who is signed out meanwhile signs in first. */
export function Confirm(props: { question: Question; onDone: () => void }) {
  return <PlainConfirm {...props} inWords={inWords} />;
}

function inWords(error: unknown): string {
  if (isSignedOut(error)) location.replace("/sign-in.html?next=/admin.html");
  return wordsFor(error);
}

/** One action at a time, with what went wrong of the last one. */
export const useAction = () => useAnyAction(inWords);

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
