/** [TX4] The account of an utterance that nobody answers: what a reply's end is in a conversation. */
import type { Effect } from "../effects.ts";
import type { SessionContext } from "../session-context.ts";
import type { TurnTimes } from "../turns/state.ts";

/** Counts, stores and logs what the utterance took, and has the client told once it is stored. */
export function closeTranscription(
  session: SessionContext,
  { itemId, turn, error }: Extract<Effect, { type: "close_transcription" }>,
): void {
  const { clock, persister, outbound, meter, usage, log, reportSaved } = session;
  meter?.addTurn();
  const outcome = error ? "failed" : "completed";
  const at = clock.wallTime();
  const latency = latencyOf(turn);
  const spent = usage.take();
  persister?.turn({ id: itemId, itemId, status: outcome, at, latency, ...spent });
  outbound.notify((listener) =>
    listener.transcribed?.({ itemId, turnId: turn?.id, outcome, at, latency, ...spent }),
  );
  const fields = { turn: turn?.id, item: itemId, status: outcome, ...latency, ...spent };
  if (error) log.warn({ ...fields, err: error }, "transcription failed");
  else log.info(fields, "utterance transcribed");
  reportSaved();
}

function latencyOf(turn: TurnTimes | undefined): Readonly<Record<string, number>> {
  if (!turn) return {};
  const { silenceMs, transcribedAt, endedAt } = turn;
  return {
    ...(silenceMs !== undefined && { endpoint_ms: Math.round(silenceMs) }),
    ...(transcribedAt !== undefined && { transcript_ms: Math.round(transcribedAt - endedAt) }),
  };
}
