/** One's sessions: page by page, searched, deleted. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { SessionView } from "../../src/client/report/kept.ts";
import { wordsFor } from "../errors.ts";
import { formatTime } from "../format.ts";
import { t } from "../messages/index.ts";
import { type PersonaView, titleOf } from "../practice/personas.ts";
import {
  deleteSession,
  type FoundView,
  loadSessions,
  type PracticeView,
  type SessionPage,
  search,
} from "./requests.ts";

interface SessionsProps {
  readonly first: SessionPage;
  /** All there are. */
  readonly count: number;
  readonly personas: readonly PersonaView[];
  readonly scores: PracticeView["sessions"];
}

const reportAddress = (sessionId: string) => `/report.html?session=${encodeURIComponent(sessionId)}`;

/** A page's entries with those of the pages after it, as they are asked for. */
function usePages<T>(first: { readonly entries: readonly T[]; readonly next: string | undefined }) {
  const [{ entries, next }, set] = useState(first);
  return { entries, next, set };
}

export function Sessions({ first, count, personas, scores }: SessionsProps) {
  const list = usePages({ entries: first.sessions, next: first.next });
  const [found, setFound] = useState<Found>();
  const [deleting, setDeleting] = useState<SessionView>();
  const [deleted, setDeleted] = useState(0);
  const [said, setSaid] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  const titles = new Map(personas.map((persona) => [persona.id, titleOf(persona)]));
  const scoreOf = new Map(scores.map(({ sessionId, score }) => [sessionId, score]));

  const attempt = (work: () => Promise<void>) => work().catch((error: unknown) => setSaid(wordsFor(error)));
  const more = () =>
    attempt(async () => {
      const page = await loadSessions({ cursor: list.next });
      list.set({ entries: [...list.entries, ...page.sessions], next: page.next });
    });
  const find = (q: string, before?: Found) =>
    attempt(async () => {
      setSaid("");
      if (q === "") return setFound(undefined);
      const page = await search(q, before?.next);
      setFound({ q, results: [...(before?.results ?? []), ...page.results], next: page.next });
    });
  const remove = (session: SessionView) =>
    attempt(async () => {
      await deleteSession(session);
      const { sessionId } = session;
      list.set({ ...list, entries: list.entries.filter((each) => each.sessionId !== sessionId) });
      if (found)
        setFound({ ...found, results: found.results.filter((each) => each.sessionId !== sessionId) });
      setDeleted((before) => before + 1);
      setSaid(t.progressPage.deleted);
    }).finally(() => {
      setDeleting(undefined);
      heading.current?.focus();
    });
  return (
    <section aria-labelledby="sessions-heading">
      <h2 id="sessions-heading" tabIndex={-1} ref={heading}>
        {t.progressPage.sessions}
      </h2>
      <SearchForm onSearch={(q) => void find(q)} />
      <p role="status" class="quiet">
        {said || (found && found.results.length === 0 && t.progressPage.nothingFound)}
      </p>
      {found ? (
        <FoundList found={found} onMore={() => void find(found.q, found)} />
      ) : (
        <>
          <ul id="sessions" class="card">
            {list.entries.map((session) => (
              <Session
                key={session.sessionId}
                session={session}
                kind={titles.get(session.persona) ?? session.persona}
                score={scoreOf.get(session.sessionId)}
                onDelete={() => setDeleting(session)}
              />
            ))}
          </ul>
          <p class="more-of">
            <span class="quiet">{t.progressPage.shownOf(list.entries.length, count - deleted)}</span>{" "}
            {list.next !== undefined && (
              <button type="button" onClick={() => void more()}>
                {t.progressPage.more}
              </button>
            )}
          </p>
        </>
      )}
      {deleting && (
        <DeleteDialog
          session={deleting}
          onConfirm={() => void remove(deleting)}
          onCancel={() => setDeleting(undefined)}
        />
      )}
    </section>
  );
}

function Session(props: {
  session: SessionView;
  /** The kind of practice. */
  kind: string;
  score: number | undefined;
  onDelete: () => void;
}) {
  const { session, kind, score, onDelete } = props;
  const when = formatTime(session.createdAt);
  return (
    <li>
      <span>
        <a href={reportAddress(session.sessionId)}>
          <b lang={session.title && session.language}>{session.title ?? kind}</b>
          {session.title === undefined && `, ${when}`}
        </a>
        <small>
          {session.title !== undefined && `${kind}, ${when} · `}
          {t.progressPage.messages(session.messageCount)}
          {session.status === "active" && ` · ${t.progressPage.open}`}
        </small>
      </span>
      {score !== undefined && <b class="score">{t.progressPage.percent(score)}</b>}
      <button
        type="button"
        class="small"
        aria-label={`${t.progressPage.delete}: ${session.title ?? kind}, ${when}`}
        onClick={onDelete}
      >
        {t.progressPage.delete}
      </button>
    </li>
  );
}

function SearchForm({ onSearch }: { onSearch: (q: string) => void }) {
  return (
    <form
      id="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(String(new FormData(event.currentTarget).get("q") ?? "").trim());
      }}
    >
      <input
        type="search"
        name="q"
        maxLength={500}
        aria-label={t.progressPage.searchLabel}
        placeholder={t.progressPage.searchLabel}
        onInput={({ currentTarget }) => currentTarget.value === "" && onSearch("")}
      />
      <button type="submit">{t.progressPage.search}</button>
    </form>
  );
}

interface Found {
  readonly q: string;
  readonly results: readonly FoundView[];
  readonly next: string | undefined;
}

function FoundList({ found, onMore }: { found: Found; onMore: () => void }) {
  if (found.results.length === 0) return null;
  return (
    <>
      <ul id="found" class="card">
        {found.results.map(({ sessionId, excerpt, message }) => (
          <li key={`${sessionId} ${message.id}`}>
            <span>
              <a href={reportAddress(sessionId)}>{formatTime(message.timestamp)}</a>
              <span>
                {message.sender === "ai" ? t.talk.coach : t.talk.you}: {excerpt}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {found.next !== undefined && (
        <button type="button" onClick={onMore}>
          {t.progressPage.more}
        </button>
      )}
    </>
  );
}

function DeleteDialog(props: { session: SessionView; onConfirm: () => void; onCancel: () => void }) {
  const { session, onConfirm, onCancel } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="delete-heading" onClose={onCancel}>
      <h2 id="delete-heading">{t.progressPage.deleteHeading}</h2>
      <p>{t.progressPage.deleteAbout(formatTime(session.createdAt))}</p>
      <div class="buttons">
        <button type="button" onClick={() => dialog.current?.close()}>
          {t.progressPage.keep}
        </button>
        <button type="button" class="danger" onClick={onConfirm}>
          {t.progressPage.deleteIt}
        </button>
      </div>
    </dialog>
  );
}
