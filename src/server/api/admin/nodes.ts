/** Routes of the nodes: what there are, and which of them takes sessions. */

import { dataAnswer, failures, success } from "../../http/envelope.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { writeDown } from "../../operations/audit-log.ts";
import { drainedSchema, nodeParams, nodesSchema } from "../../operations/live-schemas.ts";
import type { AdminServices } from "./admin-services.ts";

const tags = ["Administration"];
const ofNode = { access: "admin", invalid: { "params.id": "INVALID_NODE_ID" } } as const;

/** `GET /api/admin/nodes`, `POST /api/admin/nodes/{id}/drain`, `…/undrain`. */
export function nodeRoutes(app: App, admin: AdminServices): void {
  listRoute(app, admin);
  drainRoute(app, admin);
  undrainRoute(app, admin);
}

function listRoute(app: App, { nodes, nodeId }: AdminServices): void {
  app.get("/api/admin/nodes", {
    schema: {
      operationId: "listNodes",
      tags,
      summary: "The nodes",
      description: "All that live, the one that answers first.",
      response: { 200: dataAnswer("All that live.", nodesSchema) },
    },
    config: { access: "admin" },
    handler: async () => {
      const { reports, silent } = await nodes.reports({ wait: true });
      const told = reports.map(({ node, version, startedAt, draining, drainsUntil, count }) => ({
        node,
        self: node === nodeId,
        version,
        startedAt,
        draining,
        drainsUntil,
        sessions: count,
      }));
      return success({ nodes: told, silent: [...silent] });
    },
  });
}

function drainRoute(app: App, admin: AdminServices): void {
  app.post("/api/admin/nodes/:id/drain", {
    schema: {
      operationId: "drainNode",
      tags,
      summary: "Empty a node",
      description:
        "It takes no sessions any more and lets go of those it has, which come back elsewhere. It does not end, and says in /health that it drains.",
      params: nodeParams,
      response: {
        200: dataAnswer("It drains.", drainedSchema),
        ...failures({ 409: "There is no such node, or no other one that takes sessions." }),
      },
    },
    config: ofNode,
    handler: async (request) => {
      const { id } = request.params;
      const { reports } = await admin.nodes.reports({ wait: true });
      // Sessions that have nowhere to go would only be lost.
      if (!reports.some(({ node, draining }) => node !== id && !draining))
        throw new HttpError(409, "NO_OTHER_NODE", "There is no other node that takes sessions.");
      return drain(admin, request, id, true);
    },
  });
}

function undrainRoute(app: App, admin: AdminServices): void {
  app.post("/api/admin/nodes/:id/undrain", {
    schema: {
      operationId: "undrainNode",
      tags,
      summary: "Have a node take sessions again",
      description: "After a drain.",
      params: nodeParams,
      response: {
        200: dataAnswer("It takes sessions.", drainedSchema),
        ...failures({ 409: "There is no such node." }),
      },
    },
    config: ofNode,
    handler: (request) => drain(admin, request, request.params.id, false),
  });
}

async function drain(
  admin: AdminServices,
  request: Parameters<typeof writeDown>[1],
  id: string,
  draining: boolean,
) {
  await writeDown(admin, request, draining ? "node.drain" : "node.undrain", { target: id });
  const { result } = await admin.nodes.ask(id, { type: draining ? "drain" : "undrain" });
  if (result !== "done")
    throw new HttpError(503, "NODE_FAILED", "The node could not do it.", { retryAfter: 5 });
  return success({ node: id, draining });
}
