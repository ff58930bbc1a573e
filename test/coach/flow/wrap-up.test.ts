import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advanceCoach, type CoachState, withdrawProposal } from "../../../src/coach/coach.ts";
import { afterRounds, coachingBrief, talkOf, talkWith, tell, voice } from "./conversations.ts";

const minutes = 60_000;
/** A conversation in which the end was just proposed. */
const proposed = () => tell(talkWith(), "My work.", "Let's wrap up.").state;

describe("proposing the end", () => {
  test("[FL8] after 25 rounds", () => {
    const step = tell(afterRounds(23), voice);
    expect(step.wrapUp).toBeUndefined();
    const last = tell(step.state, voice);
    expect(last).toMatchObject({ wrapUp: { state: "proposed" }, stage: { round: 25 } });
    expect(coachingBrief(last).wrapUp).toEqual({ do: "propose", because: "rounds" });
    expect(last.ends).toBeUndefined();
  });

  test("[FL8] after 30 minutes, which begin when the conversation opens or with its first turn", () => {
    const open = talkWith({ now: 1000 });
    const early = advanceCoach(open, voice, { now: 1000 + 30 * minutes - 1 });
    expect(early.wrapUp).toBeUndefined();
    const late = advanceCoach(early.state, voice, { now: 1000 + 30 * minutes });
    expect(coachingBrief(late).wrapUp).toEqual({ do: "propose", because: "time" });
    const first = advanceCoach(talkWith(), voice, { now: 90 * minutes });
    expect(first.wrapUp).toBeUndefined();
    expect(advanceCoach(first.state, voice, { now: 120 * minutes }).wrapUp).toEqual({ state: "proposed" });
    expect(advanceCoach(first.state, voice).wrapUp).toBeUndefined();
  });

  test("[FL8] once the way forward holds a commitment", () => {
    const asked = afterRounds(12);
    expect(talkOf(asked).stage).toBe("way_forward");
    const step = tell(asked, "I will call my sister tomorrow.");
    expect(coachingBrief(step)).toMatchObject({
      wrapUp: { do: "propose", because: "committed" },
      actions: [{ text: "call my sister", when: "tomorrow" }],
    });
    expect(tell(asked, "I could call my sister tomorrow.").wrapUp).toBeUndefined();
    expect(tell(afterRounds(5), "I will call my sister tomorrow.").wrapUp).toBeUndefined();
  });

  test.each([
    ["en-US", "let's wrap up"],
    ["en-US", "Could we wrap up here?"],
    ["en-US", "Can you summarise, please?"],
    ["en-US", "end the session"],
    ["en-US", "Okay, I have to go now."],
    ["en-US", "That's all for today."],
    ["fr-FR", "On peut conclure ?"],
    ["fr-FR", "Fais-moi un résumé."],
    ["fr-FR", "Je dois y aller."],
  ])("[FL8] when the user asks, in %s: %s", (language, text) => {
    const step = tell(talkWith({ language }), voice, text);
    expect(coachingBrief(step).wrapUp).toEqual({ do: "propose", because: "asked" });
    expect(step.ends).toBeUndefined();
  });

  test.each([
    ["en-US", "I need to wrap up the project by Friday."],
    ["en-US", "I want to stop smoking."],
    ["en-US", "I don't want to end the session."],
    ["en-US", "I want to finish my thesis."],
    ["fr-FR", "J'aimerais arrêter de fumer."],
    ["fr-FR", "Je ne veux pas terminer la séance."],
  ])("[FL8] but not when something else is meant, in %s: %s", (language, text) => {
    expect(tell(talkWith({ language }), voice, text).wrapUp).toBeUndefined();
  });
});

