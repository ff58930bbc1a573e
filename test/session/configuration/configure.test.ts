import { describe, expect, test } from "vitest";
import type { TranscribeOptions, Transcriber } from "../../../src/ports/transcriber.ts";
import type { SessionUpdate } from "../../../src/protocol/session-config.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { earSettings } from "../../../src/session/configuration/ear-settings.ts";
import { realtime, recording, sessionUpdate, silence, testSession, userText } from "../../support/session.ts";

const toolless = { replyModel: { ...scriptedReplyModel(), name: "rules", callsTools: false } };

test("[S1] the first event tells the session in full", async () => {
  const s = testSession();
  const created = s.sent[0];
  expect(created).toMatchObject({
    type: "session.created",
    session: {
      type: "realtime",
      model: "kuku",
      output_modalities: ["audio"],
      audio: {
        input: { format: { type: "audio/pcm", rate: 24000 }, turn_detection: { type: "semantic_vad" } },
        output: { format: { type: "audio/pcm", rate: 24000 }, speed: 1 },
      },
      tools: [],
      tool_choice: "auto",
      max_output_tokens: "inf",
    },
  });
});

test("[S3] an update changes what it names and tells the whole", async () => {
  const s = testSession();
  s.client(
    sessionUpdate({
      instructions: "Be brief.",
      audio: { input: { turn_detection: { type: "server_vad" } }, output: { speed: 1.25 } },
    }),
  );
  const { session } = await s.sends("session.updated");
  expect(session).toMatchObject({
    instructions: "Be brief.",
    audio: {
      input: {
        turn_detection: {
          type: "server_vad",
          threshold: 0.5,
          prefix_padding_ms: 300,
          silence_duration_ms: 500,
          create_response: true,
          interrupt_response: true,
        },
      },
      output: { speed: 1.25 },
    },
    model: "kuku",
  });
});

test.each([
  ["session.audio.output.voice", { audio: { output: { voice: "nobody" } } }],
  ["session.tools", { tools: [{ type: "function", name: "f" }] }],
  ["session.tool_choice", { tool_choice: "required" }],
  ["session.tool_choice.name", { tool_choice: { type: "function", name: "gone" } }],
  ["session.model", { model: "reader" }],
  ["session.prompt", { prompt: { id: "pmpt_1" } }],
  ["session.id", { id: "sess_other" }],
  ["session.expires_at", { expires_at: 1 }],
  ["session.kuku", { kuku: { greet: false } }],
] as const)("[S3] what cannot be had is refused by name, and nothing changes: %s", async (param, change) => {
  const s = testSession({ engines: toolless });
  const update = sessionUpdate({ instructions: "changed", ...change } as never);
  s.client({ ...update, event_id: "u1" });
  expect((await s.sends("error")).error).toMatchObject({ param, event_id: "u1" });
  expect(s.of("session.updated")).toEqual([]);
  s.client(sessionUpdate({}));
  expect(realtime((await s.sends("session.updated")).session).instructions).not.toBe("changed");
});

test.each([
  ["session.audio.input.noise_reduction", { audio: { input: { noise_reduction: { type: "near_field" } } } }],
  ["session.audio.input.transcription.delay", { audio: { input: { transcription: { delay: "low" } } } }],
  ["session.include", { include: ["item.input_audio_transcription.logprobs"] }],
  ["session.metadata", { metadata: { call: "7" } }],
  ["session.reasoning", { reasoning: { effort: "low" } }],
  ["session.safety_identifier", { safety_identifier: "user-7" }],
  ["session.temperature", { temperature: 0.8 }],
  ["session.tracing", { tracing: { workflow_name: "w" } }],
  ["session.truncation", { truncation: { type: "retention_ratio", retention_ratio: 0.8 } }],
] as const)(
  "[S11] a hint is accepted with all that comes along, untold, and logged once: %s",
  async (param, hint) => {
    const s = testSession();
    s.client(sessionUpdate({ instructions: "changed", ...hint }));
    s.client(sessionUpdate(hint));
    s.client(userText("Hello."));
    await s.sends("conversation.item.done");
    expect(s.of("error")).toEqual([]);
    const session = realtime(s.of("session.updated")[0]?.session);
    expect(session.instructions).toBe("changed");
    const { input } = session.audio;
    expect({ ...input.transcription, ...input, ...session, truncation: undefined }).not.toHaveProperty(
      param.split(".").at(-1)!,
      expect.anything(),
    );
    expect(session.truncation).toBe("auto");
    expect(s.told("settings accepted but not followed")).toEqual([{ params: [param] }]);
  },
);

