/** The client's way onto the network: what it needs of a WebSocket, which a browser's own and `ws` both are. */

/** The part of the WebSocket interface that is used. */
export interface Socket {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
}

/** Opens a socket; the browser's is the default. */
export type OpenSocket = (url: string, protocols: readonly string[]) => Socket;

/** The platform's own WebSocket. */
export const openPlatformSocket: OpenSocket = (url, protocols) =>
  new WebSocket(url, [...protocols]) as unknown as Socket;

/** Prefix of a socket's error where the server answered the upgrade with a reason. */
export const refusalPrefix = "refused: ";
/** Prefix of a refusal that the same request would meet again. */
export const finalPrefix = "refused for good: ";

export interface SocketCalls {
  onOpen(): void;
  /** Text, or the bytes of a binary message. */
  onText(text: string): void;
  onBytes(bytes: Uint8Array): void;
  /** `failure`: why it never opened, where the platform tells (browsers do not). */
  onClose(code: number, reason: string, failure: string | undefined): void;
}

/** Lets go of a socket that nothing is expected of any more; nothing is called after this. */
export function abandon(socket: Socket): void {
  socket.onopen = socket.onmessage = socket.onclose = null;
  // An error that nobody listens to would end a Node process.
  socket.onerror = () => {};
  socket.close();
}

/** Puts typed calls on a socket. After `onClose` nothing is called any more. */
export function listenTo(socket: Socket, calls: SocketCalls): void {
  let failure: string | undefined;
  socket.binaryType = "arraybuffer";
  socket.onopen = () => calls.onOpen();
  socket.onmessage = (event: { data: unknown }) => {
    if (typeof event.data === "string") calls.onText(event.data);
    else if (event.data instanceof ArrayBuffer) calls.onBytes(new Uint8Array(event.data));
  };
  socket.onerror = (event: { message?: unknown }) => {
    if (typeof event.message === "string" && event.message !== "") failure ??= event.message;
  };
  socket.onclose = (event: { code: number; reason: string }) => {
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    calls.onClose(event.code, event.reason, failure);
  };
}
