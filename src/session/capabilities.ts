import type { ReplyModel } from "../ports/reply-model.ts";
import type { Synthesizer } from "../ports/synthesizer.ts";
import type { Transcriber } from "../ports/transcriber.ts";

export interface Capabilities {
  readonly transcriber: string;
  readonly replyModel: string;
  readonly callsTools: boolean;
  /** The model can assess a conversation. */
  readonly assesses: boolean;
  readonly voices: readonly string[];
  /** The engine's voice for a name a client may use; undefined where there is none. */
  findVoice(name: string): string | undefined;
}

/** The vendor's voice names are taken as aliases, so that its clients need no change but the URL. */
const vendorVoices = [
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "sage",
  "shimmer",
  "verse",
  "marin",
  "cedar",
];

/** Reads the capabilities off the engines. */
export function capabilitiesOf(engines: {
  transcriber: Transcriber;
  replyModel: ReplyModel;
  synthesizer: Synthesizer;
}): Capabilities {
  const { voices } = engines.synthesizer;
  return {
    transcriber: engines.transcriber.name,
    replyModel: engines.replyModel.name,
    callsTools: engines.replyModel.callsTools,
    assesses: engines.replyModel.answersJson ?? false,
    voices,
    findVoice(name) {
      if (voices.includes(name)) return name;
      const alias = vendorVoices.indexOf(name);
      return alias < 0 ? undefined : voices[alias % voices.length];
    },
  };
}
