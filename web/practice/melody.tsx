/** The melody of a reading over the coach's, drawn once it is asked for. */
import { useState } from "preact/hooks";
import type { KeptSession } from "../../src/client/report/kept.ts";
import type { CoachDrill } from "../../src/protocol/kuku-events.ts";
import { askHere } from "../ask.ts";
import { t } from "../messages/index.ts";
import { Contours } from "./contour.tsx";
import type { SpokenContour } from "./contour-alignment.ts";
import { failureText } from "./failures.ts";
import { modelReading } from "./model-readings.ts";
import { useModel } from "./use-model.ts";

type Loaded = { readonly own: SpokenContour; readonly model: SpokenContour } | { readonly why: string };

export function Melody({ drill, language }: { drill: CoachDrill; language: string }) {
  const { sessionId = "" } = useModel().state;
  const [loaded, setLoaded] = useState<Loaded>();
  const load = async () => {
    if (loaded && !("why" in loaded)) return;
    setLoaded(await loadContours(sessionId, drill).catch((error: unknown) => ({ why: failureText(error) })));
  };
  return (
    <details class="melody" onToggle={({ currentTarget }) => currentTarget.open && void load()}>
      <summary>{t.contour.show}</summary>
      {loaded &&
        ("why" in loaded ? (
          <p role="status">{loaded.why}</p>
        ) : (
          <Contours {...loaded} text={drill.sentence} language={language} />
        ))}
    </details>
  );
}

/** @throws AskError */
async function loadContours(
  sessionId: string,
  { item_id: itemId = "", words = [] }: CoachDrill,
): Promise<Loaded> {
  const [{ utterances }, model] = await Promise.all([
    askHere(`/api/sessions/${sessionId}/delivery`) as Promise<KeptSession["delivery"]>,
    modelReading(sessionId, itemId),
  ]);
  const contour = utterances.find(({ messageId }) => messageId === itemId)?.contour;
  if (!contour || !model.contour) return { why: t.contour.missing };
  const asked = words.filter(({ verdict }) => verdict !== "inserted");
  return {
    own: {
      contour,
      words: asked.map(({ expected = "", start_ms: startMs, end_ms: endMs }) => ({
        text: expected,
        startMs,
        endMs,
      })),
    },
    model: { contour: model.contour, words: model.words },
  };
}
