/** Sessions as a server keeps them, made up for the tests of what is drawn of them. */
import type { ContourView, KeptSession, UtteranceView } from "../../src/client/report/kept.ts";

const contour = (over: Partial<ContourView> = {}): ContourView => ({
  startMs: 200,
  stepMs: 50,
  pitchHz: Array.from({ length: 60 }, (_, k) => (k > 20 && k < 36 ? null : 110 + k)),
  levelDbfs: Array.from({ length: 60 }, (_, k) => (k > 20 && k < 36 ? -70 : -20)),
  pauses: [{ startMs: 1250, lengthMs: 750 }],
  ...over,
});

const pace = "Microsoft Speaker Coach: 100–165 words/min";

function utterance(messageId: string, over: Partial<UtteranceView> = {}): UtteranceView {
  return {
    messageId,
    timestamp: "2026-11-23T09:30:10.000Z",
    metrics: { wordsPerMinute: 142, pitchSdSemitones: 1.4, pauseCount: 1, speechMs: 3000 },
    judgements: { wordsPerMinute: { band: "good", source: pace } },
    contour: contour(),
    ...over,
  };
}

/** A conversation and a reading in one, with a report; `said`: what the user said first. */
export function keptSession(said = "I want to clear my desk."): KeptSession {
  const reading: NonNullable<ContourView["reading"]> = {
    text: "The lazy fox.",
    accuracy: 1 / 3,
    words: [
      { verdict: "correct", expected: "The", heard: "the", score: 0.97, startMs: 130, endMs: 500 },
      { verdict: "omitted", expected: "lazy" },
      { verdict: "substituted", expected: "fox", heard: "box", score: 0.31, startMs: 2100, endMs: 2400 },
    ],
  };
  return {
    session: {
      sessionId: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d",
      status: "ended",
      persona: "kuku",
      language: "en-US",
      createdAt: "2026-11-23T09:30:00.000Z",
      endedAt: "2026-11-23T09:41:00.000Z",
      messageCount: 3,
    },
    messages: [
      { id: "item_1", timestamp: "2026-11-23T09:30:10.000Z", sender: "user", text: said },
      { id: "item_2", timestamp: "2026-11-23T09:30:14.000Z", sender: "ai", text: "What matters most?" },
      { id: "item_3", timestamp: "2026-11-23T09:31:10.000Z", sender: "user", text: "the box" },
    ],
    delivery: {
      utterances: [
        utterance("item_1", {
          contour: contour({ words: [{ text: said.split(" ")[0] ?? "", startMs: 250, endMs: 400 }] }),
        }),
        utterance("item_3", {
          timestamp: "2026-11-23T09:31:10.000Z",
          metrics: { wordsPerMinute: 171, pauseCount: 0, speechMs: 3000 },
          judgements: { wordsPerMinute: { band: "high", source: pace } },
          contour: contour({ reading }),
        }),
      ],
      session: {
        metrics: { wordsPerMinute: 156, phonationRatio: 0.83, longestPauseMs: 750, loudnessDbfs: -23.4 },
        judgements: { wordsPerMinute: { band: "good", source: pace } },
      },
    },
    report: {
      text: `KEY DISCUSSION POINTS:\n- ${said}\n\nMAIN BREAKTHROUGHS:\nNone yet.\n\nACTION PLAN:\n1. Clear my desk (by Friday)\n\nFinal Note:\nWell done.`,
    },
  };
}
