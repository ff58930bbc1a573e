/** Tells the ears' echo guard what the client's loudspeaker plays, from what the session sends. */
import type { Loudspeaker } from "../../pipeline/echo/loudspeaker.ts";
import type { AudioFormat } from "../../protocol/audio-format.ts";
import { decodeAudio } from "../codec.ts";
import type { SessionState } from "../turns/state.ts";
import type { Listener } from "./outbound.ts";

/** Time that a client takes to receive a stop and to obey, ms: until then its loudspeaker is expected to sound. */
const stopMs = 300;

/** A listener of the session's outlet that keeps `loudspeaker` up to date. Reports of the client's go to it directly. */
export function echoReference(loudspeaker: Loudspeaker, state: () => SessionState): Listener {
  /** Formats of the responses whose audio may still come; one that is done sends none. */
  const formats = new Map<string, AudioFormat>();
  const interrupts = () => state().config.audio.input.turn_detection?.interrupt_response !== false;
  const cut = (responseId?: string) => loudspeaker.cut(loudspeaker.now() + stopMs, responseId);
  return {
    event(event) {
      if (event.type === "response.created") {
        const { id, audio } = event.response;
        if (id && audio) formats.set(id, audio.output.format);
      } else if (event.type === "response.done") {
        formats.delete(event.response.id ?? "");
        if (event.response.status === "cancelled") cut(event.response.id);
      } else if (event.type === "kuku.playback.clear") cut(event.response_id);
      else if (event.type === "conversation.item.truncated") cut();
      else if (event.type === "input_audio_buffer.speech_started" && interrupts()) cut();
    },
    audio({ responseId, startSample, samples, rate, bytes }) {
      const format = formats.get(responseId);
      const { attached, config } = state();
      // Nothing is detected in push to talk, and nothing is played where nobody is.
      if (!format || !attached || config.audio.input.turn_detection === null) return;
      const startMs = (startSample * 1000) / rate;
      loudspeaker.play({ responseId, startMs, samples, rate, pcm: () => decodeAudio(format, bytes) });
    },
  };
}
