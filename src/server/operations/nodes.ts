/** The nodes on one database as one of them sees them: their reports, and directives to them. */
import { type CancelTimer, type Clock, sleep } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { Database } from "../../store/database.ts";
import { storeLimits } from "../../store/limits.ts";
import { type LivingNode, openNodeQueries } from "../../store/queries/node-queries.ts";
import type { Logger } from "../logging/log.ts";
import { HttpError } from "../net/http-error.ts";
import { type Act, type Directive, directiveSchema, type Outcome, outcomeSchema } from "./directives.ts";
import { type NodeReport, reportSchema } from "./live-schemas.ts";

export interface NodeLimits {
  /** Interval of polling for directives while there are other nodes, and while there are none, ms. */
  readonly pollMs: number;
  readonly aloneMs: number;
  /** Longest wait for a directive's outcome, and the interval of asking for it, ms. */
  readonly directiveMs: number;
  readonly askMs: number;
  /** Longest wait for the report of a node that was not watched, ms. */
  readonly reportMs: number;
  /** Age from which a published report no longer counts, ms. */
  readonly staleMs: number;
  /** Time for which nodes publish after a request for reports, ms. */
  readonly watchMs: number;
  /** Age up to which a node's last sign of life counts, ms; as in the store. */
  readonly aliveMs: number;
}

const nodeLimits: NodeLimits = {
  pollMs: 1000,
  aloneMs: 5000,
  directiveMs: 10_000,
  askMs: 200,
  reportMs: 2500,
  staleMs: 5000,
  watchMs: 20_000,
  aliveMs: storeLimits.aliveMs,
};

/** Longest wait at the end for directives under way, ms. */
const stopMs = 1000;

/** Reports of the nodes as of now. */
export interface Reports {
  /** Reports, this node's first. */
  readonly reports: readonly NodeReport[];
  /** Nodes that live but did not report. */
  readonly silent: readonly string[];
}

export interface Nodes {
  /**
   * Also has the others go on publishing for a while. `wait`: for those that were not watched, but not for long.
   * @throws StoreError
   */
  reports(options: { readonly wait: boolean }): Promise<Reports>;
  /**
   * Has a node do something, this one among them.
   * @throws HttpError 409 `NODE_GONE`: no such node lives; 503 `NODE_SILENT`: it did not say in time that it has, and may
   * have; StoreError
   */
  ask(nodeId: string, directive: Directive): Promise<Outcome>;
  /** Has all nodes do it; those that are silent do it once they speak again. @throws StoreError */
  askAll(
    directive: Directive,
  ): Promise<{ readonly outcomes: readonly Outcome[]; readonly silent: readonly string[] }>;
  /** Stops polling. */
  stop(): Promise<void>;
}

export interface NodesOptions {
  readonly database: Database;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Makes this node's report. */
  readonly report: () => NodeReport;
  readonly act: Act;
  readonly limits?: Partial<NodeLimits> | undefined;
}

/** Joins the nodes: polls from now on for directives. On a database that is not shared there are no other nodes and no polling. */
export function openNodes(options: NodesOptions): Nodes {
  const { database, nodeId, clock, report, act } = options;
  const limits = { ...nodeLimits, ...options.limits };
  if (!database.shared) return loneNode(options);
  const queries = openNodeQueries(database, limits.aliveMs);
  const stopRounds = startRounds(options, queries, limits);

  const others = async () => (await queries.alive()).filter(({ id }) => id !== nodeId);
  const withdrawn = async (id: string): Promise<Outcome | undefined> =>
    readOutcome(await queries.withdraw(id));
  /** Undefined: it did not say in time. */
  const send = async (to: string, directive: Directive, id: string): Promise<Outcome | undefined> => {
    if (!(await queries.send(id, to, directive))) throw nodeGone();
    const until = clock.now() + limits.directiveMs;
    for (;;) {
      const outcome = readOutcome(await queries.outcome(id));
      if (outcome || clock.now() >= until) return outcome;
      await sleep(clock, limits.askMs);
    }
  };

  return {
    async reports({ wait }) {
      await queries.watch(nodeId, limits.watchMs);
      const until = clock.now() + limits.reportMs;
      for (;;) {
        const read = (await others()).map((node) => ({
          id: node.id,
          told: readReport(node, limits.staleMs),
        }));
        const silent = read.filter(({ told }) => !told).map(({ id }) => id);
        const reports = [report(), ...read.flatMap(({ told }) => told ?? [])];
        if (!wait || silent.length === 0 || clock.now() >= until) return { reports, silent };
        await sleep(clock, limits.askMs);
      }
    },
    async ask(to, directive) {
      if (to === nodeId) return act(directive);
      const id = newId("directive");
      const outcome = (await send(to, directive, id)) ?? (await withdrawn(id));
      if (!outcome) throw nodeSilent();
      return outcome;
    },
    async askAll(directive) {
      const own = act(directive);
      const asked = (await others()).map(async ({ id: to }) => {
        // Not taken back where it is late: what must end, must end.
        const outcome = await send(to, directive, newId("directive")).catch(orGone);
        return { to, outcome };
      });
      const [first, ...told] = await Promise.all([own, ...asked]);
      return {
        outcomes: [first, ...told.flatMap(({ outcome }) => (outcome && outcome !== "gone" ? [outcome] : []))],
        silent: told.filter(({ outcome }) => outcome === undefined).map(({ to }) => to),
      };
    },
    stop: stopRounds,
  };
}

