/** Which ears and voice the server has, and for who runs it the commands that make them better. */
import { useEffect, useState } from "preact/hooks";
import { type EnginesView, readEngines } from "../../src/client/report/engines.ts";
import { askHere } from "../ask.ts";
import { t } from "../messages/index.ts";

/** The server's engines for a language, a BCP 47 tag; undefined until they are wanted and known. */
export function useEngines(language: string, wanted: boolean): EnginesView | undefined {
  const [engines, setEngines] = useState<EnginesView>();
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    readEngines(askHere, language).then(
      (read) => current && setEngines(read),
      () => {}, // The page says elsewhere that the server is away.
    );
    return () => {
      current = false;
    };
  }, [language, wanted]);
  return engines;
}

export function Engines({ engines }: { engines: EnginesView }) {
  const { transcriber, synthesizer, commands } = engines;
  const told = ({ name, place }: EnginesView["transcriber"]) => `${name} (${t.engines.places[place]})`;
  return (
    <div id="engines" class="quiet">
      <p>{t.engines.inUse(told(transcriber), told(synthesizer))}</p>
      {commands.map(({ stage, command }) => (
        <p key={stage}>
          {t.engines.better[stage]} <code>{command}</code>
        </p>
      ))}
    </div>
  );
}
