import { afterAll } from "vitest";
import { openaiReplyModel } from "../../../src/providers/openai/chat/reply-model.ts";
import { openaiResponsesModel } from "../../../src/providers/openai/responses/reply-model.ts";
import { OpenaiRealtimeSynthesizer } from "../../../src/providers/openai/speech/realtime-synthesizer.ts";
import { openaiSynthesizer } from "../../../src/providers/openai/speech/synthesizer.ts";
import { openaiRealtimeTranscriber } from "../../../src/providers/openai/transcription/realtime-transcriber.ts";
import { openaiTranscriber } from "../../../src/providers/openai/transcription/transcriber.ts";
import { openUpstream } from "../../../src/providers/openai/upstream.ts";
import { openUpstream as openFake } from "../../support/upstream/upstream.ts";
import { replyModelContract } from "../reply-model-contract.ts";
import { synthesizerContract } from "../synthesizer-contract.ts";
import { transcriberContract } from "../transcriber-contract.ts";

const fake = await openFake({
  transcriptions: ["The quick brown fox jumps over the lazy dog."],
  realtime: ["The quick brown fox jumps over the lazy dog."],
  responses: ["I hear you, and I wonder what would help you most today."],
  chat: ["I hear you, and I wonder what would help you most today."],
  speech: [{}],
  voice: [{}],
});
const upstream = openUpstream({ baseUrl: fake.baseUrl, apiKey: "sk-contract-0123456789" });
afterAll(async () => {
  await upstream.close();
  await fake.close();
});

transcriberContract("openai", () => ({ transcriber: openaiTranscriber({ upstream }) }));
transcriberContract("openai, whole", () => ({
  transcriber: openaiTranscriber({ upstream, streaming: false }),
}));
transcriberContract("openai realtime", () => ({ transcriber: openaiRealtimeTranscriber({ upstream }) }));
replyModelContract("openai", () => openaiReplyModel({ upstream }));
replyModelContract("openai responses", () => openaiResponsesModel({ upstream }));
synthesizerContract("openai", () => ({ synthesizer: openaiSynthesizer({ upstream }) }));
synthesizerContract("openai realtime", () => {
  const synthesizer = new OpenaiRealtimeSynthesizer({ upstream });
  return { synthesizer, close: () => synthesizer.close() };
});
