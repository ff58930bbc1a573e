import { afterAll, test } from "vitest";
import { openaiReplyModel } from "../../../src/providers/openai/chat/reply-model.ts";
import { openaiResponsesModel } from "../../../src/providers/openai/responses/reply-model.ts";
import { OpenaiRealtimeSynthesizer } from "../../../src/providers/openai/speech/realtime-synthesizer.ts";
import { openaiSynthesizer } from "../../../src/providers/openai/speech/synthesizer.ts";
import { openaiRealtimeTranscriber } from "../../../src/providers/openai/transcription/realtime-transcriber.ts";
import { openaiTranscriber } from "../../../src/providers/openai/transcription/transcriber.ts";
import { openUpstream } from "../../../src/providers/openai/upstream.ts";
import { replyModelContract } from "../reply-model-contract.ts";
import { synthesizerContract } from "../synthesizer-contract.ts";
import { transcriberContract } from "../transcriber-contract.ts";

/** The real thing: what the fake upstream is believed to be like. Costs a few cents a run. */
const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl } = process.env;

if (apiKey) {
  const upstream = openUpstream({ apiKey, ...(baseUrl && { baseUrl }) });
  afterAll(() => upstream.close());
  transcriberContract("the vendor", () => ({ transcriber: openaiTranscriber({ upstream }) }));
  transcriberContract("the vendor, realtime", () => ({
    transcriber: openaiRealtimeTranscriber({ upstream }),
  }));
  replyModelContract("the vendor", () => openaiReplyModel({ upstream }));
  replyModelContract("the vendor, responses", () => openaiResponsesModel({ upstream }));
  synthesizerContract("the vendor", () => ({ synthesizer: openaiSynthesizer({ upstream }) }));
  synthesizerContract("the vendor, realtime", () => {
    const synthesizer = new OpenaiRealtimeSynthesizer({ upstream });
    return { synthesizer, close: () => synthesizer.close() };
  });
} else {
  test.skip("contracts on the vendor: not run, since OPENAI_API_KEY is not set", () => {});
}
