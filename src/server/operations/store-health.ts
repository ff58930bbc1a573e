/** Health of the store, for `/health`. */
import type { Clock } from "../../lib/clock.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { OpenStore } from "../../store/open-store.ts";
import type { ReadHealth } from "./health.ts";

/** A database that does not answer within this, well before the deadline of the health check, is down, ms. */
const pingMs = 1000;

/** `down` while nothing can be stored, or asked. */
export function healthOf(store: OpenStore, clock: Clock): ReadHealth {
  return async () => {
    const { failingSince, waiting } = store.journals.state;
    const away = failingSince !== undefined || !(await answersSoon(store, clock));
    return {
      store: away
        ? { status: "down", detail: `The database takes nothing; ${waiting} changes wait for it.` }
        : { status: "up" },
    };
  };
}

async function answersSoon(store: OpenStore, clock: Clock): Promise<boolean> {
  const answers = store.ping().then(
    () => true,
    () => false,
  );
  return (await settlesWithin(clock, pingMs, answers)) && answers;
}
