/** A server of several workers as a process, and what can be seen of them. */
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { type Mortal, startMortal } from "../../support/survival-server.ts";
import { scriptedEngines } from "../../web/serve.ts";
import { Client } from "../support.ts";

export interface NodeView {
  readonly node: string;
  readonly draining: boolean;
  readonly sessions: number;
}

/** Starts one with scripted engines. */
export async function startWorkers(env: Readonly<Record<string, string>>, count = 2) {
  const server = await startMortal({ ...scriptedEngines, WORKERS: String(count), ...env });
  onTestFinished(async () => {
    // A second signal ends the workers with their primary; where that is killed, they drain and outlive the test.
    for (const signal of ["SIGTERM", "SIGINT"] as const) server.signal(signal);
    await server.gone;
  });
  const url = `http://127.0.0.1:${server.port}`;
  const api = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, init);
    return (await response.json()).data;
  };
  return {
    server,
    url,
    api,
    pids: () => pidsOf(server),
    nodes: async (): Promise<NodeView[]> => (await api("/api/admin/nodes")).nodes,
    async connect(query = "") {
      const address = `${url.replace("http", "ws")}/v1/realtime${query}`;
      const client = new Client(new WebSocket(address, ["kuku.v1"]));
      await client.opened;
      return client;
    },
    /** Reads a metric that has no labels. */
    async metric(name: string): Promise<number> {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
    },
  };
}

/** Process ids of the workers that were started, by number, oldest first. */
function pidsOf({ said }: Mortal): Map<number, number[]> {
  const pids = new Map<number, number[]>();
  for (const line of said) {
    const [, worker, pid] = /"worker":(\d+),"pid":(\d+),"msg":"worker started"/.exec(line) ?? [];
    if (worker !== undefined) pids.set(Number(worker), [...(pids.get(Number(worker)) ?? []), Number(pid)]);
  }
  return pids;
}
