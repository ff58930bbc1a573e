import { setTimeout as wait } from "node:timers/promises";
import { startProxy } from "../../store/proxy.ts";
import { openSlowUpstream } from "../survival-upstream.ts";

/** How long the provider is away, ms. */
const deadMs = 8000;
/** How long after a provider's end replies may fail: what was asked before, and its circuit's ten seconds, ms. */
const aftermathMs = 20_000;

/** The provider of all engines, which can be away for a while. */
export interface Provider {
  readonly baseUrl: string;
  die(): Promise<void>;
  /** Whether a failure is explained by the provider's being away. */
  explains(): boolean;
  close(): Promise<void>;
}

export async function openProvider(): Promise<Provider> {
  const upstream = await openSlowUpstream();
  const url = new URL(upstream.baseUrl);
  const proxy = await startProxy(Number(url.port));
  url.port = String(proxy.port);
  let explainedUntil = 0;
  return {
    baseUrl: url.href,
    async die() {
      explainedUntil = performance.now() + deadMs + aftermathMs;
      proxy.cut();
      await wait(deadMs);
      proxy.mend();
    },
    explains: () => performance.now() < explainedUntil,
    async close() {
      await proxy.stop();
      await upstream.close();
    },
  };
}
