/** Ends what a user or a key has open, on all nodes. */

import type { Directive } from "../../operations/directives.ts";
import type { AdminServices } from "./admin-services.ts";

/** Ends a user's sessions, or those of one key, on all nodes. */
export async function endAll({ nodes }: AdminServices, directive: Directive & { type: "revoke" }) {
  const { outcomes, silent } = await nodes.askAll(directive);
  const counts = outcomes.map((outcome) => (outcome.result === "done" ? (outcome.ended ?? 0) : 0));
  return { ended: counts.reduce((sum, count) => sum + count, 0), silent: [...silent] };
}
