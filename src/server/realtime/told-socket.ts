/** A WebSocket that says when `ws` itself is about to close it for what came in, while there is still time for a word. */
import { WebSocket } from "ws";
import type { CloseCode } from "../../protocol/close-codes.ts";

export class ToldSocket extends WebSocket {
  /** Called before every close with a code, whoever closes. */
  onRefusal: ((code: CloseCode) => void) | undefined;

  override close(code?: number, reason?: string | Buffer): void {
    if (code !== undefined) this.onRefusal?.(code as CloseCode);
    super.close(code, reason);
  }
}
