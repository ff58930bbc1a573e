import type { ReplyModel } from "../ports/reply-model.ts";
import type { Synthesizer } from "../ports/synthesizer.ts";
import type { Transcriber } from "../ports/transcriber.ts";
import { realtimeVoices } from "../ports/vendor-voices.ts";

export interface Capabilities {
  readonly transcriber: string;
  /** The transcriber tells log probabilities. */
  readonly tellsLogprobs: boolean;
  readonly replyModel: string;
  readonly callsTools: boolean;
  /** The model can assess a conversation. */
  readonly assesses: boolean;
  readonly voices: readonly string[];
  /** The engine's voice for a name a client may use; undefined where there is none. */
  findVoice(name: string): string | undefined;
}

/** Reads the capabilities off the engines. */
export function capabilitiesOf(engines: {
  transcriber: Transcriber;
  replyModel: ReplyModel;
  synthesizer: Synthesizer;
}): Capabilities {
  const { voices } = engines.synthesizer;
  return {
    transcriber: engines.transcriber.name,
    tellsLogprobs: engines.transcriber.tellsLogprobs ?? false,
    replyModel: engines.replyModel.name,
    callsTools: engines.replyModel.callsTools,
    assesses: engines.replyModel.answersJson ?? false,
    voices,
    findVoice(name) {
      if (voices.includes(name)) return name;
      // An alias, so that the vendor's clients need no change but the URL.
      const alias = realtimeVoices.indexOf(name);
      return alias < 0 ? undefined : voices[alias % voices.length];
    },
  };
}
