/** What the progress page asks the server for. */
import type { ActionView, ProgressView, SessionView } from "../../src/client/report/kept.ts";
import { request } from "../account/requests.ts";
import { askHere } from "../ask.ts";
import { readChoices } from "../practice/choices.ts";
import type { DrillKind } from "../practice/drill-choices.ts";
import { fittingLanguage } from "../practice/languages.ts";
import { expectedPersonas, loadPersonas, type PersonaView } from "../practice/personas.ts";
import { daysBefore } from "./days.ts";

export interface DueView {
  /** Absent: a word. */
  readonly kind?: DrillKind;
  readonly text: string;
}

/** `GET /api/me/practice`; scores are 0–1. */
export interface PracticeView {
  readonly language: string;
  readonly dueCount: number;
  readonly nextDueAt?: string;
  readonly due: readonly DueView[];
  readonly words: readonly DueView[];
  /** The weakest first. */
  readonly sounds: ReadonlyArray<{
    readonly focus: string;
    readonly readings: number;
    readonly score: number;
  }>;
  /** Each kind's weeks, the oldest first; `from` is a Monday. */
  readonly weeks: ReadonlyArray<{
    readonly from: string;
    readonly kind: DrillKind;
    readonly readings: number;
    readonly score: number;
  }>;
  /** The newest first. */
  readonly sessions: ReadonlyArray<{ readonly sessionId: string; readonly score: number }>;
}

export interface Loaded {
  readonly progress: ProgressView;
  readonly practice: PracticeView;
  readonly personas: readonly PersonaView[];
  /** When the sessions of the calendar's weeks began. */
  readonly practisedAt: readonly string[];
  readonly first: SessionPage;
}

export interface SessionPage {
  readonly sessions: readonly SessionView[];
  readonly next?: string;
}

/** A message in which what was searched for was found. */
export interface FoundView {
  readonly sessionId: string;
  readonly excerpt: string;
  readonly message: { readonly id: string; readonly timestamp: string; readonly sender: "user" | "ai" };
}

const pageLength = 20;
/** Of the calendar, with the present one. */
export const calendarWeeks = 5;

/** Everything the page begins with. @throws AskError */
export async function loadProgress(): Promise<Loaded> {
  const personas = loadPersonas();
  const [progress, practice, practisedAt, first] = await Promise.all([
    askHere("/api/me/progress?limit=100") as Promise<ProgressView>,
    personas.then(loadPractice),
    loadPractised(),
    loadSessions(),
  ]);
  return { progress, practice, practisedAt, first, personas: await personas };
}

async function loadPractice(personas: readonly PersonaView[]): Promise<PracticeView> {
  const reader = [...personas, ...expectedPersonas].find(({ flow }) => flow === "drill");
  const { language } = readChoices();
  const tag = reader ? fittingLanguage(reader, language) : (language ?? "en-US");
  return (await askHere(`/api/me/practice?language=${encodeURIComponent(tag)}`)) as PracticeView;
}

async function loadPractised(): Promise<string[]> {
  const from = daysBefore(new Date(), calendarWeeks * 7).toISOString();
  const times: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await loadSessions({ from, limit: 100, cursor });
    times.push(...page.sessions.map(({ createdAt }) => createdAt));
    cursor = page.next;
  } while (cursor !== undefined);
  return times;
}

/** A page of one's sessions, newest first. @throws AskError */
export async function loadSessions(
  query: { cursor?: string | undefined; from?: string; limit?: number } = {},
): Promise<SessionPage> {
  return (await askHere(`/api/sessions?${toQuery({ limit: pageLength, ...query })}`)) as SessionPage;
}

/** A page of the messages that hold these words. @throws AskError */
export async function search(
  q: string,
  cursor?: string,
): Promise<{ readonly results: readonly FoundView[]; readonly next?: string }> {
  const found = await askHere(`/api/search/messages?${toQuery({ q, limit: pageLength, cursor })}`);
  return found as { results: FoundView[]; next?: string };
}

/** Deletes a session for good; one that goes on is ended first. @throws AskError */
export async function deleteSession({ sessionId, status }: Pick<SessionView, "sessionId" | "status">) {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}`;
  if (status === "active") await request("POST", `${path}/end`);
  await request("DELETE", path);
}

/** Marks an action as done, or as open again. @throws AskError */
export async function settleAction({ id }: ActionView, done: boolean): Promise<void> {
  await askHere(`/api/me/actions/${encodeURIComponent(id)}`, { done });
}

function toQuery(values: Readonly<Record<string, string | number | undefined>>): string {
  const known = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return new URLSearchParams(known).toString();
}
