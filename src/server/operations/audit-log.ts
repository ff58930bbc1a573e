/** Audit of administrators: an action is recorded before it is done, and not done where that fails. */
import type { FastifyRequest } from "fastify";
import type { Audit } from "../../store/queries/audit-queries.ts";
import { principalOf } from "../http/route-access.ts";

/** Actions of administrators that are recorded. */
export type AuditedAction =
  | "session.messages"
  | "session.report"
  | "session.recording"
  | "session.end"
  | "session.mute"
  | "session.unmute"
  | "user.block"
  | "user.unblock"
  | "user.role"
  | "key.revoke"
  | "node.drain"
  | "node.undrain";

/**
 * Records an action that is about to be done.
 * @throws StoreError when it cannot be written
 */
export async function writeDown(
  { audit }: { readonly audit: Audit },
  request: FastifyRequest,
  action: AuditedAction,
  about: {
    readonly ownerId?: string;
    readonly target: string;
    readonly detail?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { id: actorId, keyId } = principalOf(request);
  const detail = { ...about.detail, ...(keyId !== undefined && { keyId }), request: request.id };
  await audit.write({ ...about, actorId, action, detail });
}
