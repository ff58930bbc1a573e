/** Requests for replies, one reply at a time. */
import type { ServerEvent } from "../../src/protocol/server-events.ts";

/** Error code of a reply that was asked for while another one was being made. */
export const busyCode = "conversation_already_has_active_response";

/** Requests for replies that wait for the end of the reply under way. */
export class ReplyRequests {
  /** Ids of replies that are being made. */
  #making = new Set<string>();
  /** A request was refused, and the reply that stands in its way has not ended. */
  #refused = false;
  readonly #waiting: (() => void)[] = [];

  /** Makes the request now, or once no reply is being made. */
  onceQuiet(request: () => void): void {
    if (this.#making.size === 0 && !this.#refused) request();
    else this.#waiting.push(request);
  }

  /** `retry`: what a refused request has to do once the reply under way, such as a greeting just begun, has ended. */
  follow(event: ServerEvent, retry: () => void): void {
    // Told anew, the session knows no reply of before.
    if (event.type === "kuku.resumed" && !event.complete) this.#making = new Set();
    if (event.type === "response.created" && event.response.id !== undefined)
      this.#making.add(event.response.id);
    if (event.type === "error" && event.error.code === busyCode) {
      this.#refused = true;
      this.#waiting.unshift(retry);
    }
    if (event.type !== "response.done") return;
    this.#making.delete(event.response.id ?? "");
    this.#refused = false;
    if (this.#making.size === 0) this.#waiting.shift()?.();
  }
}
