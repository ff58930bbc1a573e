/** The yardstick: the same provider used one whole step after the other, as a first sketch of a voice agent does. */
import OpenAI from "openai";

/** Whole transcript → whole reply → whole speech; ms until the speech is there. */
export async function sequentialTurn(baseUrl: string): Promise<number> {
  const client = new OpenAI({ apiKey: "bench", baseURL: baseUrl });
  const startedAt = performance.now();
  const file = new File([new Uint8Array(1000)], "speech.wav", { type: "audio/wav" });
  const { text } = await client.audio.transcriptions.create({ file, model: "stt" });
  const stream = await client.chat.completions.create({
    model: "llm",
    stream: true,
    messages: [{ role: "user", content: text }],
  });
  let reply = "";
  for await (const chunk of stream) reply += chunk.choices[0]?.delta.content ?? "";
  const speech = await client.audio.speech.create({
    model: "tts",
    voice: "alloy",
    input: reply,
    response_format: "pcm",
  });
  await speech.arrayBuffer();
  return performance.now() - startedAt;
}
