/** A WebSocket that reports when `ws` itself is about to close it for a bad message, while an error can still be sent. */
import { WebSocket } from "ws";
import type { CloseCode } from "../../protocol/close-codes.ts";

export class NotifyingSocket extends WebSocket {
  /** Called before every close with a code, by this server or by `ws`. */
  onRefusal: ((code: CloseCode) => void) | undefined;

  override close(code?: number, reason?: string | Buffer): void {
    if (code !== undefined) this.onRefusal?.(code as CloseCode);
    super.close(code, reason);
  }
}