test("[S11] the hints of a response are accepted and logged once", async () => {
  const s = testSession();
  for (let n = 0; n < 2; n++) {
    s.client(userText("Hello."));
    s.client({ type: "response.create", response: { reasoning: { effort: "high" }, temperature: 0.6 } });
    await s.sends("response.done", n + 1);
  }
  expect(s.told("settings accepted but not followed")).toEqual([
    { params: ["response.reasoning", "response.temperature"] },
  ]);
});

test("[S3] [DR11] a drill that nothing fits is refused by its field, in the language asked for", async () => {
  const s = testSession({ extended: true, persona: "reader" });
  const cases = [
    [{ drill: { kind: "minimal_pairs", focus: "clicks" } }, "session.kuku.drill.focus"],
    [{ drill: { level: 1, text: "Hello." } }, "session.kuku.drill.level"],
    [{ drill: { text: "🙂🙂" } }, "session.kuku.drill.text"],
    [{ drill: { focus: "th" }, language: "fr-FR" }, "session.kuku.drill.focus"],
  ] as const;
  for (const [kuku] of cases) s.client(sessionUpdate({ kuku }));
  await s.sends("error");
  expect(s.of("error").map(({ error }) => error.param)).toEqual(cases.map(([, param]) => param));
});

test("[DR12] a pair is asked for in full on the wire", async () => {
  const s = testSession({ extended: true, persona: "reader" });
  s.client(sessionUpdate({ kuku: { drill: { kind: "minimal_pairs", focus: "r/l" }, greet: false } }));
  await s.sends("session.updated");
  const task = { kind: "minimal_pairs", words: ["rice", "lice"] };
  expect(s.of("coach.drill").at(-1)).toMatchObject({ sentence: "rice", next_sentence: "rice", task });
});

test("[S3] a drill's text needs a persona with a drill", async () => {
  const s = testSession({ extended: true });
  s.client(sessionUpdate({ kuku: { drill: { text: "Read me." } } }));
  expect((await s.sends("error")).error.param).toBe("session.kuku.drill");
});

test.each([
  ["audio/pcmu", 8000, 1],
  ["audio/pcma", 8000, 1],
] as const)("%s goes out at one byte a sample", async (type, rate, width) => {
  const s = testSession({ replies: ["Hello."], speech: { msPerCharacter: 100 } });
  s.client(sessionUpdate({ audio: { output: { format: { type } } } }));
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  const bytes = s.sent.reduce(
    (sum, event) => sum + (event.type === "audio" ? event.audio.bytes.length : 0),
    0,
  );
  expect(bytes).toBe(0.6 * rate * width);
});

test("input at another rate is heard at that rate", async () => {
  const rates: number[] = [];
  let samples = 0;
  const s = testSession({
    engines: {
      transcriber: {
        name: "noting",
        async *transcribe(audio, { rate }) {
          rates.push(rate);
          for await (const chunk of audio) samples += chunk.length;
          yield { type: "final", transcript: { text: "heard", understood: true } };
        },
      },
    },
  });
  s.client(sessionUpdate({ audio: { input: { format: { type: "audio/pcmu" }, turn_detection: null } } }));
  s.session.receiveAudio(new Uint8Array(800));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect([rates, samples]).toEqual([[8000], 800]);
});

test("[G1] a greeting waits for the first session.update, and no longer than 200 ms", async () => {
  const waits = testSession({ extended: true });
  await waits.clock.advance(199);
  expect(waits.of("response.created")).toEqual([]);
  await waits.clock.advance(2);
  await waits.sends("response.done");
  const told = testSession({ extended: true, persona: "reader" });
  told.client(sessionUpdate({ kuku: { drill: { text: "My own words." } } }));
  await told.sends("response.done");
  expect(told.prompts).toMatchObject([{ brief: { kind: "greeting", sentence: "My own words." } }]);
  expect(told.of("coach.drill")).toMatchObject([{ sentence: "My own words." }]);
  await told.clock.advance(1000);
  expect(told.of("response.created").length).toBe(1);
});

test("[G2] a plain client hears nothing unasked", async () => {
  const s = testSession();
  await s.clock.advance(10_000);
  expect(s.types()).toEqual(["session.created"]);
});

test.each([
  ["greet: false", sessionUpdate({ kuku: { greet: false } })],
  ["a reply asked for first", { type: "response.create" } as const],
])("[G3] no greeting after %s", async (_, event) => {
  const s = testSession({ extended: true });
  s.client(event);
  await s.clock.advance(30_000);
  expect(s.of("response.created").length).toBe(event.type === "response.create" ? 1 : 0);
});

