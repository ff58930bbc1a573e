/** A session's report, part by part; what bears a line out can be heard where it was recorded. */
import { reportParts } from "../../src/client/report/report-text.ts";
import type { CoachReport } from "../../src/protocol/kuku-events.ts";
import { t } from "../messages/index.ts";
import { playBlob } from "./play.ts";
import { useModel } from "./use-model.ts";

type Place = NonNullable<CoachReport["evidence"]>[number]["items"][number];

/** What was decided comes first. */
export function ReportView({ report, language }: { report: CoachReport; language: string }) {
  const parts = reportParts(report.text);
  const plan = parts.filter(({ name }) => name === "plan");
  return (
    <div id="report-text">
      {[...plan, ...parts.filter(({ name }) => name !== "plan")].map(({ name, heading, kind, lines }) => {
        const items = lines.map((line) => (
          <li key={line}>
            <span lang={language}>{line}</span> <Clips places={placesOf(line, report)} />
          </li>
        ));
        return (
          <div key={heading + lines[0]}>
            {heading !== "" && <h3>{name ? t.results.headings[name] : heading}</h3>}
            {kind === "text" ? (
              <p lang={language}>{lines.join(" ")}</p>
            ) : kind === "numbers" ? (
              <ol>{items}</ol>
            ) : (
              <ul>{items}</ul>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** The places that a line is about: moments, or one utterance; of a line about all that was said there are none. */
function placesOf(line: string, { evidence = [] }: CoachReport): readonly Place[] {
  const { items = [] } =
    evidence.find(({ claim }) =>
      line.toLowerCase().startsWith(claim.replaceAll(/\s+/g, " ").trim().toLowerCase()),
    ) ?? {};
  return items.length === 1 ? items : items.filter(({ start_ms: startMs }) => startMs !== undefined);
}

function Clips({ places }: { places: readonly Place[] }) {
  const model = useModel();
  return (
    <>
      {places
        .filter(({ item_id: itemId }) => model.recordings?.has(itemId))
        .map(({ item_id: itemId, start_ms: startMs, end_ms: endMs }) => {
          const at = startMs === undefined ? t.talk.you : clock(momentOf(startMs, endMs));
          return (
            <button
              key={`${itemId} ${startMs}`}
              type="button"
              class="small clip"
              aria-label={startMs === undefined ? t.listen.you : t.results.hearMoment(at)}
              onClick={() => {
                const clip = model.recordings?.ofTurn(itemId, startMs, endMs);
                if (clip) playBlob(clip);
              }}
            >
              ▶ {at}
            </button>
          );
        })}
    </>
  );
}

/** Longest moment that is called by its middle; a stretch is called by its start, ms. */
const shortMs = 6000;

function momentOf(startMs: number, endMs = startMs): number {
  return endMs - startMs < shortMs ? (startMs + endMs) / 2 : startMs;
}

/** Minutes and seconds, `1:07`. */
function clock(ms: number): string {
  return `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
}
