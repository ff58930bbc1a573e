import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDataDir } from "../../support/test-database.ts";
import { adminContract } from "./contract.ts";
import { startNode, type TestNode } from "./support.ts";

describe("administration on PGlite", () => {
  const dataDir = testDataDir();
  let node: TestNode;
  beforeAll(async () => {
    node = await startNode({ dataDir });
  });
  afterAll(async () => {
    await node.close();
    rmSync(dataDir, { recursive: true });
  });

  adminContract(() => node);

  it("knows one node, which cannot be drained: its sessions would have nowhere to go", async () => {
    const { body } = await node.ask("GET /api/admin/nodes");
    expect(body.data).toEqual({
      nodes: [
        {
          node: node.nodeId,
          self: true,
          version: "1.2.3",
          startedAt: expect.any(String),
          draining: false,
          sessions: expect.any(Number),
        },
      ],
      silent: [],
    });
    const drained = await node.ask(`POST /api/admin/nodes/${node.nodeId}/drain`);
    expect([drained.status, drained.body.code]).toEqual([409, "NO_OTHER_NODE"]);
    const gone = await node.ask("POST /api/admin/nodes/node_gone/undrain");
    expect([gone.status, gone.body.code]).toEqual([409, "NODE_GONE"]);
    const undrained = await node.ask(`POST /api/admin/nodes/${node.nodeId}/undrain`);
    expect(undrained.body.data).toEqual({ node: node.nodeId, draining: false });
  });
});
