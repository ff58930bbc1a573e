/** Names of the users whose sessions are live, for administrators; read from the accounts and kept for a while. */
import type { Clock } from "../../lib/clock.ts";
import type { AdminQueries } from "../../store/queries/admin-queries.ts";
import type { NodeReport } from "./live-schemas.ts";
import type { Nodes } from "./nodes.ts";

/** Time for which a name is not read again, ms. */
const keptMs = 60_000;

/** Names that are kept; beyond, all are read again. */
const mostKept = 10_000;

type Owner = { readonly name: string; readonly email: string };

export interface OwnerNamesOptions {
  readonly queries: Pick<AdminQueries, "namesOf">;
  readonly clock: Clock;
}

/** Adds names to the sessions of reports. Guests and `local` have no account, and no name. */
export class OwnerNames {
  readonly #queries: OwnerNamesOptions["queries"];
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly owner: Owner | undefined; readonly at: number }>();

  constructor({ queries, clock }: OwnerNamesOptions) {
    this.#queries = queries;
    this.#clock = clock;
  }

  /** Returns `nodes` whose reports name the sessions' owners; where the accounts cannot be read, without names. */
  naming(nodes: Pick<Nodes, "reports">): Pick<Nodes, "reports"> {
    return {
      reports: async (options) => {
        const { reports, silent } = await nodes.reports(options);
        await this.#read(reports);
        return { reports: reports.map((report) => this.#name(report)), silent };
      },
    };
  }

  async #read(reports: readonly NodeReport[]): Promise<void> {
    const now = this.#clock.now();
    const ids = new Set(reports.flatMap(({ sessions }) => sessions.map(({ ownerId }) => ownerId)));
    const unknown = [...ids].filter(
      (id) => now - (this.#kept.get(id)?.at ?? Number.NEGATIVE_INFINITY) > keptMs,
    );
    if (unknown.length === 0) return;
    const read = await this.#queries.namesOf(unknown).catch(() => undefined);
    if (!read) return;
    if (this.#kept.size > mostKept) this.#kept.clear();
    const byId = new Map(read.map(({ id, name, email }) => [id, { name, email }]));
    for (const id of unknown) this.#kept.set(id, { owner: byId.get(id), at: now });
  }

  #name(report: NodeReport): NodeReport {
    const sessions = report.sessions.map((view) => {
      const owner = this.#kept.get(view.ownerId)?.owner;
      return owner ? { ...view, ownerName: owner.name, ownerEmail: owner.email } : view;
    });
    return { ...report, sessions };
  }
}
