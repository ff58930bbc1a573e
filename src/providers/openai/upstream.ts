/** One OpenAI-compatible server: its client, kept-alive connections and time limits. */
import { OpenAI } from "openai";
import { Agent, fetch as undiciFetch } from "undici";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { withTimeout } from "../../lib/timeout.ts";

/** Time limits of an upstream, ms of the clock; beyond them a request fails as `timeout`. */
interface Timeouts {
  /** Time until the connection stands, TLS included. */
  readonly connectMs: number;
  /** From the request to the first output. */
  readonly firstByteMs: number;
  /** Between two outputs, while they are waited for. */
  readonly stallMs: number;
}

export interface UpstreamSettings {
  /** Base URL as the vendor's: ends before `/chat/completions`. Default: the vendor. */
  readonly baseUrl?: string;
  /** Left out: no credentials are sent, as local servers want it. */
  readonly apiKey?: string;
  readonly timeouts?: Partial<Timeouts>;
}

export interface Upstream {
  readonly client: OpenAI;
  readonly baseUrl: string;
  readonly hasKey: boolean;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  /** Strings that must not appear in any error. */
  readonly secrets: readonly string[];
  /**
   * Makes a connection now, so that the next request finds it standing; does nothing where one was used a moment ago.
   * Resolves when that is done, however it went: a server that is down will say so to the request that needs it.
   */
  warm(): Promise<void>;
  /** Ends its connections; requests under way fail. */
  close(): Promise<void>;
}

export const VENDOR_URL = "https://api.openai.com/v1";

const defaultTimeouts: Timeouts = { connectMs: 3000, firstByteMs: 10_000, stallMs: 5000 };
/** Time that an idle connection is kept, so that the next turn finds it warm; servers that allow less say so. */
const KEEP_ALIVE_MS = 60_000;
/** A connection used longer ago than this may have been closed by the server: many keep them for no more than 5 s. */
const COOL_AFTER_MS = 4000;

/** Opens an upstream; no connection is made before the first request. */
export function openUpstream(settings: UpstreamSettings = {}, clock: Clock = systemClock): Upstream {
  const { baseUrl = VENDOR_URL, apiKey } = settings;
  const timeouts = { ...defaultTimeouts, ...settings.timeouts };
  // Our own timers watch heads and bodies, with the same clock for each stage; undici's would end them on their own.
  const agent = new Agent({
    connect: { timeout: timeouts.connectMs },
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const warmth = connectionWarmer(agent, baseUrl, timeouts, clock);
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey ?? "none",
    // Nothing is taken from the environment: settings come through the configuration alone.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: "off",
    maxRetries: 0,
    // The longest timer there is: deadlines are ours.
    timeout: 2 ** 31 - 1,
    fetch: fetchThrough(agent, warmth.used),
    ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
  });
  return {
    client,
    baseUrl,
    hasKey: apiKey !== undefined,
    timeouts,
    clock,
    secrets: apiKey === undefined ? [] : [apiKey],
    warm: warmth.warm,
    close: () => agent.destroy(),
  };
}

/** A fetch over the agent's connections. Forms are encoded here: undici's own FormData is not the platform's. */
function fetchThrough(agent: Agent, used: () => void): typeof fetch {
  const send = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { body, headers } =
      init.body instanceof FormData ? await encodeForm(init.body, init.headers) : init;
    used();
    const request = { ...init, body, headers, dispatcher: agent };
    return (await undiciFetch(input as string, request as never)) as unknown as Response;
  };
  // The package asks the fetch's own Response whether forms can be sent.
  return Object.assign(send, { Response });
}

/**
 * A bare GET, without credentials: whatever the answer, the connection it came over stays open for a while. (After a
 * HEAD undici closes it.)
 */
function connectionWarmer(agent: Agent, baseUrl: string, timeouts: Timeouts, clock: Clock) {
  let usedAt = Number.NEGATIVE_INFINITY;
  const used = () => {
    usedAt = clock.now();
  };
  return {
    used,
    async warm() {
      if (clock.now() - usedAt < COOL_AFTER_MS) return;
      used();
      const ms = timeouts.connectMs + timeouts.firstByteMs;
      const error = () => new Error("the upstream did not answer in time");
      const connect = async (signal: AbortSignal) => {
        const response = await undiciFetch(baseUrl, { dispatcher: agent, signal, redirect: "manual" });
        await response.arrayBuffer();
      };
      // A failure shows again in the request that needs the connection.
      await withTimeout({ clock, ms, error }, connect).catch(() => {});
    },
  };
}

async function encodeForm(form: FormData, given: RequestInit["headers"]) {
  const encoded = new Response(form);
  const headers = new Headers(given);
  headers.set("content-type", encoded.headers.get("content-type") ?? "multipart/form-data");
  return { body: new Uint8Array(await encoded.arrayBuffer()), headers };
}
