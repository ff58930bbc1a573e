/** Sentences for `bench/reader-eval.ts`, each with slips: `word=other` may be misread so, `word-` may be left out. */

/** What the margins were tuned on. */
export const tuned = `
The quick brown=brain- fox=box jumps over the lazy=crazy- dog=log
Please bring=ring the red=bed book- to the small- table=cable
My sister=blister likes- to walk=talk along the beach=peach every morning-
A cold wind=wine blew- through the open- window=widow all night=light
He put=cut the heavy- box=fox under the wooden=golden bed=bread
They will meet=eat us at- the station=nation after- lunch=bunch
The children=chicken played=stayed in the garden=pardon until- dark=bark
I would like=bike a cup- of hot=hat tea=key with milk=silk
Can you tell=sell me the way=day to- the nearest- bank=tank
The train=rain to London leaves- at nine=mine in the morning=warning
We need=feed more time- to finish=fish this- work=word
Never- put=cut off until tomorrow=borrow what you can do- today
Our neighbor=labor has a very- friendly=family dog=frog
You should=could drink=think more water- every day=way
My brother=mother drives- a blue=glue truck=duck to work
`;

/** What nothing was tuned on. */
export const unseen = `
Every evening=morning the old- man=van feeds=reads the ducks=trucks
The bright=right yellow- sun=son melted=belted the snow=show
Two large- bears=pears slept=kept in the dark=park cave=cage
I forgot- to lock=knock the front=fruit door=floor last night=knight
We took=cook the early- bus=boss into the city=pity
Her voice=choice was soft=loft and- calm=palm
The baker=maker makes fresh- bread=thread before sunrise=surprise
Please speak=sneak slowly=lonely and clearly-
That green=queen jacket- looks=books good on you
The ship=sheep sailed- across the rough=tough ocean=motion
Do not touch=much the wet- paint=saint on the wall=ball
He counted=mounted every- single=jingle star=car in the sky=spy
A bitter=better wind came- down from the mountain=fountain
Many people=purple enjoy- reading=leading in the park=bark
Thank you for- coming=humming to our party=pastry
`;

export interface Word {
  readonly word: string;
  readonly other?: string;
  readonly omit: boolean;
}

/** One way to read a sentence: what is said, and for each word of the text what became of it. */
export interface Variant {
  readonly kind: "as written" | "misread" | "left out" | "other word";
  readonly text: string;
  readonly said: string;
  /** Per word: `correct`, `omitted`, or the word said instead. */
  readonly truth: readonly string[];
}

const UNRELATED =
  "banana orange yellow happy computer seven music summer elephant camera coffee purple finger monkey".split(
    " ",
  );

/** Every sentence of a list in four ways. */
export function variantsOf(sentences: string): Variant[] {
  return sentences
    .trim()
    .split("\n")
    .flatMap((line, sentence) => {
      const words = line.split(" ").map((token): Word => {
        const [word = "", other] = token.replace(/-$/, "").split("=");
        return { word, ...(other !== undefined && { other }), omit: token.endsWith("-") };
      });
      const mixable = words.flatMap(({ other }, i) => (other === undefined ? [] : [i]));
      const swapped = mixable[sentence % mixable.length] as number;
      const stranger = UNRELATED[sentence % UNRELATED.length] as string;
      return [
        variant("as written", words, () => "correct"),
        variant("misread", words, ({ other }) => other ?? "correct"),
        variant("left out", words, ({ omit }) => (omit ? "omitted" : "correct")),
        variant("other word", words, (_, i) => (i === swapped ? stranger : "correct")),
      ];
    });
}

function variant(
  kind: Variant["kind"],
  words: readonly Word[],
  fate: (word: Word, i: number) => string,
): Variant {
  const truth = words.map(fate);
  const said = words.flatMap(({ word }, i) =>
    truth[i] === "omitted" ? [] : [truth[i] === "correct" ? word : truth[i]],
  );
  return { kind, text: `${words.map(({ word }) => word).join(" ")}.`, said: `${said.join(" ")}.`, truth };
}
