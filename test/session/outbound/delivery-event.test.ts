import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Metric } from "../../../src/coach/delivery/bands.ts";
import type { Delivery } from "../../../src/ports/delivery.ts";
import { kukuServerEvents } from "../../../src/protocol/kuku-events.ts";
import { deliveryEvent } from "../../../src/session/outbound/wire.ts";
import { figureUnits } from "../../support/figure-units.ts";

const ofConversations: readonly Metric[] = ["talkSharePercent", "responseGapMs"];
const figures = (Object.keys(figureUnits) as Metric[]).filter((name) => !ofConversations.includes(name));
const whole = Object.fromEntries(
  figures.map((name, k) => [name, name === "phonationRatio" ? 0.5 : k + 1]),
) as unknown as Delivery;
const coachDelivery = kukuServerEvents["coach.delivery"];
const framed = (event: object) => ({ event_id: "event_1", ...event });

describe("[DM2] a delivery on the wire", () => {
  test("has every figure of an utterance but where it stood in its audio", () => {
    const { type: _, item_id: __, final, ...told } = deliveryEvent("item_1", whole);
    expect(final).toBe(true);
    expect(Object.keys(told).length).toBe(figures.length - 1);
    const { onsetMs: ___, ...expected } = whole;
    expect(Object.values(told)).toEqual(expect.arrayContaining(Object.values(expected)));
    expect(coachDelivery.strict().parse(framed(deliveryEvent("item_1", whole)))).toMatchObject(told);
  });

  test("[DM13] tells hesitations with their kinds and places", () => {
    const hesitations = [
      { kind: "filled_pause", startMs: 800, endMs: 1240 },
      { kind: "prolongation", startMs: 3000, endMs: 3380 },
    ] as const;
    const event = deliveryEvent(
      "item_1",
      { speechMs: 4000, pauseCount: 1, filledPauseCount: 1, hesitations },
      false,
    );
    expect(coachDelivery.strict().parse(framed(event))).toMatchObject({
      filled_pause_count: 1,
      hesitations: [
        { kind: "filled_pause", start_ms: 800, end_ms: 1240 },
        { kind: "prolongation", start_ms: 3000, end_ms: 3380 },
      ],
    });
  });

  test("leaves out what is not known", () => {
    const event = deliveryEvent("item_1", { speechMs: 800, pauseCount: 0 }, false);
    expect(event).toEqual({
      type: "coach.delivery",
      item_id: "item_1",
      final: false,
      speech_ms: 800,
      pause_count: 0,
    });
    expect(coachDelivery.safeParse(framed(event)).success).toBe(true);
  });
});

test("docs/delivery.md has every figure, with its unit", () => {
  const text = readFileSync("docs/delivery.md", "utf8");
  const rows = new Map(
    [...text.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map((match) => [match[1], match[2]]),
  );
  expect(Object.fromEntries(rows)).toEqual(figureUnits);
});
