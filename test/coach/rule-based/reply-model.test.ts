import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ruleBasedReplyModel } from "../../../src/coach/rule-based/reply-model.ts";
import type { Brief, Intention, WrapUpBrief } from "../../../src/ports/brief.ts";
import type { Delivery } from "../../../src/ports/delivery.ts";
import type { Prompt, PromptItem } from "../../../src/ports/prompt.ts";
import type { ReadWord } from "../../../src/ports/reading.ts";
import type { ReplyDelta } from "../../../src/ports/reply-model.ts";
import { replyModelContract } from "../../providers/reply-model-contract.ts";

replyModelContract("embedded rules", ruleBasedReplyModel);

type Drill = Extract<Brief, { kind: "drill" }>;
type Coaching = Extract<Brief, { kind: "coaching" }>;

const fox = "The quick brown fox jumps over the lazy dog.";

function promptFor(brief: Brief, items: readonly PromptItem[] = [], language = "en-US"): Prompt {
  return { instructions: "", items, brief, language, tools: [], toolChoice: "auto" };
}

async function deltas(prompt: Prompt, maxOutputTokens?: number): Promise<ReplyDelta[]> {
  const { signal } = new AbortController();
  const options = { signal, ...(maxOutputTokens !== undefined && { maxOutputTokens }) };
  const all: ReplyDelta[] = [];
  for await (const delta of ruleBasedReplyModel().reply(prompt, options)) all.push(delta);
  return all;
}

async function say(brief: Brief, items?: readonly PromptItem[], language?: string): Promise<string> {
  const all = await deltas(promptFor(brief, items, language));
  return all.map((delta) => (delta.type === "text" ? delta.delta : "")).join("");
}

const slip = (words: ReadWord[], more: Partial<Drill> = {}): Drill => ({
  kind: "drill",
  sentence: fox,
  outcome: "slipped",
  reading: { text: fox, words, accuracy: 0.5 },
  next: fox,
  tries: 1,
  round: 1,
  ...(words[0] && { focus: words[0] }),
  ...more,
});
const substituted = (expected: string, heard?: string): ReadWord => ({
  verdict: "substituted",
  expected,
  ...(heard !== undefined && { heard }),
});
const omitted = (expected: string): ReadWord => ({ verdict: "omitted", expected });
const coaching = (more: Partial<Coaching> = {}): Coaching => ({
  kind: "coaching",
  stage: "reality",
  round: 4,
  understood: false,
  ...more,
});

describe("greeting", () => {
  test("says what it is and can hear, then opens", async () => {
    const hello = await say({ kind: "greeting", persona: "kuku" });
    expect(hello).toMatch(/offline/);
    expect(hello).toMatch(/not sure of your words, I ask/);
    expect(hello).toMatch(/\?$/);
  });

  test("of the drill ends with the sentence to read", async () => {
    const hello = await say({ kind: "greeting", persona: "reader", sentence: fox });
    expect(hello).toMatch(/offline/);
    expect(hello.endsWith(fox)).toBe(true);
  });
});

