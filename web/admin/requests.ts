/** Answers of the administrators' REST face, as far as the page shows them, and the way to ask for them. */
import { AskError } from "../../src/client/report/kept.ts";
import { request } from "../account/requests.ts";

export interface LiveSession {
  readonly sessionId: string;
  readonly ownerId: string;
  readonly ownerName?: string;
  readonly ownerEmail?: string;
  readonly persona: string;
  readonly phase: "listening" | "hearing" | "thinking" | "speaking" | "ended";
  readonly stage?: string;
  readonly turns: number;
  readonly since: string;
  readonly latencyMs?: number;
  readonly node: string;
  readonly muted: boolean;
  readonly attached: boolean;
}

export interface Node {
  readonly node: string;
  readonly self: boolean;
  readonly version: string;
  readonly startedAt: string;
  readonly draining: boolean;
  readonly drainsUntil?: string;
  readonly sessions: number;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly role: "user" | "admin";
  readonly blocked: boolean;
  readonly blockReason?: string;
  readonly createdAt: string;
}

export interface OneUser extends User {
  readonly signIns: number;
  readonly keys: number;
  readonly sessions: number;
}

export interface StoredSession {
  readonly sessionId: string;
  readonly persona: string;
  readonly status: string;
  readonly createdAt: string;
  readonly messageCount: number;
}

export interface Sums {
  readonly sessions: number;
  readonly turns: number;
  readonly audioSeconds: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly characters: number;
  readonly cost: number;
}

export interface Usage {
  readonly from: string;
  readonly to: string;
  readonly days: readonly (Sums & { readonly day: string; readonly owners: number })[];
  readonly top: readonly (Sums & { readonly ownerId: string; readonly ownerName?: string })[];
}

export interface Provider {
  readonly stage: "transcribe" | "reply" | "synthesize";
  readonly provider: string;
  readonly circuit?: "closed" | "open" | "half_open";
  readonly failures: number;
  readonly recentFailures: number;
  readonly lastFailure?: { readonly at: string; readonly kind: string };
}

export interface LoggedError {
  readonly at: string;
  readonly level: string;
  readonly message: string;
  readonly session?: string;
  readonly node: string;
  readonly error?: { readonly type: string; readonly message: string };
}

export interface StepLatency {
  readonly step: "endpoint" | "transcript" | "first_token" | "first_sentence" | "first_audio";
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface Key {
  readonly id: string;
  readonly ownerId: string;
  readonly ownerName?: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
  readonly lastUsedAt?: string;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actorId: string;
  readonly actorName?: string;
  readonly action: string;
  readonly ownerId?: string;
  readonly ownerName?: string;
  readonly target?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface Message {
  readonly sender: "user" | "ai" | string;
  readonly text?: string;
}

/** Who does not answer in time; part of every answer about nodes. */
export interface Silent {
  readonly silent: readonly string[];
}

type Query = Readonly<Record<string, string | undefined>>;

/** Returns the answer's `data`; fields of the query that are empty are left out. @throws AskError */
export async function read<T>(path: string, query: Query = {}): Promise<T> {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(given).toString();
  return (await request("GET", `/api/admin${path}${search && `?${search}`}`)) as T;
}

/** Has something done. @throws AskError */
export async function act(path: string, body?: object, method: "POST" | "DELETE" = "POST"): Promise<void> {
  await request(method, `/api/admin${path}`, body);
}

/** Whether an error says that nobody is signed in any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof AskError && error.code === "INVALID_CREDENTIALS";
}
