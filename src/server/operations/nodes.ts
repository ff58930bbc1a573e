/** The nodes on one database as one of them sees them: what each does just now, and having another do something. */
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
  /** How often a node looks for what it is to do while there are others, and while there are none, ms. */
  readonly pollMs: number;
  readonly aloneMs: number;
  /** How long a directive's outcome is waited for, and how often it is asked for, ms. */
  readonly directiveMs: number;
  readonly askMs: number;
  /** Within this a node that was not watched should have said what it does, ms. */
  readonly reportMs: number;
  /** What was published longer ago tells nothing any more, ms. */
  readonly staleMs: number;
  /** For how long nodes publish after somebody looked, ms. */
  readonly watchMs: number;
  /** How long a node's last sign of life is believed, ms; as the store has it. */
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

/** How long what is being done for other nodes may take to end, ms. */
const stopMs = 1000;

/** What the nodes do just now. */
export interface Reports {
  /** This node's first. */
  readonly reports: readonly NodeReport[];
  /** Nodes that live, but did not say. */
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
  /** Looks for nothing any more. */
  stop(): Promise<void>;
}

export interface NodesOptions {
  readonly database: Database;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** What this node does. */
  readonly report: () => NodeReport;
  readonly act: Act;
  readonly limits?: Partial<NodeLimits> | undefined;
}

/** Takes part: looks from now on for what this node is to do. With an embedded database there are no others, and nothing is looked for. */
export function openNodes(options: NodesOptions): Nodes {
  const { database, nodeId, clock, report, act } = options;
  const limits = { ...nodeLimits, ...options.limits };
  if (database.embedded) return loneNode(options);
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

/** The same where there can be no other. */
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

/** Looks ever again for what this node is to do, does it, and publishes what it does while somebody looks. */
function startRounds(
  { nodeId, clock, log, report, act }: NodesOptions,
  queries: ReturnType<typeof openNodeQueries>,
  limits: NodeLimits,
): () => Promise<void> {
  /** What is published of a node nobody looks at: whether it drains. */
  let published: string | undefined;
  let failing = false;
  let stopped = false;
  let cancel: CancelTimer = () => {};
  let round: Promise<void> = Promise.resolve();

  const publish = async (watched: boolean) => {
    const now = report();
    const brief = `brief ${now.draining}`;
    if (!watched && published === brief) return;
    const told = watched ? now : { ...now, brief: true, sessions: [], providers: [], errors: [] };
    await queries.publish(nodeId, told);
    published = watched ? "watched" : brief;
  };
  const carryOut = async ({ id, directive }: { id: string; directive: unknown }) => {
    const read = directiveSchema.safeParse(directive);
    const outcome = await (read.success ? act(read.data) : Promise.reject(read.error)).catch(
      (error: unknown) => {
        log.error({ err: error }, "a directive of another node failed");
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
      if (!failing) log.warn({ err: error }, "what other nodes ask for cannot be read");
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
