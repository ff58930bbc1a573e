/** Percentiles of the turns' latency for administrators. */
import { dataAnswer, success } from "../../http/envelope.ts";
import type { App } from "../../http/typed-app.ts";
import { latencySchema } from "../../operations/live-schemas.ts";
import { summarizeLatencies } from "../../operations/turn-latencies.ts";
import type { AdminServices } from "./admin-services.ts";

/** `GET /api/admin/latency`. */
export function latencyRoute(app: App, { nodes }: AdminServices): void {
  app.get("/api/admin/latency", {
    schema: {
      operationId: "getLatency",
      tags: ["Administration"],
      summary: "How soon turns are answered",
      description:
        "Percentiles of each step over the last turns of all nodes, in ms from the end of the user's turn; `endpoint` is the silence waited for before that end. Steps that no turn had are left out.",
      response: { 200: dataAnswer("By step, in the order of a turn.", latencySchema) },
    },
    config: { access: "admin" },
    handler: async () => {
      const { reports, silent } = await nodes.reports({ wait: true });
      const steps = summarizeLatencies(reports.map(({ latencies = {} }) => latencies));
      return success({ steps: [...steps], silent: [...silent] });
    },
  });
}