describe("drill", () => {
  test("says which words went wrong and what was heard, one thing to try, and the sentence", async () => {
    const words = [substituted("fox", "box"), substituted("lazy", "crazy"), substituted("dog", "log")];
    const reply = await say(slip(words));
    expect(reply).toContain("I heard box for fox, crazy for lazy and log for dog.");
    expect(reply).toMatch(/One thing to try: [^.]*"fox"/);
    expect(reply.endsWith(fox)).toBe(true);
  });

  test("says what was left out, added, or could not be made out", async () => {
    expect(await say(slip([omitted("brown"), omitted("lazy")]))).toContain("I didn't hear brown and lazy.");
    expect(await say(slip([substituted("fox")]))).toContain("I couldn't make out fox.");
    expect(await say(slip([{ verdict: "inserted", heard: "very" }]))).toContain("I heard very on top.");
  });

  test("names three slips and counts the rest", async () => {
    const reply = await say(slip(["quick", "brown", "fox", "lazy", "dog"].map(omitted)));
    expect(reply).toContain("quick, brown and fox.");
    expect(reply).toContain("2 more words slipped.");
  });

  test("says how to make the sound that went wrong, once", async () => {
    const phones = ["F", "AA", "K", "S"].map((phone, at) => ({
      phone,
      score: at === 0 ? 0.2 : 0.8,
      startMs: at * 80,
      endMs: at * 80 + 80,
    }));
    const words = [{ ...substituted("fox", "box"), phones }];
    expect(await say(slip(words))).toContain('in "fox", put your upper teeth on your lower lip for the f.');
    expect(await say(slip(words, { tries: 2 }))).not.toContain("teeth");
    const even = [
      { ...substituted("fox", "box"), phones: phones.map((phone) => ({ ...phone, score: 0.5 })) },
    ];
    expect(await say(slip(even))).not.toContain("teeth");
  });

  test("varies what to try from one try to the next", async () => {
    const replies = await Promise.all([1, 2].map((tries) => say(slip([omitted("brown")], { tries }))));
    expect(replies[0]).not.toBe(replies[1]);
  });

  test("after the last try names the slip, and asks for the next sentence only", async () => {
    const reply = await say(slip([omitted("brown")], { tries: 3, next: "A new one." }));
    expect(reply).toContain("brown");
    expect(reply).not.toContain("One thing to try");
    expect(reply.endsWith("A new one.")).toBe(true);
    expect(reply).not.toContain(fox);
  });

  test("praises what was right, and goes on", async () => {
    const brief: Drill = { kind: "drill", sentence: fox, outcome: "read_well", next: "A new one.", round: 1 };
    expect(await say(brief)).toMatch(/^Well read.*A new one\.$/);
    const quick = { speechMs: 2000, pauseCount: 0, syllablesPerSecond: 6.5 };
    expect(await say({ ...brief, delivery: quick })).toMatch(/slower/);
    const own = await say({ ...brief, next: fox, ownText: true });
    expect(own).toMatch(/say stop/);
  });

  test("asks again when it did not hear, and stays quiet once stopped", async () => {
    const unheard: Drill = { kind: "drill", sentence: fox, outcome: "not_heard", next: fox };
    expect(await say(unheard)).toMatch(/couldn't follow.*lazy dog\.$/);
    expect(await say({ ...unheard, missed: 2, next: "A new one." })).toMatch(
      /skip it.*A new one\.$|leave it.*A new one\.$/,
    );
    const { next: _, ...stopped } = unheard;
    expect(await say(stopped)).toMatch(/have stopped/);
    expect(await say({ ...stopped, missed: 2 })).toMatch(/can't make out your text/);
  });

  test.each([
    ["noise", /too noisy/],
    ["second_voice", /another voice/],
    ["clipping", /cut off/],
    ["too_quiet", /too quiet/],
    ["reverberation", /echoes/],
  ] as const)("[DR17] says why it cannot judge: %s", async (unjudgeable, reason) => {
    const brief: Drill = {
      kind: "drill",
      sentence: fox,
      outcome: "not_heard",
      unjudgeable,
      round: 1,
      next: fox,
    };
    expect(await say(brief)).toMatch(reason);
    expect(await say(brief)).toMatch(/lazy dog\.$/);
    expect(await say({ ...brief, round: 2 })).not.toBe(await say(brief));
  });

  test("follows commands", async () => {
    const brief: Drill = { kind: "drill", sentence: fox, outcome: "command", round: 1 };
    expect(await say({ ...brief, command: "next", next: "A new one." })).toMatch(/another: A new one\.$/);
    expect((await say({ ...brief, command: "repeat", next: fox })).endsWith(fox)).toBe(true);
    expect(await say({ ...brief, command: "stop" })).toMatch(/say next/i);
  });

  test("does not read a long text out again", async () => {
    const text = Array.from({ length: 40 }, () => "word").join(" ");
    const reply = await say(slip([omitted("word")], { sentence: text, next: text, ownText: true }));
    expect(reply).not.toContain(text);
    expect(reply).toMatch(/Read your text again/);
  });

  test("speaks French", async () => {
    const reply = await say(slip([substituted("chat", "rat"), omitted("porte")]), [], "fr-FR");
    expect(reply).toContain("J'ai entendu rat pour chat.");
    expect(reply).toContain("Je n'ai pas entendu porte.");
    expect(reply).toMatch(/Une chose à essayer/);
  });
});

describe("coaching", () => {
  const typed = (text: string): PromptItem[] => [{ role: "user", text }];
  const delivery = (more: Partial<Delivery>): Delivery => ({ speechMs: 5000, pauseCount: 0, ...more });

  test.each([
    [{ longestPauseMs: 1800 }, /pause|quiet|silence/],
    [{ syllablesPerSecond: 6.2 }, /quick|fast|speed/],
    [{ syllablesPerSecond: 2.5 }, /slow|time|unhurried/],
    [{ speechMs: 700 }, /short|few|brief/],
    [{ speechMs: 20_000 }, /a lot|that much time|good while/],
  ])("acknowledges how it was said: %j", async (measured, remark) => {
    const [acknowledgement] = (await say(coaching({ delivery: delivery(measured) }))).split(/(?<=\.) /);
    expect(acknowledgement).toMatch(remark);
  });

  const told = (
    matter: NonNullable<Coaching["told"]>["matter"],
    quote: string,
    more: Partial<Coaching> = {},
  ) =>
    coaching({
      understood: true,
      told: { matter, quote },
      known: matter === "statement" ? [] : [matter],
      ...more,
    });

  test("[FL14] gives words back whole and unchanged, when that is safe", async () => {
    const words = "I'm overwhelmed with my work";
    expect(await say(told("statement", `${words}.`), typed(`${words}.`))).toMatch(
      new RegExp(`^In your words: "${words}"\\. .+\\?$`),
    );
    expect(await say(told("action", "I will call Anna on Monday."), typed("x"))).toContain(
      '"I will call Anna on Monday".',
    );
    expect(await say(told("goal", "I'd like to sleep."), typed("x"))).toContain('"I\'d like to sleep".');
    for (const unsafe of ["call 555-1234", "<b>bold</b> words", "one. two. three.", "word ".repeat(30)])
      expect(await say(told("statement", unsafe), typed(unsafe))).not.toContain(unsafe.trim());
    expect(await say(coaching({ understood: true }), typed("Can you fix it?"))).toMatch(
      /can't answer|can only ask/,
    );
  });

  test("[FL14] is no echo: words are not given back in two replies that follow each other", async () => {
    const items: PromptItem[] = [
      { role: "assistant", text: 'In your words: "my boss is never there". What else?' },
      ...typed("My team is tired of it"),
    ];
    expect(await say(told("statement", "My team is tired of it"), items)).not.toContain("tired");
    expect(await say(told("action", "I will call Anna."), items)).toContain('"I will call Anna"');
  });

  test("[FL14] says what kind of thing was told", async () => {
    const first = async (matter: Parameters<typeof told>[0], language = "en-US") =>
      (await say(told(matter, "a b c d"), typed("a b c d"), language)).split(/(?<=\.) /)[0];
    expect(await first("tried")).toMatch(/tried|been at it/);
    expect(await first("obstacle")).toMatch(/in the way|against it/);
    expect(await first("now")).toMatch(/how it is now|picture/);
    expect(await first("taken_back")).toMatch(/off the list/);
    expect(await first("tried", "fr-FR")).toMatch(/essayé|déjà mis/);
  });

  test("[FL14] does not ask for what was told", async () => {
    const questions = async (known: Coaching["known"] & {}, stage: Coaching["stage"], language?: string) => {
      const items: PromptItem[] = [...typed("x")];
      const asked: string[] = [];
      for (let round = 1; round <= 12; round++) {
        const text = await say(coaching({ understood: true, stage, round, known }), items, language);
        asked.push(text.match(/[^.]+\?$/)?.[0] ?? "");
        items.push({ role: "assistant", text });
      }
      return asked.join("\n");
    };
    const reality = ["now", "tried", "obstacle", "people"] as const;
    expect(await questions([], "reality")).toMatch(
      /happening right now[\s\S]*tried so far[\s\S]*in the way[\s\S]*Who else/,
    );
    expect(await questions(reality, "reality")).not.toMatch(/happening|tried so far|in the way|Who else/);
    expect(await questions(reality, "reality", "fr-FR")).not.toMatch(/se passe|essayé|obstacle|Qui d'autre/);
    expect(await questions(["goal"], "goal")).not.toMatch(/good outcome/);
    expect(await questions(["action"], "options")).not.toMatch(/What could you do\?/);
  });

  test("does not repeat words it did not understand", async () => {
    expect(await say(coaching(), typed("zebra crossing"))).not.toMatch(/zebra/);
  });

  test("asks no question twice while the stage has others", async () => {
    const items: PromptItem[] = [];
    const questions: string[] = [];
    for (let round = 4; round <= 8; round++) {
      const text = await say(coaching({ round }), items);
      questions.push(text.match(/[^.]+\?$/)?.[0] ?? "");
      items.push({ role: "user", text: "" }, { role: "assistant", text });
    }
    expect(questions).not.toContain("");
    expect(new Set(questions).size).toBe(5);
  });

  test("acknowledges the same kind of turn in other words", async () => {
    const items: PromptItem[] = [];
    for (let turn = 1; turn <= 4; turn++) {
      const text = await say(coaching({ round: 4, delivery: delivery({ syllablesPerSecond: 4 }) }), items);
      items.push({ role: "assistant", text });
    }
    const firsts = items.map((item) => "text" in item && item.text.split(". ")[0]);
    expect(new Set(firsts).size).toBe(4);
  });

  test("repeats its question when asked to", async () => {
    const items: PromptItem[] = [{ role: "assistant", text: "Fine. What have you tried so far?" }];
    const reply = await say(coaching({ understood: true, command: "repeat" }), items);
    expect(reply).toMatch(/ What have you tried so far\?$/);
  });

  test("asks whether to end, and says why now, with the user's own action", async () => {
    const propose = (because: "asked" | "committed" | "rounds" | "time", more: Partial<Coaching> = {}) =>
      say(coaching({ wrapUp: { do: "propose", because }, ...more }));
    for (const because of ["asked", "committed", "rounds", "time"] as const)
      expect(await propose(because)).toMatch(/^[^?]+\. Shall we wrap up, yes or no\?$/);
    expect(await propose("time")).toMatch(/^Our time is up/);
    const actions = [{ text: "sleep more" }, { text: "call my sister", when: "tomorrow" }];
    expect(await propose("committed", { actions })).not.toContain('"');
    const [, second] = actions;
    const said = "Tomorrow I'll call my sister.";
    expect(await propose("committed", { actions: [{ ...(second as Intention), said }] })).toContain(
      '"Tomorrow I\'ll call my sister"',
    );
    const odd = [{ text: "call 555-1234", said: "I will call 555-1234" }];
    expect(await propose("committed", { actions: odd })).not.toContain("555");
  });

  test("takes the answer: asks again, goes on with a question of the stage, or says goodbye without one", async () => {
    const reply = (wrapUp: Coaching["wrapUp"] & {}, language = "en-US") =>
      say(
        coaching({ wrapUp, actions: [{ text: "call my sister", said: "I'll call my sister" }] }),
        [],
        language,
      );
    expect(await reply({ do: "ask_again" })).toMatch(/Shall we wrap up, yes or no\?$/);
    expect(await reply({ do: "go_on" })).toMatch(/we go on\. What is happening right now\?$/);
    expect(await reply({ do: "go_on", unclear: true })).toMatch(/simply go on.*\?$/);
    expect(await reply({ do: "extend", minutes: 10 })).toMatch(/^Gladly, 10 more minutes\. .*\?$/);
    const goodbye = await reply({ do: "close" });
    expect(goodbye).toContain('"I\'ll call my sister"');
    expect(goodbye).not.toContain("?");
    expect(await reply({ do: "close" }, "fr-FR")).toMatch(/Merci pour cet échange.*« I'll call my sister »/);
    expect(await say(coaching({ wrapUp: { do: "close" } }))).not.toContain('"');
  });

  test("greets with what was left open, then asks for today's topic", async () => {
    const openActions = [{ text: "call my sister", when: "tomorrow" }, { text: "sleep" }];
    const hello = await say({ kind: "greeting", persona: "kuku", openActions });
    expect(hello).toMatch(/offline.*"call my sister"\. How did it go\?$/);
    expect(hello).not.toMatch(/tomorrow|sleep/);
    const odd = await say({ kind: "greeting", persona: "kuku", openActions: [{ text: "<b>x</b>" }] });
    expect(odd).toMatch(/left open last time\. How did it go\?$/);
    const next = coaching({
      stage: "topic",
      round: 1,
      understood: true,
      askedAbout: { text: "call my sister" },
    });
    expect(await say(next, typed("I did it"))).toMatch(/What would you like to think about today\?$/);
  });

  test("asks for the time of an action that has none, once", async () => {
    const brief = coaching({ stage: "way_forward", actions: [{ text: "call my sister" }] });
    const first = await say(brief);
    expect(first).toMatch(/When will you do it\?$/);
    expect(await say(brief, [{ role: "assistant", text: first }])).not.toMatch(/When will/);
    const timed = coaching({ stage: "way_forward", actions: [{ text: "call", when: "today" }] });
    expect(await say(timed)).not.toMatch(/When will/);
  });

  test("asked for advice, says that it only asks", async () => {
    for (const text of ["You tell me.", "Just tell me what to do."])
      expect(await say(coaching({ understood: true }), typed(text))).toMatch(/can only ask|asking is all/);
  });

  test("says what care has it say, and nothing else", async () => {
    const says = "Please call 1 1 2. Would you like to go on?";
    expect(await say({ kind: "care", says }, typed("Help."))).toBe(says);
  });
});

test("a plain conversation gets an honest sentence", async () => {
  expect(await say({ kind: "plain" })).toMatch(/rule-based.*offline.*can't answer freely/);
});

test("streams word by word, and counts words as tokens", async () => {
  const all = await deltas(promptFor({ kind: "plain" }));
  for (const delta of all) if (delta.type === "text") expect(delta.delta).toMatch(/^\S+\s*$/);
  expect(all.at(-1)).toEqual({ type: "end", usage: { inputTokens: 0, outputTokens: all.length - 1 } });
  const cut = await deltas(promptFor({ kind: "plain" }, [{ role: "user", text: "two words" }]), 3);
  expect(cut.slice(0, -1)).toEqual(all.slice(0, 3));
  expect(cut.at(-1)).toEqual({ type: "end", incomplete: true, usage: { inputTokens: 2, outputTokens: 3 } });
});

describe("rules of the house, over all briefs and deliveries", () => {
  const measured = fc.record(
    {
      speechMs: fc.integer({ min: 0, max: 60_000 }),
      pauseCount: fc.nat(20),
      longestPauseMs: fc.integer({ min: 250, max: 8000 }),
      syllablesPerSecond: fc.double({ min: 0.5, max: 9, noNaN: true }),
    },
    { requiredKeys: ["speechMs", "pauseCount"] },
  );
  const delivery = fc.option(measured, { nil: undefined });
  const word = fc.constantFrom("fox", "l'eau", "dog?", "box", "to day", "straightforward");
  const phone = fc.record({
    phone: fc.constantFrom("TH", "DH", "V", "AA", "S", "on", "uu", "oe", "toString"),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    startMs: fc.constant(0),
    endMs: fc.constant(90),
  });
  const phones = fc.option(fc.array(phone, { maxLength: 4 }), { nil: undefined });
  const readWord: fc.Arbitrary<ReadWord> = fc.oneof(
    word.map((expected): ReadWord => ({ verdict: "correct", expected, heard: expected })),
    word.map(omitted),
    word.map((heard): ReadWord => ({ verdict: "inserted", heard })),
    fc
      .tuple(word, fc.option(word, { nil: undefined }), phones)
      .map(([expected, heard, said]) => ({ ...substituted(expected, heard), ...(said && { phones: said }) })),
  );
  const sentence = fc.constantFrom(fox, "Is it right?", "Un deux trois.", `${"long ".repeat(60)}end.`);
  const drill: fc.Arbitrary<Drill> = fc
    .record({
      sentence,
      next: fc.option(sentence, { nil: undefined }),
      words: fc.array(readWord, { maxLength: 20 }),
      outcome: fc.constantFrom("read_well", "slipped", "not_heard", "command"),
      command: fc.constantFrom("next", "repeat", "stop"),
      ownText: fc.boolean(),
      round: fc.nat(30),
      tries: fc.integer({ min: 1, max: 3 }),
      delivery,
    })
    .map(({ words, next, delivery, ...rest }) => {
      const focus = words.find(({ verdict }) => verdict !== "correct");
      return {
        kind: "drill",
        ...rest,
        reading: { text: rest.sentence, words, accuracy: 0 },
        ...(next && { next }),
        ...(focus && { focus }),
        ...(delivery && { delivery }),
      };
    });
  const intention: fc.Arbitrary<Intention> = fc.oneof(
    fc.record({ text: fc.oneof(fc.lorem({ maxCount: 14 }), fc.string()) }),
    fc.constantFrom(
      { text: "call my sister", when: "tomorrow at ten" },
      { text: "write it down", when: "?" },
      { text: "one two three four five six seven eight nine ten eleven twelve", when: "today" },
    ),
  );
  const wrapUp: fc.Arbitrary<WrapUpBrief> = fc.oneof(
    fc
      .constantFrom("asked" as const, "committed" as const, "rounds" as const, "time" as const)
      .map((because): WrapUpBrief => ({ do: "propose", because })),
    fc.constantFrom<WrapUpBrief>(
      { do: "ask_again" },
      { do: "go_on" },
      { do: "go_on", unclear: true },
      { do: "close" },
    ),
    fc.integer({ min: 1, max: 30 }).map((minutes): WrapUpBrief => ({ do: "extend", minutes })),
  );
  const talk: fc.Arbitrary<Coaching> = fc
    .record({
      stage: fc.constantFrom("topic", "goal", "reality", "options", "way_forward"),
      round: fc.integer({ min: 1, max: 40 }),
      understood: fc.boolean(),
      delivery,
      command: fc.option(fc.constantFrom("yes", "no", "next", "repeat", "wrap_up", "stop"), {
        nil: undefined,
      }),
      actions: fc.array(intention, { maxLength: 2 }),
      askedAbout: fc.option(intention, { nil: undefined }),
      wrapUp: fc.option(wrapUp, { nil: undefined }),
    })
    .map(({ delivery, command, actions, askedAbout, wrapUp, ...rest }) => ({
      kind: "coaching",
      ...rest,
      ...(delivery && { delivery }),
      ...(command && { command }),
      ...(actions.length > 0 && { actions }),
      ...(askedAbout && { askedAbout }),
      ...(wrapUp && { wrapUp }),
    }));
  const brief: fc.Arbitrary<Brief> = fc.oneof(
    { weight: 4, arbitrary: drill },
    { weight: 4, arbitrary: talk },
    { weight: 1, arbitrary: fc.constant<Brief>({ kind: "plain" }) },
    {
      weight: 1,
      arbitrary: sentence.map((text): Brief => ({ kind: "greeting", persona: "reader", sentence: text })),
    },
    { weight: 1, arbitrary: fc.constant<Brief>({ kind: "greeting", persona: "kuku" }) },
    {
      weight: 1,
      arbitrary: intention.map((open): Brief => ({ kind: "greeting", persona: "kuku", openActions: [open] })),
    },
  );
  const userText = fc.oneof(
    fc.string(),
    fc.lorem({ maxCount: 14 }),
    fc.constantFrom("I am stuck", "Why?", ""),
  );
  const language = fc.constantFrom("en-US", "fr-FR", "fr-CA", "de-DE");

  /** The coach's own words: what stands around the sentence it asks for. */
  function ownWords(reply: string, asked: Brief): string {
    const text = asked.kind === "drill" ? asked.next : asked.kind === "greeting" ? asked.sentence : undefined;
    return text && reply.endsWith(text) ? reply.slice(0, -text.length) : reply;
  }

  test("short, one question at most, no preaching, and the same again for the same turn", async () => {
    await fc.assert(
      fc.asyncProperty(brief, userText, language, async (asked, text, tongue) => {
        const items: PromptItem[] = [{ role: "user", text }];
        const reply = await say(asked, items, tongue);
        const own = ownWords(reply, asked);
        expect(own.trim()).not.toBe("");
        expect(own).not.toMatch(/\bundefined\b|\bnull\b|\s{2}/);
        expect(
          own
            .trim()
            .split(/\s+/)
            .filter((piece) => /\p{L}/u.test(piece)).length,
        ).toBeLessThanOrEqual(40);
        expect(own.split("?").length - 1).toBeLessThanOrEqual(1);
        expect(own).not.toMatch(/you should|you must|you need to|vous devez|vous devriez|il faut/i);
        expect(await say(asked, items, tongue)).toBe(reply);
      }),
      { seed: 1, numRuns: 400 },
    );
  });

  test("never claims words it did not understand", async () => {
    await fc.assert(
      fc.asyncProperty(talk, userText, language, async (asked, text, tongue) => {
        const reply = await say({ ...asked, understood: false }, [{ role: "user", text }], tongue);
        expect(reply).not.toMatch(
          /you said|you mentioned|you told|your words|I understand|I see that|it sounds like|that's noted|into words|^So you/i,
        );
        expect(reply).not.toMatch(/vous dites|vous avez dit|vos mots|je comprends|c'est noté|en mots/i);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
