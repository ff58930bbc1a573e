/** For a first visit: the microphone is tried before anything depends on it. */
import { useRef, useState } from "preact/hooks";
import { meterOf } from "../../src/client/level.ts";
import { MicrophoneError, openMicrophone } from "../../src/client/microphone.ts";
import { writeWav } from "../../src/client/wav.ts";
import { t } from "../messages/index.ts";
import { noteMicrophone } from "./choices.ts";
import { microphoneNamed } from "./microphones.ts";
import { playBlob } from "./play.ts";
import { useModel } from "./use-model.ts";

const listenMs = 3_000;
/** A loudest frame below this is hard to hear, as a meter shows it: −36 dBFS. */
const quiet = 0.4;

type Outcome = "idle" | "listening" | "good" | "quiet" | { readonly trouble: string };

/** Listens for three seconds; hands over what was heard, and the loudest frame. */
async function listen(
  deviceId: string | undefined,
  onLevel: (level: number) => void,
): Promise<{ wav: Blob; loudest: number }> {
  const frames: Int16Array[] = [];
  let loudest = 0;
  const microphone = await openMicrophone({
    deviceId,
    onFrame(pcm, level) {
      frames.push(pcm);
      loudest = Math.max(loudest, meterOf(level));
      onLevel(meterOf(level));
    },
  });
  await new Promise((resolve) => setTimeout(resolve, listenMs));
  microphone.close();
  const whole = new Int16Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    whole.set(frame, at);
    at += frame.length;
  }
  const bytes = writeWav(whole, microphone.rate) as Uint8Array<ArrayBuffer>;
  return { wav: new Blob([bytes], { type: "audio/wav" }), loudest };
}

export function MicrophoneCheck() {
  const { microphone } = useModel().state.choices;
  const [outcome, setOutcome] = useState<Outcome>("idle");
  const [hidden, setHidden] = useState(false);
  const [level, setLevel] = useState(0);
  const heard = useRef<Blob>(null);
  const check = async () => {
    setOutcome("listening");
    try {
      const { wav, loudest } = await listen(await microphoneNamed(microphone), setLevel);
      heard.current = wav;
      setOutcome(loudest > quiet ? "good" : "quiet");
    } catch (error) {
      setOutcome({
        trouble: error instanceof MicrophoneError ? t.microphone[error.trouble] : t.notice.noSound,
      });
    }
    setLevel(0);
  };
  const dismiss = () => {
    noteMicrophone();
    setHidden(true);
  };
  if (hidden) return null;
  const known = outcome === "good" || outcome === "quiet";
  return (
    <section id="microphone-check" class="card" aria-labelledby="microphone-heading">
      <h2 id="microphone-heading">{t.microphone.heading}</h2>
      <p class="quiet" role="status">
        {typeof outcome === "object"
          ? outcome.trouble
          : {
              idle: t.microphone.about,
              listening: t.microphone.sayHello,
              good: t.microphone.good,
              quiet: t.microphone.quiet,
            }[outcome]}
      </p>
      <meter
        min={0}
        max={1}
        value={level}
        style={{ "--level": level.toFixed(2) }}
        aria-label={t.talk.yourLevel}
        hidden={outcome !== "listening"}
      />
      <div class="buttons">
        <button type="button" disabled={outcome === "listening"} onClick={() => void check()}>
          {known ? t.microphone.again : t.microphone.check}
        </button>
        {known && (
          <button type="button" onClick={() => heard.current && playBlob(heard.current)}>
            ▶ {t.microphone.hearBack}
          </button>
        )}
        <button type="button" class="plain" onClick={dismiss}>
          {outcome === "good" ? t.microphone.done : t.microphone.skip}
        </button>
      </div>
    </section>
  );
}
