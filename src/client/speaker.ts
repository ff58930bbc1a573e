/** Step 10 of the turn in a browser: replies played without gaps, by a playout on the audio thread. */
import type { OpenPlayer } from "./conversation.ts";
import { type InterruptionCalls, watchInterruptions } from "./interruption.ts";
import type { SpeakerOrder, SpeakerReport } from "./worklets/speaker-worklet.ts";

export interface SpeakerOptions extends InterruptionCalls {
  /** Samples per second of the session's output. Default 24 000. */
  readonly rate?: number;
  /** Peak of what is being heard, 0–1, about 20 times a second while there is any. */
  readonly onLevel?: (peak: number) => void;
}

/**
 * Loads the speaker; what it answers opens a player. Call it from a click or key press: browsers start sound from
 * nothing less.
 */
export async function loadSpeaker(options: SpeakerOptions = {}): Promise<OpenPlayer> {
  const rate = options.rate ?? 24_000;
  const context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
  await context.audioWorklet.addModule(new URL("./worklets/speaker-worklet.ts", import.meta.url));
  await context.resume();
  watchInterruptions(context, options);
  return (onPosition) => {
    const node = new AudioWorkletNode(context, "kuku-speaker", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    node.connect(context.destination);
    node.port.onmessage = ({ data }: MessageEvent<SpeakerReport>) => {
      if (data.type === "position") onPosition(data.position);
      else options.onLevel?.(data.peak);
    };
    const order = (what: SpeakerOrder) => node.port.postMessage(what);
    return {
      rate,
      add: (audio) => order({ type: "add", audio }),
      finish: (responseNumber) => order({ type: "finish", responseNumber }),
      clear: (responseNumber) => order({ type: "clear", responseNumber }),
      pause: (responseNumber) => order({ type: "pause", responseNumber }),
      resume: () => order({ type: "resume" }),
      close() {
        order({ type: "close" });
        node.port.onmessage = null;
        node.disconnect();
        options.onLevel?.(0);
        if (context.state !== "closed") void context.close();
      },
    };
  };
}
