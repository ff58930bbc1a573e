/** Shape of the texts of the administrators' page. */
import type { LiveSession, Node, Provider, StepLatency, Sums, User } from "../admin/requests.ts";

export type Section = "live" | "nodes" | "people" | "usage" | "health" | "keys" | "audit";
type Told<T extends string> = Readonly<Record<T, string>>;

export interface AdminMessages
  extends Told<
    | "title"
    | "administration"
    | "otherPages"
    | "practise"
    | "account"
    | "forAdministrators"
    | "cancel"
    | "close"
    | "more"
    | "search"
    | "show"
    | "filter"
    | "actions"
    | "yes"
    | "no"
    | "never"
    | "nothingFound"
    | "comingBack"
    | "nobodyTalks"
    | "daysShort"
    | "localUser"
    | "person"
    | "people"
    | "persona"
    | "phase"
    | "stage"
    | "turns"
    | "age"
    | "latency"
    | "node"
    | "socket"
    | "mute"
    | "unmute"
    | "muted"
    | "end"
    | "endTitle"
    | "readWords"
    | "readAndRecord"
    | "wordsWarning"
    | "noWords"
    | "nothingSaid"
    | "thisNode"
    | "version"
    | "uptime"
    | "sessions"
    | "state"
    | "drain"
    | "undrain"
    | "drainTitle"
    | "takesSessions"
    | "drained"
    | "searchPeople"
    | "name"
    | "email"
    | "unverified"
    | "role"
    | "blocked"
    | "since"
    | "nobodyYet"
    | "signIns"
    | "lastSessions"
    | "noSessions"
    | "messages"
    | "active"
    | "over"
    | "block"
    | "blockText"
    | "unblock"
    | "reason"
    | "promote"
    | "demote"
    | "from"
    | "to"
    | "csv"
    | "day"
    | "byDay"
    | "usedMost"
    | "nothingUsed"
    | "latencies"
    | "providers"
    | "errors"
    | "noTurns"
    | "noErrors"
    | "step"
    | "median"
    | "longest"
    | "provider"
    | "circuit"
    | "recentFailures"
    | "allFailures"
    | "lastFailure"
    | "when"
    | "what"
    | "who"
    | "toWhom"
    | "detail"
    | "whoseId"
    | "toWhomId"
    | "anything"
    | "key"
    | "scopes"
    | "lastUsed"
    | "until"
    | "noKeys"
    | "revoke"
    | "revoked"
    | "revokeTitle"
  > {
  readonly sections: Told<Section>;
  readonly phases: Told<LiveSession["phase"]>;
  readonly stages: Readonly<Record<string, string>>;
  readonly roles: Told<User["role"]>;
  readonly figures: Told<keyof Sums>;
  readonly steps: Told<StepLatency["step"]>;
  readonly engineStages: Told<Provider["stage"]>;
  readonly circuits: Told<NonNullable<Provider["circuit"]>>;
  readonly auditActions: Readonly<Record<string, string>>;
  liveCount(shown: number, all: number): string;
  silent(nodes: string): string;
  endText(person: string, persona: string): string;
  wordsTitle(person: string): string;
  drainText(node: Node["node"], sessions: number): string;
  drains(sessions: number, secondsLeft: number): string;
  blockTitle(name: string): string;
  promoteText(name: string): string;
  demoteText(name: string): string;
  revokeText(key: string, person: string): string;
}
