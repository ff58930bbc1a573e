/** The provider of the latency bench, in a process of its own so that it slows nobody down: prints its address. */
import { openUpstream } from "../../test/support/upstream/upstream.ts";
import { replyText, stages } from "./scenario.ts";

const upstream = await openUpstream({
  transcriptions: [{ text: "I feel overwhelmed with work.", streams: "deltas", delayMs: stages.sttMs }],
  chat: [{ text: replyText, delayMs: stages.firstTokenMs, gapMs: 1000 / stages.tokensPerSecond }],
  speech: [{ delayMs: stages.ttsFirstByteMs, gapMs: 20 }],
  voice: [{ delayMs: stages.ttsFirstByteMs, gapMs: 20 }],
});
process.send?.({ baseUrl: upstream.baseUrl });
process.on("disconnect", () => process.exit());
