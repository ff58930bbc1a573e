import { systemClock } from "../../../src/lib/clock.ts";
import type { Prompt } from "../../../src/ports/prompt.ts";
import { hedged } from "../../../src/providers/resilient/hedging.ts";
import {
  resilientReplyModel,
  resilientSynthesizer,
  resilientTranscriber,
} from "../../../src/providers/resilient/resilient-providers.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { replyModelContract } from "../reply-model-contract.ts";
import { synthesizerContract } from "../synthesizer-contract.ts";
import { transcriberContract } from "../transcriber-contract.ts";

const down = { fail: "rejected" } as const;
const hearing = { text: "The quick brown fox.", partials: ["The", "The quick"] };

transcriberContract("resilient", () => ({
  transcriber: resilientTranscriber([scriptedTranscriber([hearing])]),
}));
transcriberContract("resilient, the first one down", () => ({
  transcriber: resilientTranscriber([scriptedTranscriber([down]), scriptedTranscriber([hearing])]),
}));
replyModelContract("resilient", () => resilientReplyModel([scriptedReplyModel()]));
replyModelContract("resilient, the first one down", () =>
  resilientReplyModel([scriptedReplyModel([down]), scriptedReplyModel()]),
);
replyModelContract("hedged", () => hedged(scriptedReplyModel(), { afterMs: 1000, clock: systemClock }));
replyModelContract("hedged, the second one wins", () => {
  const asked = new WeakSet<Prompt>();
  const model = scriptedReplyModel(({ prompt }) => {
    if (asked.has(prompt)) return "The second one.";
    asked.add(prompt);
    return { stallAfter: 0 };
  });
  return hedged(model, { afterMs: 0, clock: systemClock });
});
synthesizerContract("resilient", () => ({ synthesizer: resilientSynthesizer([scriptedSynthesizer()]) }));
synthesizerContract("resilient, the first one down", () => ({
  synthesizer: resilientSynthesizer([
    scriptedSynthesizer(({ options }) => (options.speed === 1 ? down : {})),
    scriptedSynthesizer([{}], { voices: ["scripted", "another"] }),
  ]),
}));
