/** What an answer must be, whatever was asked. */
import { closeCodes } from "../src/protocol/close-codes.ts";
import { errorCodes } from "../src/protocol/errors.ts";
import type { Answer } from "./answer.ts";

/** What was wrong, or undefined. */
export type Verdict = string | undefined;

const closes = new Set<number>(Object.values(closeCodes).map(({ code }) => code));
/** Of the protocol itself: a normal end, none given, text that is not UTF-8, a socket that broke off. */
const plainCloses = new Set([1000, 1002, 1005, 1006, 1007, 1009]);

export interface AnswerFacts {
  /** To HEAD: there is no body. */
  readonly bodyless?: boolean;
  /** Node itself refuses HTTP/1.1 without a Host, without a word. */
  readonly mayBeBare?: boolean;
  /** What none but its owner may read. */
  readonly secretWords?: string | undefined;
}

/** Judges an answer over HTTP, an upgrade's refusal among them. */
export function judgeAnswer(answer: Answer, facts: AnswerFacts = {}): Verdict {
  const { status, headers, body } = answer;
  if (facts.secretWords !== undefined && body.includes(facts.secretWords)) return "another user's words";
  if (Number.isNaN(status)) return "no HTTP";
  if (status >= 500 && status !== 503) return `status ${status}: ${body.toString("utf8", 0, 300)}`;
  if (headers.get("server") ?? headers.get("x-powered-by")) return "names what it is made of";
  const isJson = headers.get("content-type")?.startsWith("application/json") === true;
  if (status === 101 || facts.bodyless) return undefined;
  if (status >= 400) {
    if (facts.mayBeBare && status === 400 && body.length === 0) return undefined;
    if (!isJson) return `status ${status} as ${headers.get("content-type") ?? "nothing"}`;
    return isEnvelope(readJson(body)) ? undefined : `status ${status} without the envelope: ${body}`;
  }
  return isJson && body.length > 0 && readJson(body) === undefined
    ? `status ${status} with broken JSON`
    : undefined;
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function isEnvelope(value: unknown): boolean {
  const { success, error, code } = (value ?? {}) as Record<string, unknown>;
  return success === false && typeof error === "string" && error !== "" && /^[A-Za-z_]+$/.test(String(code));
}

/** Judges a message of the server's on a WebSocket: text, or undefined for audio. */
export function judgeMessage(text: string | undefined, secretWords?: string): Verdict {
  if (text === undefined) return undefined;
  if (secretWords !== undefined && text.includes(secretWords)) return "another user's words";
  const event = readJson(Buffer.from(text)) as
    | { type?: unknown; error?: Record<string, unknown> }
    | undefined;
  if (typeof event?.type !== "string") return `no event: ${text.slice(0, 300)}`;
  if (event.type !== "error") return undefined;
  const { code, message } = event.error ?? {};
  const known = typeof code === "string" && code in errorCodes && code !== "internal_error";
  return known && typeof message === "string" && message !== ""
    ? undefined
    : `an error like ${text.slice(0, 300)}`;
}

/** Judges how a WebSocket was closed. */
export function judgeClose(code: number): Verdict {
  if (code === closeCodes.internalError.code) return "closed for a fault of the server's";
  return closes.has(code) || plainCloses.has(code)
    ? undefined
    : `closed with ${code}, which is not documented`;
}

/** Judges a line of the server's output: nothing is an error, and nothing comes from elsewhere than the log. */
export function judgeLine(line: string): Verdict {
  const { level, msg } = (readJson(Buffer.from(line)) ?? {}) as { level?: unknown; msg?: unknown };
  if (level === undefined)
    return /^(Kuku Coach listens|\s|$)/.test(line) ? undefined : `printed: ${line.slice(0, 500)}`;
  return level === "error" || level === "fatal" ? `logged: ${String(msg)} ${line.slice(0, 2000)}` : undefined;
}
