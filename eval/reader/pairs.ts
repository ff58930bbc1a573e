/** Minimal pairs: each word of the drill's own pairs, said by each voice: how often the right one of the two is heard. */
import { findMaterial } from "../../src/coach/texts.ts";
import type { Transcriber, Transcript } from "../../src/pipeline/ports.ts";
import { hear } from "./hearing.ts";
import { percent, table } from "./marking.ts";
import type { Voice } from "./voices.ts";

export interface PairMark {
  readonly focus: string;
  readonly voice: string;
  readonly asked: string;
  readonly heard: "asked" | "rival" | "neither";
  readonly clarity: number;
}

/** Every word of every pair of a language (BCP 47), asked for and said. */
export async function judgePairs(
  transcriber: Transcriber,
  voices: readonly Voice[],
  language: string,
): Promise<PairMark[]> {
  const tasks = findMaterial(language, "minimal_pairs").flatMap(({ words, focus }) =>
    voices.flatMap((voice) =>
      [words, [words[1], words[0]] as const].map(([asked, rival]) => ({ focus, voice, asked, rival })),
    ),
  );
  const marks: PairMark[] = [];
  const work = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      const { voice, asked: text, rival } = task;
      const expectation = { kind: "reading", text, rival } as const;
      const transcript = await hear(transcriber, await voice.speak(`${text}.`), { expectation, language });
      const clarity = transcript.reading?.clarity ?? 0;
      marks.push({ focus: task.focus, voice: voice.name, asked: text, heard: heardIn(transcript), clarity });
    }
  };
  await Promise.all([work(), work()]);
  return marks;
}

function heardIn({ reading }: Transcript): PairMark["heard"] {
  const verdict = reading?.words[0]?.verdict;
  return verdict === "correct" ? "asked" : verdict === "substituted" ? "rival" : "neither";
}

/** One row a pair of sounds. The right word was said each time, so that anything but "asked" is a mistake. */
export function pairTable(marks: readonly PairMark[]): string {
  const groups = [...Map.groupBy(marks, ({ focus }) => focus), ["all", marks] as const];
  const rows = groups.map(([name, of]) => {
    const count = (heard: PairMark["heard"]) => of.filter((mark) => mark.heard === heard).length;
    const share = percent(count("asked") / of.length);
    return [
      name,
      String(of.length),
      ...(["asked", "rival", "neither"] as const).map((h) => String(count(h))),
      share,
    ];
  });
  return table(["sounds", "words", "asked", "rival", "neither", "right"], rows);
}