/** The nodes where there can be only this one. */
function loneNode({ nodeId, report, act }: NodesOptions): Nodes {
  return {
    reports: async () => ({ reports: [report()], silent: [] }),
    async ask(to, directive) {
      if (to !== nodeId) throw nodeGone();
      return act(directive);
    },
    askAll: async (directive) => ({ outcomes: [await act(directive)], silent: [] }),
    stop: async () => {},
  };
}

/** Polls for directives, executes them, and publishes this node's report while somebody watches. */
function startRounds(
  { nodeId, clock, log, report, act }: NodesOptions,
  queries: ReturnType<typeof openNodeQueries>,
  limits: NodeLimits,
): () => Promise<void> {
  /** The brief report last published while nobody watches. */
  let published: string | undefined;
  let failing = false;
  let stopped = false;
  let cancel: CancelTimer = () => {};
  let round: Promise<void> = Promise.resolve();

  const publish = async (watched: boolean) => {
    const now = report();
    const brief = `brief ${now.draining}`;
    if (!watched && published === brief) return;
    const told = watched
      ? now
      : { ...now, brief: true, sessions: [], providers: [], errors: [], latencies: {} };
    await queries.publish(nodeId, told);
    published = watched ? "watched" : brief;
  };
  const carryOut = async ({ id, directive }: { id: string; directive: unknown }) => {
    const read = directiveSchema.safeParse(directive);
    const outcome = await (read.success ? act(read.data) : Promise.reject(read.error)).catch(
      (error: unknown) => {
        log.error({ err: error }, "directive of another node failed");
        return { result: "failed" } as const;
      },
    );
    await queries.settle(id, outcome);
  };
  const look = async () => {
    let alone = false;
    try {
      const pending = await queries.pending(nodeId);
      alone = pending.others === 0;
      await Promise.all(pending.directives.map(carryOut));
      await publish(pending.watched);
      failing = false;
    } catch (error) {
      // Once for an outage: the store tells of it as well.
      if (!failing) log.warn({ err: error }, "polling for directives failed");
      failing = true;
    }
    if (!stopped) cancel = clock.after(alone ? limits.aloneMs : limits.pollMs, next);
  };
  const next = () => {
    round = look();
  };
  next();
  return async () => {
    stopped = true;
    cancel();
    // A database that is away keeps nobody from stopping.
    await settlesWithin(clock, stopMs, round);
  };
}

/** Undefined: it has not said lately what it does, or in a way that this version cannot read. */
function readReport({ live, liveMs }: LivingNode, staleMs: number): NodeReport | undefined {
  if (live === undefined || liveMs > staleMs) return undefined;
  const { data } = reportSchema.safeParse(live);
  return data?.brief === false ? data : undefined;
}

function readOutcome(stored: unknown): Outcome | undefined {
  if (stored === undefined) return undefined;
  return outcomeSchema.safeParse(stored).data ?? { result: "failed" };
}

function orGone(error: unknown): "gone" {
  if (error instanceof HttpError) return "gone";
  throw error;
}

function nodeGone(): HttpError {
  return new HttpError(409, "NODE_GONE", "There is no such node, or it is gone.");
}

function nodeSilent(): HttpError {
  return new HttpError(
    503,
    "NODE_SILENT",
    "The node did not say in time that it was done; it may have been.",
    {
      retryAfter: 5,
    },
  );
}
