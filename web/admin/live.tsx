/** Live sessions of all nodes as they change: found, muted, ended, and, with a warning, read. */
import { useEffect, useState } from "preact/hooks";
import { Dialog, type Question, Told } from "../dialog.tsx";
import { formatAge, formatMs, shortId } from "./format.ts";
import { type LiveState, LiveStream } from "./live-stream.ts";
import { t } from "./messages.ts";
import { type Column, Confirm, Person, SilentNodes, Table, useAction, useNow } from "./parts.tsx";
import { act, type LiveSession, type Message, read } from "./requests.ts";

function useLiveSessions(): LiveState {
  const [state, setState] = useState<LiveState>({ sessions: undefined, silent: [], current: false });
  useEffect(() => {
    const stream = new LiveStream(setState);
    return () => stream.close();
  }, []);
  return state;
}

function isFound(session: LiveSession, wanted: string): boolean {
  const { ownerId, ownerName, ownerEmail, persona, node, sessionId, stage } = session;
  const phase = t.phases[session.phase];
  const texts = [ownerId, ownerName, ownerEmail, persona, node, sessionId, stage, phase];
  return texts.some((text) => text?.toLowerCase().includes(wanted.toLowerCase()));
}

export function Live() {
  const { sessions, silent, current } = useLiveSessions();
  const [wanted, setWanted] = useState("");
  const [question, setQuestion] = useState<Question>();
  const [readingOf, setReadingOf] = useState<LiveSession>();
  const { busy, failure, run } = useAction();
  const now = useNow();
  const mute = ({ sessionId, muted }: LiveSession) =>
    run(() => act(`/sessions/${sessionId}/mute`, { muted: !muted }));
  const shown = sessions?.filter((session) => isFound(session, wanted)) ?? [];
  const columns: Column<LiveSession>[] = [
    ...facts(now),
    {
      name: t.actions,
      cell: (session) => (
        <span class="buttons">
          <button type="button" disabled={busy} onClick={() => void mute(session)}>
            {session.muted ? t.unmute : t.mute}
          </button>
          <button type="button" onClick={() => setReadingOf(session)}>
            {t.readWords}
          </button>
          <button type="button" class="danger" onClick={() => setQuestion(endOf(session))}>
            {t.end}
          </button>
        </span>
      ),
    },
  ];
  return (
    <section aria-labelledby="heading" aria-busy={sessions === undefined}>
      <h2 id="heading">{t.sections.live}</h2>
      <p class="bar">
        <label for="filter">{t.filter}</label>
        <input id="filter" type="search" onInput={(event) => setWanted(event.currentTarget.value)} />
        <span class="quiet" role="status">
          {sessions && t.liveCount(shown.length, sessions.length)} {sessions && !current && t.comingBack}
        </span>
      </p>
      {failure && <Told text={failure} />}
      <SilentNodes nodes={silent} />
      {sessions && (
        <Table
          label={t.sections.live}
          columns={columns}
          rows={shown}
          idOf={({ sessionId }) => sessionId}
          empty={sessions.length === 0 ? t.nobodyTalks : t.nothingFound}
        />
      )}
      {question && <Confirm question={question} onDone={() => setQuestion(undefined)} />}
      {readingOf && <Words session={readingOf} onClose={() => setReadingOf(undefined)} />}
    </section>
  );
}

function facts(now: number): Column<LiveSession>[] {
  return [
    {
      name: t.person,
      cell: ({ ownerId, ownerName, ownerEmail }) => (
        <Person id={ownerId} name={ownerName} email={ownerEmail} />
      ),
    },
    { name: t.persona, cell: ({ persona }) => persona },
    {
      name: t.phase,
      cell: ({ phase, muted }) => (
        <>
          {t.phases[phase]} {muted && <strong class="mark">{t.muted}</strong>}
        </>
      ),
    },
    { name: t.stage, cell: ({ stage }) => (stage ? (t.stages[stage] ?? stage) : "–") },
    { name: t.turns, cell: ({ turns }) => turns, figure: true },
    { name: t.age, cell: ({ since }) => formatAge(now - Date.parse(since)), figure: true },
    {
      name: t.latency,
      cell: ({ latencyMs }) => (latencyMs === undefined ? "–" : formatMs(latencyMs)),
      figure: true,
    },
    { name: t.node, cell: ({ node }) => <span title={node}>{shortId(node)}</span> },
    { name: t.socket, cell: ({ attached }) => (attached ? t.yes : t.no) },
  ];
}

function endOf({ sessionId, ownerId, ownerName, persona }: LiveSession): Question {
  return {
    title: t.endTitle,
    text: t.endText(ownerName ?? ownerId, persona),
    action: t.end,
    confirm: () => act(`/sessions/${sessionId}/end`),
  };
}

/** What was said, once it is agreed that the reading is written down. */
function Words({ session, onClose }: { session: LiveSession; onClose: () => void }) {
  const { sessionId, ownerId, ownerName } = session;
  const [messages, setMessages] = useState<readonly Message[]>();
  const { busy, failure, run } = useAction();
  const open = () =>
    run(async () => {
      const answer = await read<{ messages: readonly Message[] }>(`/sessions/${sessionId}/messages`);
      setMessages(answer.messages);
    });
  return (
    <Dialog title={t.wordsTitle(ownerName ?? ownerId)} onClose={onClose}>
      {messages ? (
        <ol class="words" aria-label={t.wordsTitle(ownerName ?? ownerId)}>
          {messages.map(({ sender, text }, index) => (
            <li key={index} class={sender}>
              <small>{sender === "user" ? (ownerName ?? t.person) : "Kuku"}</small> {text || t.noWords}
            </li>
          ))}
        </ol>
      ) : (
        <p>{t.wordsWarning}</p>
      )}
      {messages?.length === 0 && <p class="quiet">{t.nothingSaid}</p>}
      {failure && <Told text={failure} />}
      <p class="buttons">
        <button type="button" onClick={onClose}>
          {messages ? t.close : t.cancel}
        </button>
        {!messages && (
          <button type="button" class="danger" disabled={busy} onClick={open}>
            {t.readAndRecord}
          </button>
        )}
      </p>
    </Dialog>
  );
}
