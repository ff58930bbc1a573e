/** Everybody's API keys, and what administrators did. */
import { useState } from "preact/hooks";
import { type Question, Told } from "../dialog.tsx";
import { formatDay, formatTime } from "./format.ts";
import { t } from "./messages.ts";
import { type Column, Confirm, Person, Table, usePages } from "./parts.tsx";
import { type AuditEntry, act, type Key, read } from "./requests.ts";

export function Keys() {
  const [question, setQuestion] = useState<Question>();
  const page = usePages(async (cursor) => {
    const { keys, next } = await read<{ keys: Key[]; next?: string }>("/keys", { cursor });
    return { entries: keys, next };
  }, "keys");
  const revoke = ({ id, name, ownerId, ownerName }: Key) =>
    setQuestion({
      title: t.revokeTitle,
      text: t.revokeText(name, ownerName ?? ownerId),
      action: t.revoke,
      async confirm() {
        await act(`/keys/${id}`, undefined, "DELETE");
        page.reload();
      },
    });
  const columns: Column<Key>[] = [
    ...keyFacts,
    {
      name: t.actions,
      cell: (key) =>
        key.revokedAt ? (
          t.revoked
        ) : (
          <button type="button" class="danger" onClick={() => revoke(key)}>
            {t.revoke}
          </button>
        ),
    },
  ];
  return (
    <section aria-labelledby="heading" aria-busy={page.rows === undefined}>
      <h2 id="heading">{t.sections.keys}</h2>
      {page.failure && <Told text={page.failure} />}
      {page.rows && (
        <Table
          label={t.sections.keys}
          columns={columns}
          rows={page.rows}
          idOf={({ id }) => id}
          empty={t.noKeys}
        />
      )}
      {page.button}
      {question && <Confirm question={question} onDone={() => setQuestion(undefined)} />}
    </section>
  );
}

const keyFacts: Column<Key>[] = [
  { name: t.person, cell: ({ ownerId, ownerName }) => <Person id={ownerId} name={ownerName} /> },
  { name: t.name, cell: ({ name }) => name },
  { name: t.key, cell: ({ prefix }) => <code>{prefix}…</code> },
  { name: t.scopes, cell: ({ scopes }) => scopes.join(", ") },
  { name: t.since, cell: ({ createdAt }) => formatDay(createdAt) },
  { name: t.lastUsed, cell: ({ lastUsedAt }) => (lastUsedAt ? formatDay(lastUsedAt) : t.never) },
  { name: t.until, cell: ({ expiresAt }) => (expiresAt ? formatDay(expiresAt) : "–") },
];

export function AuditSection() {
  const [filter, setFilter] = useState({ actorId: "", ownerId: "", action: "" });
  const page = usePages(async (cursor) => {
    const { entries, next } = await read<{ entries: AuditEntry[]; next?: string }>("/audit", {
      ...filter,
      cursor,
    });
    return { entries, next };
  }, JSON.stringify(filter));
  const change = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string) => String(fields.get(name) ?? "").trim();
    setFilter({ actorId: field("actorId"), ownerId: field("ownerId"), action: field("action") });
  };
  return (
    <section aria-labelledby="heading" aria-busy={page.rows === undefined}>
      <h2 id="heading">{t.sections.audit}</h2>
      <form class="bar" onSubmit={change}>
        <label for="actor">{t.whoseId}</label>
        <input id="actor" name="actorId" type="text" maxLength={128} />
        <label for="owner">{t.toWhomId}</label>
        <input id="owner" name="ownerId" type="text" maxLength={128} />
        <label for="action">{t.what}</label>
        <select id="action" name="action">
          <option value="">{t.anything}</option>
          {Object.entries(t.auditActions).map(([action, words]) => (
            <option key={action} value={action}>
              {words}
            </option>
          ))}
        </select>
        <button type="submit">{t.show}</button>
      </form>
      {page.failure && <Told text={page.failure} />}
      {page.rows && (
        <Table
          label={t.sections.audit}
          columns={entries}
          rows={page.rows}
          idOf={({ id }) => id}
          empty={t.nothingFound}
        />
      )}
      {page.button}
    </section>
  );
}

const entries: Column<AuditEntry>[] = [
  { name: t.when, cell: ({ at }) => formatTime(at) },
  { name: t.who, cell: ({ actorId, actorName }) => <Person id={actorId} name={actorName} /> },
  { name: t.what, cell: ({ action }) => t.auditActions[action] ?? action },
  {
    name: t.toWhom,
    cell: ({ ownerId, ownerName }) => (ownerId ? <Person id={ownerId} name={ownerName} /> : "–"),
  },
  { name: t.detail, cell: ({ target, detail }) => <small>{describe(target, detail)}</small> },
];

function describe(target: string | undefined, detail: AuditEntry["detail"] = {}): string {
  const told = Object.entries(detail)
    .filter(([name]) => name !== "request")
    .map(([name, value]) => `${name}: ${String(value)}`);
  return [target, ...told].filter(Boolean).join(" · ");
}
