/** The provider of the survival bench, in a process of its own so that it slows nobody down: prints its address. */
import { openSlowUpstream } from "../../test/support/survival-upstream.ts";

const upstream = await openSlowUpstream();
process.send?.({ baseUrl: upstream.baseUrl });
process.on("disconnect", () => process.exit());
