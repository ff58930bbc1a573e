/** Reads stored sessions and progress over REST. Runs in a browser and in Node. */

/** Asks the server: a path below its address, answered by what stands in the envelope's `data`. @throws AskError */
export type Ask = (path: string) => Promise<unknown>;

/** The server said no, or could not be reached. */
export class AskError extends Error {
  override readonly name = "AskError";
  /** The envelope's `code`; `UNREACHABLE` where no server answered, `NO_ANSWER` where what did is no such server. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The data of an answer. @throws AskError where it is a failure, or no such answer at all */
export function openEnvelope(body: unknown): unknown {
  const { success, data, error, code } = (body ?? {}) as Record<string, unknown>;
  if (success === true) return data;
  if (success === false) throw new AskError(String(code), String(error));
  throw new AskError("NO_ANSWER", "what answers there is no Kuku Coach");
}

/** Figures by name; one that could not be computed is absent. */
export type Figures = Readonly<Record<string, number>>;

export type Judgements = Readonly<
  Record<string, { readonly band: "low" | "good" | "fair" | "high"; readonly source: string }>
>;

export interface SessionView {
  readonly sessionId: string;
  readonly status: "active" | "ended";
  readonly persona: string;
  readonly language: string;
  /** Subject of the session; absent until its report is written, and where it is not known. */
  readonly title?: string;
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly messageCount: number;
}

export interface MessageView {
  readonly id: string;
  readonly timestamp: string;
  readonly sender: "user" | "ai";
  readonly text: string;
}

export interface ReadingWord {
  readonly verdict: "correct" | "substituted" | "omitted" | "inserted";
  readonly expected?: string;
  readonly heard?: string;
  /** 0–1. */
  readonly score?: number;
  readonly startMs?: number;
  readonly endMs?: number;
  /** Why a wrong word is no slip. */
  readonly exempt?: "filled_pause" | "repetition" | "unread";
}

/** Times are ms from the start of the utterance's audio. */
export interface ContourView {
  readonly startMs: number;
  readonly stepMs: number;
  readonly pitchHz: ReadonlyArray<number | null>;
  readonly levelDbfs: readonly number[];
  readonly pauses: ReadonlyArray<{ readonly startMs: number; readonly lengthMs: number }>;
  readonly words?: ReadonlyArray<{ readonly text: string; readonly startMs: number; readonly endMs: number }>;
  readonly reading?: {
    readonly text: string;
    readonly accuracy: number;
    readonly words: readonly ReadingWord[];
  };
}

export interface UtteranceView {
  readonly messageId: string;
  readonly timestamp: string;
  readonly metrics: Figures;
  readonly judgements?: Judgements;
  readonly contour?: ContourView;
}

/** All that is kept of a session. */
export interface KeptSession {
  readonly session: SessionView;
  readonly messages: readonly MessageView[];
  readonly delivery: {
    readonly utterances: readonly UtteranceView[];
    readonly session: { readonly metrics: Figures; readonly judgements: Judgements };
  };
  /** Absent while the session goes on, and where none could be written. */
  readonly report?: { readonly text: string };
}

export interface ActionView {
  readonly id: string;
  readonly sessionId: string;
  readonly text: string;
  readonly when?: string;
  readonly createdAt: string;
}

export interface ProgressView {
  readonly sessions: number;
  readonly streakDays: number;
  /** Newest first. */
  readonly points: ReadonlyArray<{
    readonly sessionId: string;
    readonly timestamp: string;
    readonly persona: string;
    readonly metrics: Figures;
  }>;
  readonly openActions: readonly ActionView[];
  readonly doneActions: number;
}

/** Reads all that is kept of a session; a report that is due is written on the way. @throws AskError */
export async function readKept(ask: Ask, sessionId: string): Promise<KeptSession> {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}`;
  const session = (await ask(path)) as SessionView;
  const [history, delivery, report] = await Promise.all([
    ask(`${path}/messages`) as Promise<{ messages: MessageView[] }>,
    ask(`${path}/delivery`) as Promise<KeptSession["delivery"]>,
    session.status === "ended" ? readReport(ask, path) : undefined,
  ]);
  return { session, messages: history.messages, delivery, report };
}

async function readReport(ask: Ask, path: string): Promise<KeptSession["report"]> {
  try {
    const { text } = (await ask(`${path}/report`)) as { text?: string };
    return text === undefined ? undefined : { text };
  } catch (error) {
    if (error instanceof AskError && error.code === "REPORT_NOT_FOUND") return undefined;
    throw error;
  }
}
