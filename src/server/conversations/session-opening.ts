/** How a session is opened or found: the contract between the gateway and the registry of live sessions. */

import type { CoachOptions } from "../../coach/coach.ts";
import type { Link } from "../../session/link.ts";
import type { ReceivedPosition } from "../../session/outbound/outbound.ts";
import type { LiveSession, Session } from "../../session/session.ts";
import type { Principal } from "../access/principal.ts";
import type { Lease } from "../access/quotas/limiter.ts";

/** How a request names a session that is there already. */
export type NamedSession =
  | { readonly sessionId: string }
  /** A lost socket comes back. */
  | { readonly token: string; readonly seen: ReceivedPosition };

/** What a session is opened with. */
export interface SessionOpening {
  readonly link: Link;
  readonly principal: Principal;
  /** A persona's id. */
  readonly persona: string;
  /** Whether the client speaks `kuku.v1`. */
  readonly extension: boolean;
  /** What this user's earlier sessions left open. */
  readonly memory?: CoachOptions["memory"];
  /** Its leave to be; released with its end by whoever opens it. */
  readonly lease?: Lease;
}

/** Opens a session; the composition root gives it its providers. */
export type OpenSession = (opening: SessionOpening) => Session;

/**
 * Finds a session that is there already.
 * @throws HttpError where there is none that this principal may join
 */
export type FindSession = (
  named: NamedSession,
  principal: Principal,
  from: { readonly address: string | undefined },
) => Promise<LiveSession>;
