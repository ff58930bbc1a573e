/** The ears of a session: input audio from their channel becomes events in the mailbox. */
import { listen } from "../pipeline/ears/listen.ts";
import type { Loudspeaker } from "../pipeline/echo/loudspeaker.ts";
import { earSettings } from "./configuration/ear-settings.ts";
import { speechMeter } from "./meter.ts";
import type { SessionContext } from "./session-context.ts";

/** Runs until `signal` aborts. `loudspeaker`: the output that the microphone may pick up. */
export async function runEars(
  session: SessionContext,
  loudspeaker: Loudspeaker,
  signal: AbortSignal,
): Promise<void> {
  const { engines, meter, usage, speaker, utteranceMs, state, post } = session;
  const events = listen(session.ears, {
    transcriber: engines.transcriber,
    settings: earSettings(state()),
    signal,
    speaker,
    maxUtteranceMs: utteranceMs,
    onUsage: usage.add,
    loudspeaker,
  });
  const measure = meter && speechMeter(meter);
  for await (const event of events) {
    measure?.(event);
    post({ type: "ears", event });
  }
}
