/** Recordings that a page plays itself, beside the coach's voice: measured on their way to the loudspeaker. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { heard } from "./visits.ts";

interface Measured {
  /** Of the recordings that were played to their end, s. */
  readonly lengths: number[];
  /** Messages that the page has sent to the server, and those of them while a recording sounded. */
  readonly sent: { all: number; whilePlaying: number };
}

export const measured = (page: Page) =>
  page.evaluate(() => (window as unknown as { measured: Measured }).measured);

/** Has recordings that the page plays measured, too. */
export const measurePlayers = (page: Page) =>
  page.evaluate(() => {
    const { play } = HTMLMediaElement.prototype;
    const { send } = WebSocket.prototype;
    const players = new Set<HTMLMediaElement>();
    const measured: Measured = { lengths: [], sent: { all: 0, whilePlaying: 0 } };
    Object.assign(window, { measured });
    HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
      if (!players.has(this)) {
        players.add(this);
        const context = new AudioContext();
        context.createMediaElementSource(this).connect(context.destination);
        this.addEventListener("ended", () => measured.lengths.push(this.duration));
      }
      return play.call(this);
    };
    WebSocket.prototype.send = function (this: WebSocket, data: Parameters<typeof send>[0]) {
      measured.sent.all++;
      if ([...players].some(({ paused }) => !paused)) measured.sent.whilePlaying++;
      return send.call(this, data);
    };
  });

/** Presses a button whose recording is then heard; returns its length, s. */
export async function listenTo(page: Page, name: string): Promise<number> {
  const before = (await heard(page)).loudMs;
  const count = (await measured(page)).lengths.length;
  await page.getByRole("button", { name, exact: true }).click();
  await expect.poll(async () => (await measured(page)).lengths.length).toBe(count + 1);
  await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(before);
  return (await measured(page)).lengths.at(-1) ?? 0;
}
