/** The nodes: how long each has been running, what it holds, and whether it takes sessions. */
import { useState } from "preact/hooks";
import { type Question, Told } from "../dialog.tsx";
import { formatAge, shortId } from "./format.ts";
import { t } from "./messages.ts";
import { type Column, Confirm, SilentNodes, Table, useAction, useNow, useReading } from "./parts.tsx";
import { act, type Node, read, type Silent } from "./requests.ts";

/** Interval of reading, ms. */
const everyMs = 3_000;

export function Nodes() {
  const reading = () => read<Silent & { nodes: readonly Node[] }>("/nodes");
  const { answer, failure: unread, reload } = useReading(reading, "nodes", everyMs);
  const [question, setQuestion] = useState<Question>();
  const { busy, failure, run } = useAction();
  const now = useNow();
  const change = (id: string, how: "drain" | "undrain") => async () => {
    await act(`/nodes/${id}/${how}`);
    reload();
  };
  const drain = ({ node, sessions }: Node) =>
    setQuestion({
      title: t.drainTitle,
      text: t.drainText(shortId(node), sessions),
      action: t.drain,
      confirm: change(node, "drain"),
    });
  const columns: Column<Node>[] = [
    ...facts(now),
    {
      name: t.actions,
      cell: (node) =>
        node.draining ? (
          <button type="button" disabled={busy} onClick={() => void run(change(node.node, "undrain"))}>
            {t.undrain}
          </button>
        ) : (
          <button type="button" class="danger" onClick={() => drain(node)}>
            {t.drain}
          </button>
        ),
    },
  ];
  const problem = failure || unread;
  return (
    <section aria-labelledby="heading" aria-busy={answer === undefined}>
      <h2 id="heading">{t.sections.nodes}</h2>
      {problem && <Told text={problem} />}
      <SilentNodes nodes={answer?.silent} />
      {answer && (
        <Table
          label={t.sections.nodes}
          columns={columns}
          rows={answer.nodes}
          idOf={({ node }) => node}
          empty={t.nothingFound}
        />
      )}
      {question && <Confirm question={question} onDone={() => setQuestion(undefined)} />}
    </section>
  );
}

function facts(now: number): Column<Node>[] {
  return [
    {
      name: t.node,
      cell: ({ node, self }) => (
        <span title={node}>
          {shortId(node)} {self && <small>{t.thisNode}</small>}
        </span>
      ),
    },
    { name: t.version, cell: ({ version }) => version },
    { name: t.uptime, cell: ({ startedAt }) => formatAge(now - Date.parse(startedAt)), figure: true },
    { name: t.sessions, cell: ({ sessions }) => sessions, figure: true },
    { name: t.state, cell: (node) => stateOf(node, now) },
  ];
}

/** A node that drains counts down to when the last busy sessions are let go of. */
function stateOf({ draining, drainsUntil, sessions }: Node, now: number): string {
  if (!draining) return t.takesSessions;
  if (sessions === 0) return t.drained;
  const left = drainsUntil === undefined ? 0 : Math.max(0, Math.ceil((Date.parse(drainsUntil) - now) / 1000));
  return t.drains(sessions, left);
}
