/** Contract between the gateway and the registry of live sessions: opening and finding sessions. */
import type { CoachOptions } from "../../coach/coach.ts";
import type { SessionType } from "../../protocol/session-config.ts";
import type { Link } from "../../session/link.ts";
import type { ReceivedPosition } from "../../session/outbound/outbound.ts";
import type { LiveSession, Session } from "../../session/session.ts";
import type { Principal } from "../access/principal.ts";
import type { Lease } from "../access/quotas/limiter.ts";

/** Names an existing session, as a request does. */
export type NamedSession =
  | { readonly sessionId: string }
  /** A returning socket's resume token, and its position in the conversation. */
  | { readonly token: string; readonly seen: ReceivedPosition };

/** Parameters of a new session. */
export interface SessionOpening {
  readonly link: Link;
  readonly principal: Principal;
  /** A persona's id. */
  readonly persona: string;
  /** Default `realtime`. */
  readonly type?: SessionType;
  /** Whether the client speaks `kuku.v1`. */
  readonly extension: boolean;
  /** Open actions of the user's earlier sessions. */
  readonly memory?: CoachOptions["memory"];
  /** Lease granted by the limits; released by the registry when the session ends. */
  readonly lease?: Lease;
}

/** Opens a session; the composition root gives it its providers. */
export type OpenSession = (opening: SessionOpening) => Session;

/**
 * Finds an existing session.
 * @throws HttpError where this principal may join none of that name
 */
export type FindSession = (
  named: NamedSession,
  principal: Principal,
  from: { readonly address: string | undefined; readonly type?: SessionType | undefined },
) => Promise<LiveSession>;
