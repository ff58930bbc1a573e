/** Negotiation in the WebSocket upgrade: the sub-protocol, and a browser's credentials among the offers. */

/** `kuku.v1`: the extension, with binary audio. `realtime`: the plain Realtime protocol. */
export type Subprotocol = "kuku.v1" | "realtime";

/** Supported sub-protocols, preferred first. */
const subprotocols: readonly Subprotocol[] = ["kuku.v1", "realtime"];

/** Browsers cannot set headers on a WebSocket, so Realtime clients offer the key as a sub-protocol. Never echoed. */
const tokenPrefix = "openai-insecure-api-key.";

export type Negotiated =
  | {
      readonly ok: true;
      /** Sub-protocol for the response; undefined where the client offered none (plain Realtime then). */
      readonly subprotocol: Subprotocol | undefined;
      /** Whether `kuku.v1` was agreed on. */
      readonly extension: boolean;
      /** The credentials among the offers, without their prefix; may be empty, which no authentication accepts. */
      readonly token: string | undefined;
    }
  | { readonly ok: false; readonly code: "unsupported_subprotocol"; readonly message: string };

/**
 * Chooses from the offers of `Sec-WebSocket-Protocol`, in the server's order of preference. Unknown offers are ignored; a
 * client that offered only such is refused, since a browser would drop the connection anyway.
 */
export function negotiateSubprotocol(offers: Iterable<string>): Negotiated {
  const offered = [...offers];
  const token = offered.find((offer) => offer.startsWith(tokenPrefix))?.slice(tokenPrefix.length);
  const subprotocol = subprotocols.find((ours) => offered.includes(ours));
  if (subprotocol === undefined && offered.length > 0)
    return {
      ok: false,
      code: "unsupported_subprotocol",
      message: `None of the offered sub-protocols is spoken here; offer ${subprotocols.join(" or ")}.`,
    };
  return { ok: true, subprotocol, extension: subprotocol === "kuku.v1", token };
}

/** Names of the vendor's beta: an entry of the `OpenAI-Beta` header, and in browsers an offer beside the sub-protocols. */
const [betaHeader, betaOffer] = ["realtime=v1", "openai-beta.realtime-v1"];

/** Returns true where a client without the extension speaks the vendor's beta. `header`: its `OpenAI-Beta`. */
export function speaksBeta(header: string | string[] | undefined, offers: readonly string[]): boolean {
  const named = String(header ?? "").split(",");
  return offers.includes(betaOffer) || named.some((name) => name.trim() === betaHeader);
}

/** Splits a raw `Sec-WebSocket-Protocol` header into its offers; empty without a header. */
export function readOffers(header: string | undefined): string[] {
  if (header === undefined) return [];
  return header
    .split(",")
    .map((offer) => offer.trim())
    .filter((offer) => offer !== "");
}

/** Returns a client's offers: the extension first where wanted, plain Realtime, then the token. */
export function offerSubprotocols(options: {
  readonly extension: boolean;
  readonly token?: string;
}): string[] {
  const offers: string[] = options.extension ? ["kuku.v1", "realtime"] : ["realtime"];
  if (options.token !== undefined) offers.push(tokenPrefix + options.token);
  return offers;
}
