/** Minimal pairs: each word of the drill's own pairs asked for, and it or the other said by each voice: which is heard. */
import { findMaterial } from "../../src/coach/drills/texts.ts";
import type { Transcriber, Transcript } from "../../src/ports/transcriber.ts";
import { transcribe } from "./hearing.ts";
import { percent, table } from "./marking.ts";
import type { Voice } from "./voices.ts";

export interface PairMark {
  readonly focus: string;
  readonly voice: string;
  readonly asked: string;
  readonly said: "asked" | "rival";
  readonly heard: "asked" | "rival" | "neither";
  readonly clarity: number;
}

/** Every word of every pair of a language (BCP 47), asked for; once it is said, once the other. */
export async function judgePairs(
  transcriber: Transcriber,
  voices: readonly Voice[],
  language: string,
): Promise<PairMark[]> {
  const tasks = findMaterial(language, "minimal_pairs").flatMap(({ words, focus }) =>
    voices.flatMap((voice) =>
      [words, [words[1], words[0]] as const].flatMap(([asked, rival]) =>
        (["asked", "rival"] as const).map((said) => ({ focus, voice, asked, rival, said })),
      ),
    ),
  );
  const marks: PairMark[] = [];
  const work = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      const { voice, asked: text, rival, said } = task;
      const expectation = { kind: "reading", text, rival } as const;
      const transcript = await transcribe(
        transcriber,
        await voice.speak(`${said === "asked" ? text : rival}.`),
        {
          expectation,
          language,
        },
      );
      const clarity = transcript.reading?.clarity ?? 0;
      marks.push({
        focus: task.focus,
        voice: voice.name,
        asked: text,
        said,
        heard: recognisedWord(transcript),
        clarity,
      });
    }
  };
  await Promise.all([work(), work()]);
  return marks;
}

function recognisedWord({ reading }: Transcript): PairMark["heard"] {
  const verdict = reading?.words[0]?.verdict;
  return verdict === "correct" ? "asked" : verdict === "substituted" ? "rival" : "neither";
}

/** One row a pair of sounds: how often the word asked for was accepted when it was said, and the other one noticed. */
export function pairTable(marks: readonly PairMark[]): string {
  const groups = [...Map.groupBy(marks, ({ focus }) => focus), ["all", marks] as const];
  const rows = groups.map(([name, of]) => {
    const share = (said: PairMark["said"], heard: PairMark["heard"]) => {
      const those = of.filter((mark) => mark.said === said);
      return percent(those.filter((mark) => mark.heard === heard).length / those.length);
    };
    const neither = of.filter((mark) => mark.heard === "neither").length;
    return [name, String(of.length), share("asked", "asked"), share("rival", "rival"), String(neither)];
  });
  return table(["sounds", "words said", "accepted as asked", "other one noticed", "neither"], rows);
}
