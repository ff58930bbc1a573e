/** Delivery of a stored conversation, from its items and the figures of its utterances. Pure. */
import {
  type ConversationDelivery,
  conversationDelivery,
  type SpokenUtterance,
} from "../../coach/delivery/conversation-delivery.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { DeliveryRecord, ItemRecord } from "../../store/records.ts";
import type { Entry } from "../turns/state.ts";

/** Talk share, response gap and the user's own figures; what cannot be computed is absent. */
export function deliveryFigures(
  items: readonly ItemRecord[],
  deliveries: readonly DeliveryRecord[],
): ConversationDelivery {
  const utterances = deliveries.map(({ at, metrics }): SpokenUtterance => {
    const { durationMs = 0, ...figures } = metrics;
    return { startMs: at - durationMs, endMs: at, delivery: figures as unknown as Delivery };
  });
  const coach = items.flatMap((item) => {
    const entry = item.entry as Entry;
    if (entry.kind !== "spoken_by_coach" || entry.at === undefined) return [];
    return [{ startMs: entry.at, endMs: entry.at + entry.audioMs }];
  });
  return conversationDelivery(utterances, coach);
}

/** Returns the figures by name, as a report keeps them. */
export function figuresByName(figures: ConversationDelivery): Readonly<Record<string, number>> {
  const { delivery, ...whole } = figures;
  const all = Object.entries({ ...whole, ...delivery });
  return Object.fromEntries(all.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}
