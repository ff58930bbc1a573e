/** Reports of ended sessions: each made once, by the first caller, and stored. */
import type { Report } from "../../coach/report/report.ts";
import { sessionTitle } from "../../coach/report/session-title.ts";
import type { Clock } from "../../lib/clock.ts";
import { deliveryFigures, figuresByName } from "../../session/persistence/delivery-figures.ts";
import { readSnapshot } from "../../session/persistence/snapshot.ts";
import { reportWithin } from "../../session/replies/background-requests.ts";
import { promptItems } from "../../session/replies/prompt.ts";
import type { Engines } from "../../session/session-context.ts";
import type { Entry } from "../../session/turns/state.ts";
import type { ItemRecord, ReportRecord } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { Logger } from "../logging/log.ts";

/** Time that a model has for a report before it is made by rules, ms. */
const modelMs = 60_000;

export interface Reports {
  /**
   * Returns the session's report, made now if it is due. Undefined: the session has not ended, or has no report.
   * @throws StoreError when the database cannot be reached
   */
  make(sessionId: string): Promise<ReportRecord | undefined>;
  /** Stores a report that the session itself has made. */
  keep(sessionId: string, report: Report): Promise<void>;
}

/** Makes reports from stored conversations. */
export function openReports({
  store,
  engines,
  clock,
  log,
}: {
  readonly store: Store;
  readonly engines: Pick<Engines, "replyModel">;
  readonly clock: Clock;
  readonly log: Logger;
}): Reports {
  const making = new Map<string, Promise<ReportRecord | undefined>>();

  const write = async (sessionId: string): Promise<ReportRecord | undefined> => {
    const known = await store.findReport(sessionId);
    if (known && known.status !== "pending") return known;
    const conversation = await store.readConversation(sessionId);
    if (conversation?.session.status !== "ended") return undefined;
    const snapshot = readSnapshot(conversation?.snapshot);
    // [TX1] Nobody coached in a transcription session.
    if (!snapshot || conversation.session.type === "transcription") {
      await store.failReport(sessionId);
      log.info({ session: sessionId }, "session without a snapshot or a coach has no report");
      return store.findReport(sessionId);
    }
    const entries = conversation.items.map((item) => item.entry as Entry);
    const asking = { model: engines.replyModel, clock, ms: modelMs };
    const report = await reportWithin(snapshot.coach, promptItems(entries), asking);
    await save(sessionId, report, conversation.items);
    return store.findReport(sessionId);
  };
  const save = async (sessionId: string, { text, ...data }: Report, items: readonly ItemRecord[]) => {
    const [deliveries, readings, stored] = await Promise.all([
      store.readDeliveries(sessionId),
      store.readReadings(sessionId),
      store.findSnapshot(sessionId),
    ]);
    const delivery = figuresByName(deliveryFigures(items, deliveries));
    const coach = readSnapshot(stored)?.coach;
    const title = coach && sessionTitle(coach, data, readings);
    const kept = {
      ...data,
      ...(title !== undefined && { title }),
      ...(Object.keys(delivery).length > 0 && { delivery }),
    };
    await store.saveReport(sessionId, { text, data: kept, actions: data.actions });
  };

  return {
    keep: async (sessionId, report) => save(sessionId, report, await store.readItems(sessionId)),
    make(sessionId) {
      const report = making.get(sessionId) ?? write(sessionId).finally(() => making.delete(sessionId));
      making.set(sessionId, report);
      return report;
    },
  };
}
