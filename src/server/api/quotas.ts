/** Limits of a key or a client secret, as requests bring them. */

import { z } from "zod";
import type { Quotas } from "../config/access-settings.ts";
import { named } from "../http/common-schemas.ts";

const most = (description: string) => z.int().min(1).max(1_000_000_000).optional().meta({ description });

/** Limits of one key, or one token; those of its user hold beside them. */
export const quotasSchema = z
  .strictObject({
    sessionsAtOnce: most("Sessions at once."),
    uploadsAtOnce: most("Recordings received at once."),
    sessionsPerHour: most("Sessions begun an hour."),
    sessionsPerDay: most("Sessions begun a day (UTC)."),
    requestsPerMinute: most("Requests a minute."),
    audioSecondsPerDay: most("Seconds of the user's speech a day."),
    tokensPerDay: most("Tokens of the reply model, in and out, a day."),
    costPerDay: z
      .number()
      .positive()
      .max(1_000_000_000)
      .optional()
      .describe("In the currency of the configured prices."),
  } satisfies Record<keyof Quotas, z.ZodType>)
  .meta(named("Limits", { sessionsAtOnce: 2, audioSecondsPerDay: 3600 }));

/** Without what was left out; undefined: nothing is left. */
export function toQuotas(given: z.output<typeof quotasSchema> | undefined): Quotas | undefined {
  const set = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return set.length > 0 ? Object.fromEntries(set) : undefined;
}
