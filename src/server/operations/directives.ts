/** Directives of administrators to a node: their wire form between nodes, and their execution here. */
import { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { Principal } from "../access/principal.ts";
import type { HeldSession } from "../conversations/live-sessions.ts";
import type { SessionRegistry } from "../conversations/session-registry.ts";
import type { Drain } from "./drain.ts";

export const directiveSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("end"), sessionId: z.string() }),
  z.object({ type: z.literal("mute"), sessionId: z.string(), muted: z.boolean() }),
  /** Ends what a user, or one key of theirs, has open. */
  z.object({ type: z.literal("revoke"), ownerId: z.string(), keyId: z.string().optional() }),
  /** Ends what an administrator who is none any more watches. */
  z.object({ type: z.literal("unwatch"), ownerId: z.string() }),
  z.object({ type: z.literal("drain") }),
  z.object({ type: z.literal("undrain") }),
]);

/** A directive; executing it twice does no harm. */
export type Directive = z.output<typeof directiveSchema>;

export const outcomeSchema = z.discriminatedUnion("result", [
  /** `ended`: sessions that were. */
  z.object({ result: z.literal("done"), ended: z.int().optional() }),
  /** The session is not live on that node. */
  z.object({ result: z.literal("not_here") }),
  /** Failed by a fault, or on a version that does not know the directive. */
  z.object({ result: z.literal("failed") }),
]);

export type Outcome = z.output<typeof outcomeSchema>;

/** Executes a directive on this node. */
export type Act = (directive: Directive) => Promise<Outcome>;

/** Longest wait for an ended session to be stored, ms. */
const storingMs = 2000;

/** Executes directives on this node. `cut` ends the live-feed streams of a user, or of one of their keys. */
export function openActs({
  sessions,
  drain,
  clock,
  cut,
}: {
  readonly sessions: Pick<SessionRegistry, "live" | "all">;
  readonly drain: Drain;
  readonly clock: Clock;
  readonly cut: (as: Pick<Principal, "id" | "keyId">) => void;
}): Act {
  const end = async (held: Pick<HeldSession, "session">) => {
    const { session } = held;
    session.end("revoked");
    await settlesWithin(
      clock,
      storingMs,
      session.ended.then(() => session.settled(storingMs)),
    );
  };
  return async (directive) => {
    if (directive.type === "revoke") {
      const { ownerId, keyId } = directive;
      cut({ id: ownerId, keyId });
      const theirs = [...sessions.all()].filter(
        (held) => held.ownerId === ownerId && (keyId === undefined || held.keyId === keyId),
      );
      await Promise.all(theirs.map(end));
      return { result: "done", ended: theirs.length };
    }
    if (directive.type === "unwatch") {
      cut({ id: directive.ownerId });
      return { result: "done" };
    }
    if (directive.type === "drain" || directive.type === "undrain") {
      if (directive.type === "drain") drain.begin();
      else drain.stop();
      return { result: "done" };
    }
    const session = sessions.live(directive.sessionId);
    if (!session) return { result: "not_here" };
    if (directive.type === "mute") session.mute(directive.muted);
    else await end({ session });
    return { result: "done" };
  };
}
