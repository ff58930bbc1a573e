/** Accounts: found by name or address, looked at, blocked with a reason, made administrators. */
import { useState } from "preact/hooks";
import { Dialog, type Question, Told } from "../dialog.tsx";
import { formatDay, formatTime } from "./format.ts";
import { t } from "./messages.ts";
import { type Column, Confirm, Table, useAction, usePages, useReading } from "./parts.tsx";
import { act, type OneUser, read, type StoredSession, type User } from "./requests.ts";

export function People() {
  const [search, setSearch] = useState("");
  const [openId, setOpenId] = useState<string>();
  const page = usePages(async (cursor) => {
    const { users, next } = await read<{ users: User[]; next?: string }>("/users", { search, cursor });
    return { entries: users, next };
  }, search);
  const find = (event: SubmitEvent) => {
    event.preventDefault();
    setSearch(String(new FormData(event.currentTarget as HTMLFormElement).get("search") ?? "").trim());
  };
  const columns: Column<User>[] = [
    {
      name: t.name,
      cell: ({ id, name }) => (
        <button type="button" class="link" onClick={() => setOpenId(id)}>
          {name || id}
        </button>
      ),
    },
    ...facts,
  ];
  return (
    <section aria-labelledby="heading" aria-busy={page.rows === undefined}>
      <h2 id="heading">{t.sections.people}</h2>
      <form class="bar" onSubmit={find}>
        <label for="search">{t.searchPeople}</label>
        <input id="search" name="search" type="search" maxLength={320} />
        <button type="submit">{t.search}</button>
      </form>
      {page.failure && <Told text={page.failure} />}
      {page.rows && (
        <Table
          label={t.sections.people}
          columns={columns}
          rows={page.rows}
          idOf={({ id }) => id}
          empty={search ? t.nothingFound : t.nobodyYet}
        />
      )}
      {page.button}
      {openId && (
        <PersonDialog
          id={openId}
          onClose={() => {
            setOpenId(undefined);
            page.reload();
          }}
        />
      )}
    </section>
  );
}

const facts: Column<User>[] = [
  {
    name: t.email,
    cell: ({ email, emailVerified }) => (emailVerified ? email : `${email} (${t.unverified})`),
  },
  { name: t.role, cell: ({ role }) => t.roles[role] },
  {
    name: t.blocked,
    cell: ({ blocked, blockReason }) => (blocked ? `${t.yes}${blockReason ? `: ${blockReason}` : ""}` : t.no),
  },
  { name: t.since, cell: ({ createdAt }) => formatDay(createdAt) },
];

/** One account, with what there is of theirs and what can be done about it. */
function PersonDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { answer: user, failure: unread, reload } = useReading(() => read<OneUser>(`/users/${id}`), id);
  const sessions = useReading(
    () => read<{ sessions: StoredSession[] }>(`/users/${id}/sessions`, { limit: "10" }),
    id,
  );
  const [question, setQuestion] = useState<Question>();
  const { busy, failure, run } = useAction();
  const change = (path: string, body?: object) => async () => {
    await act(`/users/${id}/${path}`, body);
    reload();
  };
  const problem = unread || failure || sessions.failure;
  return (
    <Dialog title={user?.name || id} onClose={onClose}>
      {problem && <Told text={problem} />}
      {user && <Facts user={user} />}
      {user && (
        <p class="buttons">
          {user.blocked ? (
            <button type="button" disabled={busy} onClick={() => void run(change("unblock"))}>
              {t.unblock}
            </button>
          ) : (
            <button type="button" class="danger" onClick={() => setQuestion(blockOf(user, reload))}>
              {t.block}
            </button>
          )}
          <button type="button" onClick={() => setQuestion(roleOf(user, reload))}>
            {user.role === "admin" ? t.demote : t.promote}
          </button>
        </p>
      )}
      <h3>{t.lastSessions}</h3>
      <Table
        label={t.lastSessions}
        columns={stored}
        rows={sessions.answer?.sessions ?? []}
        idOf={({ sessionId }) => sessionId}
        empty={t.noSessions}
      />
      <p class="buttons">
        <button type="button" onClick={onClose}>
          {t.close}
        </button>
      </p>
      {question && <Confirm question={question} onDone={() => setQuestion(undefined)} />}
    </Dialog>
  );
}

const stored: Column<StoredSession>[] = [
  { name: t.since, cell: ({ createdAt }) => formatTime(createdAt) },
  { name: t.persona, cell: ({ persona }) => persona },
  { name: t.state, cell: ({ status }) => (status === "active" ? t.active : t.over) },
  { name: t.messages, cell: ({ messageCount }) => messageCount, figure: true },
];

function Facts({ user }: { user: OneUser }) {
  const { email, emailVerified, role, blocked, blockReason, signIns, keys, sessions, createdAt } = user;
  const told: readonly (readonly [string, string | number])[] = [
    [t.email, emailVerified ? email : `${email} (${t.unverified})`],
    [t.role, t.roles[role]],
    [t.blocked, blocked ? (blockReason ?? t.yes) : t.no],
    [t.since, formatDay(createdAt)],
    [t.signIns, signIns],
    [t.sections.keys, keys],
    [t.sessions, sessions],
  ];
  return (
    <dl>
      {told.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function blockOf({ id, name }: User, reload: () => void): Question {
  return {
    title: t.blockTitle(name),
    text: t.blockText,
    action: t.block,
    reason: t.reason,
    async confirm(reason) {
      await act(`/users/${id}/block`, { reason });
      reload();
    },
  };
}

function roleOf({ id, name, role }: User, reload: () => void): Question {
  const next = role === "admin" ? "user" : "admin";
  return {
    title: next === "admin" ? t.promote : t.demote,
    text: next === "admin" ? t.promoteText(name) : t.demoteText(name),
    action: next === "admin" ? t.promote : t.demote,
    async confirm() {
      await act(`/users/${id}/role`, { role: next });
      reload();
    },
  };
}