describe("the answer", () => {
  test.each([
    ["en-US", "Yes."],
    ["en-US", "yes, let's do that"],
    ["en-US", "Sure, why not."],
    ["en-US", "That's fine, thank you."],
    ["en-US", "Okay, let's wrap up."],
    ["en-US", "Yes, and I'll call her tomorrow morning."],
    ["en-US", "Yes, that was very helpful, thank you so much!"],
    ["fr-FR", "Oui, on peut conclure."],
    ["fr-FR", "D'accord, merci beaucoup."],
    ["fr-FR", "C'est bon pour moi."],
  ])("[FL9] yes ends it, in %s: %s", (language, text) => {
    const open = tell(talkWith({ language }), language === "fr-FR" ? "on conclut" : "wrap up").state;
    const step = tell(open, text);
    expect(step).toMatchObject({ wrapUp: { state: "confirmed" }, ends: true });
    expect(coachingBrief(step).wrapUp).toEqual({ do: "close" });
  });

  test.each([
    ["en-US", "no"],
    ["en-US", "No, not yet."],
    ["en-US", "Not really, I want to talk about my boss too."],
    ["en-US", "Let's continue."],
    ["en-US", "One more thing."],
    ["fr-FR", "Non, pas encore."],
    ["fr-FR", "Je voudrais continuer un peu."],
  ])("[FL9] no goes on, in %s: %s", (language, text) => {
    const open = tell(talkWith({ language }), language === "fr-FR" ? "on conclut" : "wrap up").state;
    const step = tell(open, text);
    expect(step.wrapUp).toEqual({ state: "declined" });
    expect(step.ends).toBeUndefined();
    expect(coachingBrief(step).wrapUp).toEqual({ do: "go_on" });
  });

  test.each([
    ["en-US", "Give me five more minutes.", 5],
    ["en-US", "Could we have 10 more minutes please?", 10],
    ["en-US", "just a bit more time", 5],
    ["en-US", "No, ninety more… I mean 90 more minutes", 30],
    ["fr-FR", "Encore cinq minutes.", 5],
    ["fr-FR", "Dix minutes de plus, s'il vous plaît.", 10],
  ])("[FL9] more time is given, in %s: %s", (language, text, given) => {
    const open = tell(talkWith({ language }), language === "fr-FR" ? "on conclut" : "wrap up").state;
    const step = tell(open, text);
    expect(step.wrapUp).toEqual({ state: "extended" });
    expect(coachingBrief(step).wrapUp).toEqual({ do: "extend", minutes: given });
  });

  test("[FL9] a no silences the proposal for five rounds, unless the user asks", () => {
    const declined = tell(afterRounds(25), "no").state;
    expect(tell(declined, "Let's wrap up.").wrapUp).toEqual({ state: "proposed" });
    const silent = afterRounds(4, declined);
    expect(talkOf(silent).wrapUp.state).toBe("declined");
    expect(tell(silent, voice).wrapUp).toEqual({ state: "proposed" });
  });

  test("[FL9] minutes are added to the time, from now on where it is over already", () => {
    const at = (state: CoachState, minute: number, text: string) =>
      advanceCoach(state, { text }, { now: minute * minutes });
    const open = at(talkWith({ now: 0 }), 40, "Hello, it is about work.");
    expect(open.wrapUp).toEqual({ state: "proposed" });
    let state = at(open.state, 40, "ten more minutes").state;
    expect(talkOf(state)).toMatchObject({ extensions: 1, extendedMs: 20 * minutes });
    for (let round = 0; round < 10; round++) state = at(state, 49, "It is hard.").state;
    expect(talkOf(state).wrapUp.state).toBe("declined");
    expect(at(state, 50, "It is hard.").wrapUp).toEqual({ state: "proposed" });
  });

  test("[FL9] a yes is taken back by a no during the closing words, and by nothing else", () => {
    const closing = tell(proposed(), "yes").state;
    expect(tell(closing, voice)).toMatchObject({ ends: true });
    expect(tell(closing, "Thank you, goodbye.")).toMatchObject({ ends: true });
    const back = tell(closing, "No, wait.");
    expect(back.wrapUp).toEqual({ state: "declined" });
    expect(back.ends).toBeUndefined();
  });

  test.each([
    "Hmm.",
    "I don't know.",
    "Yes, but there is my boss.",
    "Yes. Wait, no.",
    "Yes, my boss always did that to me when I asked.",
    "No, let's wrap up.",
    "No, that's all.",
    "Maybe.",
    "What do you mean?",
    "Yes?",
    "Sounds good?",
    "No idea.",
    "No, I have to go.",
    "I don't need five more minutes.",
    "yes let's continue",
  ])("[FL10] %s is neither: it is asked for once more, then the coaching goes on", (text) => {
    const again = tell(proposed(), text);
    expect(again.wrapUp).toBeUndefined();
    expect(again.ends).toBeUndefined();
    expect(coachingBrief(again).wrapUp).toEqual({ do: "ask_again" });
    const on = tell(again.state, text);
    expect(on.wrapUp).toEqual({ state: "declined" });
    expect(coachingBrief(on).wrapUp).toEqual({ do: "go_on", unclear: true });
    expect(talkOf(on.state)).toMatchObject({ extensions: 0, extendedMs: 0 });
    expect(tell(again.state, "yes").ends).toBe(true);
  });

  test("[FL10] speech that was not understood is no answer; a command that was spotted is", () => {
    expect(coachingBrief(tell(proposed(), voice)).wrapUp).toEqual({ do: "ask_again" });
    const spotted = { transcript: { text: "yes", understood: true, command: "yes" } } as const;
    expect(tell(proposed(), spotted).ends).toBe(true);
  });

  test("a proposal that nobody heard is made again, and a yes meanwhile is no answer to it", () => {
    const unheard = withdrawProposal(afterRounds(25));
    const step = tell(unheard, "Yes.");
    expect(step.ends).toBeUndefined();
    expect(step.wrapUp).toEqual({ state: "proposed" });
    const state = afterRounds(3);
    expect(withdrawProposal(state)).toBe(state);
    const closing = tell(proposed(), "yes").state;
    expect(withdrawProposal(closing)).toBe(closing);
  });

  test.each([
    ["de-DE", "Ja, gerne.", "Noch nicht."],
    ["es-ES", "Sí.", "No."],
    ["it-IT", "Va bene", "Non ancora"],
    ["nl-NL", "Ja graag.", "Nee."],
    ["pt-BR", "Sim, obrigado!", "Ainda não."],
  ])("[FL9] plain answers are understood in %s", (language, yes, no) => {
    const open = afterRounds(25, talkWith({ language }));
    expect(tell(open, yes).ends).toBe(true);
    expect(tell(open, no).wrapUp).toEqual({ state: "declined" });
    expect(coachingBrief(tell(open, `${yes}?`)).wrapUp).toEqual({ do: "ask_again" });
  });

  test("asking for the question again leaves it open", () => {
    const state = proposed();
    expect(tell(state, "repeat please").state).toEqual(state);
  });

  test("[FL9] nothing but a yes to the question ever ends a conversation", () => {
    const words = fc.oneof(
      fc.lorem({ maxCount: 12 }),
      fc.constantFrom(
        "yes",
        "no",
        "stop",
        "wrap up",
        "I will call Tim today.",
        "five more minutes",
        "",
        "okay",
        "hm",
      ),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (turns) => {
        let state = talkWith({ now: 0 });
        turns.forEach((text, index) => {
          const before = talkOf(state).wrapUp.state;
          const step = advanceCoach(state, { text }, { now: index * minutes });
          if (step.ends) expect(["proposed", "confirmed"]).toContain(before);
          if (step.ends && before === "proposed") expect(text).toMatch(/^(yes|okay|stop|wrap up)$/);
          state = step.state;
        });
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
