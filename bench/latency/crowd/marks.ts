/** When the parts of one turn happened, as those around our server saw them: the provider and the client. */

/** Monotonic time that all processes of this machine share, ms. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** At the provider: each request whole, and each answer's first useful part about to be written. */
export interface ProviderMarks {
  transcriptAsked?: number;
  transcriptGiven?: number;
  replyAsked?: number;
  /** The token that shows that the first sentence is over. */
  sentenceGiven?: number;
  speechAsked?: number;
  speechGiven?: number;
}

/** At the client. */
export interface ClientMarks {
  /** `commit` and `response.create` were written. */
  readonly ended: number;
  readonly firstAudio: number;
}

/** The transcript of turn number `turn`; every later step carries the number on. */
export const transcriptOf = (turn: number) => `This is turn number ${turn}.`;
export const turnIn = (text: string): number => Number(/number (\d+)/.exec(text)?.[1] ?? Number.NaN);
/** Of a conversation that quotes earlier turns: numbers grow. */
export const latestTurnIn = (text: string): number =>
  Math.max(...[...text.matchAll(/number (\d+)/g)].map(([, number]) => Number(number)));

/** The first sentence ends with the fourth of these, and the fifth shows it. */
export const replyTokens = (turn: number): readonly string[] =>
  `Understood, answer number ${turn}. Which one thing matters most to you right now?`.match(/\s*\S+/g) ?? [];
export const tokensToSentence = 5;
