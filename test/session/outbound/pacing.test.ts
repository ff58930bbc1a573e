import { expect, test } from "vitest";
import { sessionUpdate, testSession, userText } from "../../support/session.ts";

const text = "One two three four five six seven eight nine ten eleven twelve.";

async function replying() {
  const s = testSession({ extended: true, replies: [text], speech: { msPerCharacter: 100 } });
  s.client(sessionUpdate({ kuku: { greet: false } }));
  const sentMs = () =>
    s.sent.reduce((sum, event) => sum + (event.type === "audio" ? event.audio.bytes.length / 48 : 0), 0);
  const turn = async () => {
    s.client(userText("Go on."));
    s.client({ type: "response.create" });
    await s.until(() => s.phase() === "speaking");
    return s.of("response.created").at(-1)?.response.id as string;
  };
  const report = (response_id: string, played_ms: number, state: "playing" | "paused" = "playing") =>
    s.client({ type: "kuku.playback", response_id, played_ms, state });
  return { s, sentMs, turn, report };
}

test("[P2] without reports audio goes out as it is made", async () => {
  const { s, sentMs, turn } = await replying();
  await turn();
  await s.sends("response.done");
  expect(sentMs()).toBe(6300);
});

test("[P1] a reporting client is kept about 800 ms ahead, to the end of the reply", async () => {
  const { s, sentMs, turn, report } = await replying();
  report(await turn(), 0);
  for (let played = 0; played < 5000; played += 250) {
    await s.clock.advance(250);
    report(s.of("response.created")[0]?.response.id as string, played + 250);
    await s.clock.advance(0);
    if (played > 2000) {
      expect(sentMs() - (played + 250)).toBeGreaterThan(600);
      expect(sentMs() - (played + 250)).toBeLessThan(1200);
    }
  }
  expect(s.of("response.done")).toEqual([]);
  await s.clock.advance(2000);
  await s.sends("response.done");
  expect(sentMs()).toBe(6300);
});

test("[P1] a paused client gets no more", async () => {
  const { s, sentMs, turn, report } = await replying();
  const id = await turn();
  report(id, 100);
  await s.clock.advance(100);
  report(id, 200, "paused");
  await s.clock.advance(1000);
  const held = sentMs();
  await s.clock.advance(20_000);
  expect(sentMs()).toBe(held);
  expect(held).toBeLessThan(1500);
  report(id, 200);
  await s.clock.advance(8000);
  await s.sends("response.done");
});

test("[P2] a client that stops reporting is not starved", async () => {
  const { s, sentMs, turn, report } = await replying();
  report(await turn(), 50);
  await s.clock.advance(4000);
  await s.sends("response.done");
  expect(sentMs()).toBe(6300);
});

test("[P1] the next reply of a reporting client is paced from its start", async () => {
  const { s, sentMs, turn, report } = await replying();
  report(await turn(), 0);
  await s.clock.advance(9000);
  await s.sends("response.done");
  report(s.of("response.created")[0]?.response.id as string, 6300);
  await turn();
  await s.clock.advance(500);
  expect(sentMs() - 6300).toBeLessThan(1200);
});
