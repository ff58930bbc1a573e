/** Which sub-protocol is agreed on, and where a browser's token is found. */
import { describe, expect, test } from "vitest";
import { negotiateSubprotocol, offerSubprotocols, readOffers } from "../../src/protocol/subprotocol.ts";

describe("negotiation", () => {
  test.each([
    ["nothing offered: plain Realtime", [], undefined, false],
    ["plain Realtime", ["realtime"], "realtime", false],
    ["the extension", ["kuku.v1"], "kuku.v1", true],
    ["the extension is preferred, whatever the order", ["realtime", "kuku.v1"], "kuku.v1", true],
    ["strangers are passed over", ["openai-beta.realtime-v1", "realtime", "mqtt"], "realtime", false],
  ])("%s", (_what, offers, subprotocol, extension) => {
    expect(negotiateSubprotocol(offers)).toEqual({ ok: true, subprotocol, extension, token: undefined });
  });

  test("finds the token and never chooses it", () => {
    expect(negotiateSubprotocol(["realtime", "openai-insecure-api-key.ek_123"])).toEqual({
      ok: true,
      subprotocol: "realtime",
      extension: false,
      token: "ek_123",
    });
  });

  test.each([[["mqtt"]], [["openai-insecure-api-key.ek_123"]], [["KUKU.V1"]]])(
    "refuses %j alone",
    (offers) => {
      expect(negotiateSubprotocol(offers)).toMatchObject({ ok: false, code: "unsupported_subprotocol" });
    },
  );

  test("a client's offer travels through the header and back", () => {
    const offers = offerSubprotocols({ extension: true, token: "ek_1" });
    expect(negotiateSubprotocol(readOffers(offers.join(", ")))).toEqual({
      ok: true,
      subprotocol: "kuku.v1",
      extension: true,
      token: "ek_1",
    });
    expect(negotiateSubprotocol(readOffers(offerSubprotocols({ extension: false }).join(",")))).toMatchObject(
      {
        subprotocol: "realtime",
        token: undefined,
      },
    );
    expect(readOffers(undefined)).toEqual([]);
    expect(readOffers(" , ")).toEqual([]);
  });
});