test("[G3] someone who speaks first is not greeted", async () => {
  const s = testSession({ extended: true });
  await s.hear(recording("overwhelmed-slt"), 180);
  await s.sends("input_audio_buffer.speech_started");
  expect(s.prompts).toEqual([]);
});

test("[S9] a way of taking turns by name, until turn detection is set by hand", async () => {
  const s = testSession({ extended: true });
  s.client(sessionUpdate({ kuku: { turn_taking: "brisk", greet: false } }));
  expect((await s.sends("session.updated")).session).toMatchObject({
    audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "high" } } },
    kuku: { turn_taking: "brisk" },
  });
  s.client(sessionUpdate({ kuku: { turn_taking: "push_to_talk" } }));
  expect((await s.sends("session.updated", 2)).session.audio.input.turn_detection).toBeNull();
  s.client(sessionUpdate({ audio: { input: { turn_detection: { type: "server_vad" } } } }));
  expect((await s.sends("session.updated", 3)).session.kuku).not.toHaveProperty("turn_taking");
  s.client(sessionUpdate({ kuku: { turn_taking: "patient" }, audio: { input: { turn_detection: null } } }));
  expect((await s.sends("error")).error.param).toBe("session.kuku.turn_taking");
});

test("[S9] the way of taking turns that a persona names is told by its name; one it spells out is told as it is", async () => {
  const named = (await testSession({ extended: true }).sends("session.created")).session;
  expect(named.kuku?.turn_taking).toBe("patient");
  expect(named.audio.input.turn_detection).toMatchObject({ type: "semantic_vad", eagerness: "low" });
  const plain = (await testSession().sends("session.created")).session;
  expect(plain).not.toHaveProperty("kuku");
  expect(plain.audio.input.turn_detection).toEqual(named.audio.input.turn_detection);
  const spelt = (await testSession({ extended: true, persona: "reader" }).sends("session.created")).session;
  expect(spelt.kuku).not.toHaveProperty("turn_taking");
  expect(spelt.audio.input.turn_detection).toMatchObject({ type: "server_vad", silence_duration_ms: 900 });
});

test("[TT14] the reader's shorter wait is the persona's own: another silence holds as it is", async () => {
  const s = testSession({ extended: true, persona: "reader" });
  await s.sends("session.created");
  const waits = () => earSettings(s.state()).detection;
  expect(waits()).toMatchObject({ type: "server_vad", silenceMs: 900, readToEndMs: 500 });
  const detections = [
    [{ type: "server_vad", silence_duration_ms: 900, create_response: false }, 500],
    [{ type: "server_vad", silence_duration_ms: 901 }, undefined],
    [{ type: "server_vad" }, undefined],
  ] as const;
  for (const [turn_detection, readToEndMs] of detections) {
    s.client(sessionUpdate({ audio: { input: { turn_detection } } }));
    await s.clock.advance(0);
    const told = waits();
    expect(told).toMatchObject({ type: "server_vad" });
    expect(told?.type === "server_vad" && told.readToEndMs).toBe(readToEndMs);
  }
  s.client(sessionUpdate({ audio: { input: { turn_detection: null } } }));
  await s.clock.advance(0);
  expect(waits()).toBeNull();
  const coaching = testSession({ extended: true });
  coaching.client(
    sessionUpdate({ audio: { input: { turn_detection: { type: "server_vad", silence_duration_ms: 900 } } } }),
  );
  await coaching.sends("session.updated");
  expect(earSettings(coaching.state()).detection).not.toHaveProperty("readToEndMs");
});

test("[E6] a thinking pause of 1.2 s is one turn for a patient coach", async () => {
  const s = testSession({ extended: true });
  s.client(sessionUpdate({ kuku: { turn_taking: "patient", greet: false } }));
  await s.hear(recording("pause-1200ms-rms"));
  await s.hear(silence(8000));
  await s.sends("response.done");
  expect(s.of("input_audio_buffer.committed").length).toBe(1);
});

test("[RF2] a client may send back the session as it was told, `id` and `object` included", async () => {
  const s = testSession();
  const told = realtime(s.of("session.created")[0]?.session);
  s.client({ type: "session.update", session: { ...told, instructions: "Be brief." } });
  expect((await s.sends("session.updated")).session).toEqual({ ...told, instructions: "Be brief." });
  expect(s.of("error")).toEqual([]);
});

