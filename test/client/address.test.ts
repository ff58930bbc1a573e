import { expect, test } from "vitest";
import { isServerAddress, socketAddress, webAddress } from "../../src/client/address.ts";

test.each([
  ["http://localhost:8000", "ws://localhost:8000/v1/realtime", "http://localhost:8000/"],
  ["https://coach.example.org/", "wss://coach.example.org/v1/realtime", "https://coach.example.org/"],
  ["ws://127.0.0.1:8000/v1/realtime", "ws://127.0.0.1:8000/v1/realtime", "http://127.0.0.1:8000/"],
  ["WSS://HOST/proxied?x=1", "wss://host/proxied?x=1", "https://host/proxied?x=1"],
])("[PK3] %s names a server's socket and its REST face", (url, socket, web) => {
  expect([isServerAddress(url), socketAddress(url).href, webAddress(url).href]).toEqual([true, socket, web]);
});

test("[PK3] another scheme names no server, nor does a word", () => {
  expect(["ftp://x", "localhost:8000", "", "httpx://x"].map(isServerAddress)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
