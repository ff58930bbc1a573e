/** A fake upstream and a door to it, closed after each test. */
import { afterEach } from "vitest";
import type { Clock } from "../../../src/lib/clock.ts";
import {
  openUpstream,
  type Upstream,
  type UpstreamSettings,
} from "../../../src/providers/openai/upstream.ts";
import {
  type FakeUpstream,
  openUpstream as openFake,
  type UpstreamScripts,
} from "../../support/upstream/upstream.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export async function openPair(
  scripts: UpstreamScripts,
  settings: UpstreamSettings = {},
  clock?: Clock,
): Promise<{ fake: FakeUpstream; upstream: Upstream }> {
  const fake = await openFake(scripts);
  const upstream = openUpstream({ baseUrl: fake.baseUrl, ...settings }, clock);
  closers.push(
    () => upstream.close(),
    () => fake.close(),
  );
  return { fake, upstream };
}

export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const given: T[] = [];
  for await (const event of stream) given.push(event);
  return given;
}
