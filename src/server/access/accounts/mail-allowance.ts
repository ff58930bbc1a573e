/** Limits on mails, by requester and by recipient, who need not be the same person. */
import { hashSecret } from "../../../lib/ids.ts";
import { countedAddress } from "../../net/addresses.ts";
import { tooOften } from "../quotas/refusals.ts";
import { openWindowStore } from "../quotas/window-store.ts";

/** Counted for so long, s. */
const windowSeconds = 900;
/** A person asks again once or twice. */
const mostToOne = 5;
/** A class behind one address signs up in one lesson. */
const mostFromAddress = 60;

export interface MailAllowance {
  /**
   * Counts a mail before anybody knows whether there is somebody to get it.
   * @throws HttpError `rate_limit_exceeded` with `retryAfter`
   */
  take(address: string | undefined, email: string): Promise<void>;
  close(): void;
}

/** Counts in this process alone. */
export function openMailAllowance(): MailAllowance {
  const windows = openWindowStore();
  const count = async (key: string, most: number) => {
    const { count, seconds } = await windows.count(key, windowSeconds);
    if (count > most) throw tooOften(seconds);
  };
  return {
    async take(address, email) {
      await count(`mails from ${countedAddress(address)}`, mostFromAddress);
      await count(`mails to ${hashSecret(email)}`, mostToOne);
    },
    close: () => windows.close(),
  };
}
