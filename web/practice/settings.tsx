/** Settings of how one talks with the coach, kept in the browser: captions, the voice and its speed, the microphone. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { t } from "../messages/index.ts";
import { listMicrophones } from "./microphones.ts";
import { useModel } from "./use-model.ts";
import { titleOfVoice } from "./voices.ts";

const speeds = [
  [0.75, "slower"],
  [1, "normal"],
  [1.25, "faster"],
] as const;

/** `voices`: those that may be chosen, by name. */
export function Settings({ voices }: { voices: readonly string[] }) {
  const model = useModel();
  const { captions, speed } = model.state.choices;
  return (
    <div class="fields">
      <VoiceChoice voices={voices} />
      <p>
        <label for="speed">{t.settings.speed}</label>
        <select
          id="speed"
          value={String(speed)}
          onChange={({ currentTarget }) => model.choose({ speed: Number(currentTarget.value) })}
        >
          {speeds.map(([value, name]) => (
            <option key={name} value={String(value)}>
              {t.settings[name]}
            </option>
          ))}
        </select>
      </p>
      <MicrophoneChoice />
      <p>
        <label>
          <input
            id="captions"
            type="checkbox"
            checked={captions}
            onChange={({ currentTarget }) => model.choose({ captions: currentTarget.checked })}
          />{" "}
          {t.settings.captions}
        </label>
      </p>
    </div>
  );
}

function VoiceChoice({ voices }: { voices: readonly string[] }) {
  const model = useModel();
  const { voice } = model.state.choices;
  if (voices.length === 0) return null;
  return (
    <p>
      <label for="voice">{t.settings.voice}</label>
      <select
        id="voice"
        value={voice !== undefined && voices.includes(voice) ? voice : ""}
        onChange={({ currentTarget }) => model.choose({ voice: currentTarget.value || undefined })}
      >
        <option value="">{t.settings.ownVoice}</option>
        {voices.map((name) => (
          <option key={name} value={name}>
            {titleOfVoice(name)}
          </option>
        ))}
      </select>
    </p>
  );
}

function MicrophoneChoice() {
  const model = useModel();
  const { microphone } = model.state.choices;
  const [known, setKnown] = useState<readonly MediaDeviceInfo[]>([]);
  const look = useCallback(() => void listMicrophones().then(setKnown), []);
  useEffect(() => {
    look();
    const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
    mediaDevices?.addEventListener("devicechange", look);
    return () => mediaDevices?.removeEventListener("devicechange", look);
  }, [look]);
  return (
    <p>
      <label for="microphone">{t.settings.microphone}</label>
      <select
        id="microphone"
        value={known.some(({ label }) => label === microphone) ? microphone : ""}
        onFocus={look}
        onChange={({ currentTarget }) => model.choose({ microphone: currentTarget.value || undefined })}
      >
        <option value="">{t.settings.defaultMicrophone}</option>
        {known.map(({ deviceId, label }) => (
          <option key={deviceId} value={label}>
            {label}
          </option>
        ))}
      </select>
    </p>
  );
}
