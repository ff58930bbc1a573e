/** One's sessions: page by page, searched, deleted. */
import { useState } from "preact/hooks";
import type { SessionView } from "../../src/client/report/kept.ts";
import { Confirm, type Question } from "../dialog.tsx";
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
  const forget = ({ sessionId }: SessionView) => {
    list.set({ ...list, entries: list.entries.filter((each) => each.sessionId !== sessionId) });
    if (found) setFound({ ...found, results: found.results.filter((each) => each.sessionId !== sessionId) });
    setDeleted((before) => before + 1);
    setSaid(t.progressPage.deleted);
  };
  return (
    <section aria-labelledby="sessions-heading">
      <h2 id="sessions-heading">{t.progressPage.sessions}</h2>
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
        <Confirm
          question={deletionOf(deleting, () => forget(deleting))}
          onDone={() => setDeleting(undefined)}
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

/** `onDeleted`: the server has no more of it. */
function deletionOf(session: SessionView, onDeleted: () => void): Question {
  return {
    title: t.progressPage.deleteHeading,
    text: t.progressPage.deleteAbout(formatTime(session.createdAt)),
    action: t.progressPage.deleteIt,
    cancel: t.progressPage.keep,
    async confirm() {
      await deleteSession(session);
      onDeleted();
    },
  };
}
