/** Addresses of a server, in each of the forms people have at hand: of its page, or of its socket. */

/** Path of the WebSocket, where an address names none. */
const realtimePath = "/v1/realtime";

/** Server on this machine, as a start without settings opens it. */
export const localServer = "http://127.0.0.1:8000";

/** True for the URL of a server: `http:`, `https:`, `ws:` or `wss:`. */
export function isServerAddress(url: string): boolean {
  return URL.canParse(url) && /^(http|ws)s?:$/.test(new URL(url).protocol);
}

/**
 * Returns the socket's address: `http://host:8000` becomes `ws://host:8000/v1/realtime`; a path of its own stays.
 * @throws TypeError where `url` is no address
 */
export function socketAddress(url: string): URL {
  const address = withScheme(url, "ws");
  if (address.pathname === "/") address.pathname = realtimePath;
  return address;
}

/**
 * Returns the address that paths of the REST face are resolved against: `wss://host/v1/realtime` becomes `https://host/`.
 * @throws TypeError where `url` is no address
 */
export function webAddress(url: string): URL {
  const address = withScheme(url, "http");
  if (address.pathname === realtimePath) address.pathname = "/";
  return address;
}

function withScheme(url: string, scheme: "http" | "ws"): URL {
  return new URL(url.replace(/^(http|ws)(?=s?:)/i, scheme));
}
