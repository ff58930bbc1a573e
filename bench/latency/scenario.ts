/** What the latency bench plays: a provider's speed, a reply, and the shortest way through them. */

/** The provider's figures. */
export const stages = { sttMs: 120, firstTokenMs: 200, tokensPerSecond: 60, ttsFirstByteMs: 150 } as const;

/** Silence after which the turn counts as ended, and after which a draft begins, ms. */
export const endpointMs = 500;
export const draftAfterMs = 150;

/** The first sentence is four words, the whole reply thirty. */
export const replyText =
  "That sounds really heavy. When you look at everything on your list right now, which one thing would make the biggest difference to you if it were done by tonight?";

/** Words until the first sentence can be spoken: its own, and the next one, which shows that it is over. */
const firstPieceTokens = 5;

/** Transcript, first token, the first sentence's tokens, first audio: nothing can be sooner without working ahead. */
export const criticalPathMs =
  stages.sttMs +
  stages.firstTokenMs +
  ((firstPieceTokens - 1) * 1000) / stages.tokensPerSecond +
  stages.ttsFirstByteMs;

/** Settings of a server that uses the provider at this address. `draftMs`: 0: no drafts. */
export function providerAt(baseUrl: string, draftMs: number): Readonly<Record<string, string>> {
  return { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: "bench", DRAFT_AFTER_MS: String(draftMs) };
}
