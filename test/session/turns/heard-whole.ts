/** A long talk of one turn, held against what was said and sent. */
import { expect } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { createDeliveryMeter } from "../../../src/pipeline/delivery/meter.ts";
import { silence } from "../../support/session.ts";
import { rate, recorder, rehearsal, seconds, talk } from "./long-talks.ts";

/** Speaks for `minutes` and expects that every sample was heard once and in order, and answered once. */
export async function expectHeardWhole(
  minutes: number,
  detection: Parameters<typeof rehearsal>[1],
): Promise<void> {
  const { transcriber, heard } = recorder();
  const { s, counted } = rehearsal(transcriber, detection);
  const spoken = talk(minutes);
  await s.hear(spoken, 100);
  if (detection === null) {
    s.client({ type: "input_audio_buffer.commit" });
    s.client({ type: "response.create" });
  } else await s.hear(silence(9000), 100);
  await s.sends("response.done");

  const started = s.of("input_audio_buffer.speech_started");
  const from = detection === null ? 0 : Math.round((started[0]!.audio_start_ms * rate) / 1000);
  const all = joinPcm(heard);
  const input = joinPcm([spoken, silence(9000)]);
  expect(heard.length).toBeGreaterThanOrEqual(minutes);
  for (const part of heard) expect(seconds(part)).toBeLessThanOrEqual(60);
  expect(all.length).toBeGreaterThanOrEqual(spoken.length - from);
  expect(Buffer.compare(bytes(all), bytes(input.subarray(from, from + all.length)))).toBe(0);

  const committed = s.of("input_audio_buffer.committed").map(({ item_id }) => item_id);
  const told = s.of("conversation.item.input_audio_transcription.completed");
  expect(told.map((each) => [each.item_id, each.transcript])).toEqual(
    committed.map((id, k) => [id, `Part ${k + 1}.`]),
  );
  expect(
    s
      .of("conversation.item.done")
      .slice(0, committed.length)
      .map(({ item }) => item.id),
  ).toEqual(committed);
  expect(started.length).toBe(detection === null ? 0 : 1);
  expect(s.of("response.created").length).toBe(1);
  expect(s.prompts).toMatchObject([
    {
      items: committed.map((__, k) => ({ role: "user", text: `Part ${k + 1}.` })),
      brief: { kind: "practice", round: 1 },
    },
  ]);
  expect(s.of("error")).toEqual([]);

  const charged = told.map(({ usage }) => (usage?.type === "duration" ? usage.seconds : 0));
  expect(charged.reduce((sum, each) => sum + each, 0)).toBeCloseTo(seconds(all), 2);
  expect(counted.heardMs / 1000).toBeCloseTo(seconds(all), 2);
  expectDelivery(
    s.of("coach.delivery").filter((each) => each.final),
    all,
    committed.at(-1)!,
  );
}

function bytes(pcm: Int16Array): Buffer {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}

/**
 * One final set of figures, of the last item, as the whole audio measured at once has them: times and counts to a
 * hundredth, since what is speech and what silence is decided by the levels of a minute and not of all; pitches to the
 * step of the histogram.
 */
function expectDelivery(told: readonly object[], audio: Int16Array, itemId: string) {
  const meter = createDeliveryMeter(rate);
  meter.push(audio);
  const whole = meter.finish()!;
  expect(told).toMatchObject([{ item_id: itemId }]);
  const figures = told[0] as Record<string, number>;
  const near = (name: string, value: number | undefined, share: number) => {
    expect(Math.abs(figures[name]! - value!), name).toBeLessThanOrEqual(Math.abs(value!) * share);
  };
  near("speech_ms", whole.speechMs, 0.001);
  near("pause_count", whole.pauseCount, 0.01);
  near("mean_pause_ms", whole.meanPauseMs, 0.01);
  near("longest_pause_ms", whole.longestPauseMs, 0.01);
  near("phonation_ratio", whole.phonationRatio, 0.005);
  near("syllables_per_second", whole.syllablesPerSecond, 0.01);
  near("pitch_hz", whole.pitchHz, 0.005);
  near("pitch_range_semitones", whole.pitchRangeSemitones, 0.02);
  near("pitch_sd_semitones", whole.pitchSdSemitones, 0.02);
  near("loudness_dbfs", whole.loudnessDbfs, 0.005);
  near("loudness_sd_db", whole.loudnessSdDb, 0.02);
}