test("[RF3] keywords, languages and prompt are told to the transcriber, and back to the client", async () => {
  const asked: TranscribeOptions[] = [];
  const scripted = scriptedTranscriber(["Salut."]);
  const transcriber: Transcriber = {
    ...scripted,
    transcribe(audio, options) {
      asked.push(options);
      return scripted.transcribe(audio, options);
    },
  };
  const s = testSession({ engines: { transcriber } });
  const transcription = { keywords: ["T-GROW"], languages: ["en", "fr"], prompt: "A talk about work." };
  s.client(sessionUpdate({ audio: { input: { transcription, turn_detection: null } } }));
  expect((await s.sends("session.updated")).session.audio.input.transcription).toMatchObject(transcription);
  s.session.receiveAudio(new Uint8Array(24_000));
  s.client({ type: "input_audio_buffer.commit" });
  const audio = Buffer.from(new Int16Array(7200).buffer).toString("base64");
  const item = { type: "message", role: "user", content: [{ type: "input_audio", audio }] } as const;
  s.client({ type: "conversation.item.create", item: structuredClone(item) as never });
  await s.until(() => asked.length === 2);
  const told = { keywords: ["T-GROW"], languages: ["en", "fr"], hint: "A talk about work." };
  for (const options of asked) expect(options).toMatchObject({ ...told, language: "en-US" });
});

test("[RF3] one language in the list is the language spoken", async () => {
  const s = testSession();
  s.client(sessionUpdate({ audio: { input: { transcription: { languages: ["fr"] } } } }));
  s.client(userText("Bonjour."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.prompts).toMatchObject([{ language: "fr" }]);
});

describe("[RF7] settings that a client secret has fixed", () => {
  const settings: SessionUpdate = {
    type: "realtime",
    instructions: "Be kind.",
    tools: [{ type: "function", name: "note" }],
    audio: { input: { turn_detection: { type: "server_vad" } }, output: { voice: "marin" } },
  };
  const open = () => testSession({ settings, settingsFixed: true });

  test.each([
    ["session.instructions", { instructions: "Be rude." }],
    ["session.tools", { tools: [] }],
    ["session.audio.input.turn_detection", { audio: { input: { turn_detection: null } } }],
    ["session.audio.output.voice", { audio: { output: { voice: "alloy" } } }],
  ])("are refused by name: %s", async (param, change) => {
    const s = open();
    s.client({ ...sessionUpdate({ ...change, max_output_tokens: 100 } as never), event_id: "u1" });
    expect((await s.sends("error")).error).toMatchObject({
      code: "unsupported_value",
      param,
      event_id: "u1",
    });
    expect(s.of("session.updated")).toEqual([]);
  });

  test.each([
    ["response.instructions", { instructions: "Be rude." }],
    ["response.tools", { tools: [] }],
  ])("hold for single responses, too: %s", async (param, change) => {
    const s = open();
    s.client({ type: "response.create", response: { ...change, conversation: "none" } });
    expect((await s.sends("error")).error).toMatchObject({ code: "unsupported_value", param });
    s.client({ type: "response.create", response: { conversation: "none", max_output_tokens: 100 } });
    await s.sends("response.done");
    expect(s.prompts).toMatchObject([{ instructions: "Be kind.", tools: [{ name: "note" }] }]);
  });

  test("may be sent back as they were told, beside others that are free", async () => {
    const s = open();
    const told = realtime(s.of("session.created")[0]?.session);
    s.client({ type: "session.update", session: { ...told, max_output_tokens: 100 } });
    expect((await s.sends("session.updated")).session).toEqual({ ...told, max_output_tokens: 100 });
  });
});

test.each([true, false])(
  "[RF8] log probabilities are told where the engine has them: %s",
  async (tellsLogprobs) => {
    const logprobs = tellsLogprobs ? [{ token: "Hi", logprob: -0.5, bytes: [72, 105] }] : undefined;
    const transcriber = { ...scriptedTranscriber([{ text: "Hi.", logprobs }]), tellsLogprobs };
    const s = testSession({ engines: { transcriber } });
    const include = ["item.input_audio_transcription.logprobs"];
    s.client(sessionUpdate({ include, audio: { input: { transcription: {}, turn_detection: null } } }));
    const { session } = await s.sends("session.updated");
    expect("include" in session ? session.include : undefined).toEqual(tellsLogprobs ? include : undefined);
    expect(s.told("settings accepted but not followed")).toHaveLength(tellsLogprobs ? 0 : 1);
    for (const turn of [1, 2]) {
      s.session.receiveAudio(new Uint8Array(24_000));
      s.client({ type: "input_audio_buffer.commit" });
      const told = await s.sends("conversation.item.input_audio_transcription.completed", turn);
      expect(told.logprobs).toEqual(turn === 1 ? logprobs : undefined);
      s.client(sessionUpdate({ include: [] }));
    }
  },
);
