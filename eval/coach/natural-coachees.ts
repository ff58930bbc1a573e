/**
 * A second set of coachees, written before the rules were changed to suit it: people who hesitate, digress, take things
 * back and talk of others. `told` marks what a line has answered, so that asking for it next would be deaf.
 */
import type { CoachState } from "../../src/coach/coach.ts";
import type { Coachee, Outcome, Told } from "./coachees.ts";

interface Line {
  readonly says: string;
  readonly told?: Told;
}

interface ExpectedAction {
  readonly text: RegExp;
  /** Absent: no time was named. */
  readonly when?: RegExp;
}

interface Script {
  readonly name: string;
  readonly language?: string;
  readonly part: string;
  readonly lines: readonly Line[];
  readonly yes: string;
  readonly goal?: RegExp;
  /** The only actions that the report may hold. */
  readonly actions: readonly ExpectedAction[];
}

const scripts: readonly Script[] = [
  {
    name: "Nadia, phone in bed",
    part: "You look at your phone in bed until one, want to be asleep before midnight, and decide to put the phone in the kitchen at eight from Monday.",
    lines: [
      {
        says: "Hi. Um, so, it's about my phone, I guess. I look at it in bed until, like, one in the morning.",
      },
      { says: "Well, I'd like to be asleep before midnight. That's what I want.", told: "goal" },
      { says: "Right now I scroll for an hour or two, every night, even when I'm dead tired.", told: "now" },
      {
        says: "I tried one of those apps that lock you out. I just, you know, I type in the code.",
        told: "tried",
      },
      { says: "My husband is asleep by ten, so there's nobody to stop me.", told: "people" },
      { says: "Hmm. It's the only time of the day that's mine, if I'm honest." },
      { says: "I could read a book instead. A paper one.", told: "ideas" },
      { says: "Or the phone could charge somewhere else." },
      { says: "I will put my phone in the kitchen at eight from Monday.", told: "when" },
      { says: "Pretty sure. Eight out of ten.", told: "sure" },
      { says: "I think that's it for me." },
    ],
    yes: "Yes, please.",
    goal: /asleep before midnight/,
    actions: [{ text: /^put my phone in the kitchen$/, when: /^at eight from Monday$/ }],
  },
  {
    name: "Omar, the board",
    part: "You digress a lot, have a presentation to the board in three weeks, and decide to rehearse with Lena on Thursday.",
    lines: [
      {
        says: "Okay so, where do I start. There's this presentation. To the board. In three weeks. And last time, oh, last time was a disaster, the projector died and my boss, well, never mind my boss.",
      },
      {
        says: "My goal is to get through it without reading from the slides. Because when I read I sound like, what's it called, one of those airport announcements.",
        told: "goal",
      },
      {
        says: "At the moment I have forty slides and no story. Forty! My daughter says I collect slides like other people collect stamps.",
        told: "now",
      },
      {
        says: "What gets in the way is that I'm scared of forgetting something, so I put everything on there.",
        told: "obstacle",
      },
      { says: "I tried cards once. They fell on the floor. True story.", told: "tried" },
      { says: "Lena has done ten of these, she's in finance. She's good." },
      { says: "Maybe I could cut it down to ten. Or, um, tell it as a story, with one customer." },
      { says: "Another idea is to ask Lena to listen." },
      { says: "Yeah, the second one. I'm going to rehearse it with Lena on Thursday.", told: "when" },
      { says: "What might go wrong? She's busy. Then I'll ask my wife, she's brutal.", told: "obstacle" },
      { says: "Okay, I have to go now." },
    ],
    yes: "Yes, let's stop there.",
    goal: /get through it without reading from the slides/,
    actions: [{ text: /rehearse it with Lena/, when: /on Thursday/ }],
  },
  {
    name: "Ruth, few words",
    part: "You are retired, answer in few words, and do not decide anything.",
    lines: [
      { says: "Retirement." },
      { says: "Dunno really. Something to get up for." },
      { says: "Well. The days are long." },
      { says: "Tried the choir. Too loud." },
      { says: "My knees." },
      { says: "My neighbour, sometimes." },
      { says: "The library, perhaps." },
      { says: "Not sure." },
      { says: "Might ask them." },
      { says: "We'll see." },
      { says: "That's all for today." },
    ],
    yes: "Yes.",
    actions: [],
  },
  {
    name: "Léa, examens",
    language: "fr-FR",
    part: "Vous préparez un examen de droit, vous dispersez, et décidez de faire un plan ce soir.",
    lines: [
      { says: "Bonjour. Euh, en fait c'est mon examen de droit, dans un mois. Je m'y perds un peu." },
      { says: "Je voudrais arriver à l'examen sans paniquer.", told: "goal" },
      {
        says: "En ce moment, j'ouvre six livres à la fois, et puis je finis sur mon téléphone.",
        told: "now",
      },
      {
        says: "J'ai essayé de travailler à la bibliothèque, mais il y avait trop de monde.",
        told: "tried",
      },
      { says: "Ce qui bloque, c'est que je ne sais jamais par où commencer.", told: "obstacle" },
      { says: "Ma sœur a passé le même examen l'année dernière.", told: "people" },
      { says: "Je pourrais lui demander ses fiches.", told: "ideas" },
      { says: "Ou alors, hum, une matière par jour." },
      { says: "Je vais faire un plan de révision ce soir.", told: "when" },
      { says: "Huit sur dix, je dirais.", told: "sure" },
      { says: "C'est tout pour aujourd'hui." },
    ],
    yes: "Oui, merci.",
    goal: /arriver à l'examen sans paniquer/,
    actions: [{ text: /faire un plan de révision/, when: /ce soir/ }],
  },
  {
    name: "Marc, le dos",
    language: "fr-FR",
    part: "Vous avez mal au dos, hésitez beaucoup, et décidez d'aller nager mardi.",
    lines: [
      { says: "Ben, c'est mon dos. Ça fait, je sais pas, deux ans que ça traîne." },
      { says: "Mon objectif, c'est de pouvoir porter ma fille sans avoir mal.", told: "goal" },
      {
        says: "Actuellement je suis assis dix heures par jour, et le soir, bah, je m'allonge.",
        told: "now",
      },
      { says: "Le kiné m'a dit qu'il va me donner des exercices. Il a oublié, je crois." },
      { says: "J'ai essayé la course, mais bon, les genoux.", told: "tried" },
      { says: "Si je perds mon travail, je ferai du sport, ça c'est sûr." },
      { says: "Peut-être que je pourrais nager." },
      { says: "Ou marcher jusqu'au bureau." },
      { says: "Bon. J'irai à la piscine mardi midi.", told: "when" },
      { says: "Ma femme m'aidera, elle y va déjà.", told: "people" },
      { says: "On peut s'arrêter là ?" },
    ],
    yes: "Oui.",
    goal: /porter ma fille sans avoir mal/,
    actions: [{ text: /piscine/, when: /mardi midi/ }],
  },
  {
    name: "Ben, the flatmate",
    part: "You tell what your flatmate says and does, exaggerate, and decide to write the three rules down tonight.",
    lines: [
      { says: "My flatmate, Josh. He never, ever does the dishes." },
      { says: "I just want a kitchen I can cook in. That's not much, is it?", told: "goal" },
      { says: "He said he'll do them on Sunday. He says that every week." },
      { says: "If he does it again I'll throw his plates out of the window, I swear." },
      { says: "I've tried shouting. I've tried notes on the fridge.", told: "tried" },
      { says: "The thing that's stopping me is that he's also my best friend.", told: "obstacle" },
      { says: "He will probably move out in June anyway." },
      { says: "We could have, like, three rules. On paper. I don't know." },
      { says: "Or I eat out for the rest of my life, haha." },
      { says: "I'll write the three rules down tonight and show him.", told: "when" },
      { says: "I'm done, thanks." },
    ],
    yes: "Yep.",
    goal: /a kitchen I can cook in/,
    actions: [{ text: /write the three rules down/, when: /tonight/ }],
  },
  {
    name: "Priya, changes her mind",
    part: "You want a new job, commit to calling a recruiter, take it back, and decide to update your CV on Saturday.",
    lines: [
      { says: "I've been in the same job for nine years, and I'm, well, bored is the word." },
      { says: "By the end of this I'd like to know what my next step is.", told: "goal" },
      {
        says: "Currently I do the same reports every month, I could do them asleep.",
        told: "now",
      },
      { says: "I applied for two things in spring. Nobody answered.", told: "tried" },
      { says: "My manager doesn't want to lose me, so he's no help.", told: "people" },
      { says: "Money, mostly. We have the mortgage.", told: "obstacle" },
      { says: "I could call a recruiter. Or go part time and study." },
      { says: "I'll call a recruiter tomorrow.", told: "when" },
      { says: "Hmm, no. Actually I won't call a recruiter, that's too early." },
      { says: "I'm going to update my CV on Saturday morning.", told: "when" },
      { says: "Let's leave it there." },
    ],
    yes: "Yes, thanks.",
    goal: /know what my next step is/,
    actions: [{ text: /update my CV/, when: /on Saturday morning/ }],
  },
  {
    name: "Tomas, second language",
    part: "You speak simple English with mistakes, have little time for your children, and decide to come home at five on Wednesday.",
    lines: [
      { says: "I have problem with time. Work is all the day." },
      { says: "I want to have more time for my childrens.", told: "goal" },
      { says: "Now I come home at eight, they already sleep.", told: "now" },
      { says: "I am tried to go more early, but always one meeting come.", told: "tried" },
      { says: "My chief, he like that we stay.", told: "people" },
      { says: "My wife, she is sad about it." },
      { says: "I can say to my chief that I have family." },
      { says: "Maybe I could work one evening from home." },
      { says: "I will come home at five on Wednesday.", told: "when" },
      { says: "I think it is possible, yes. Seven." },
      { says: "Finish, please." },
    ],
    yes: "Yes yes, okay.",
    goal: /have more time for my childrens/,
    actions: [{ text: /come home/, when: /at five on Wednesday/ }],
  },
  {
    name: "Grace, grief",
    part: "You miss your father, who died in spring, use strong figures of speech, and decide nothing.",
    lines: [
      { says: "My dad died in spring. I don't really know why I'm calling this a topic." },
      { says: "I don't have a goal. Can one have a goal with this?" },
      { says: "It comes in waves. In the supermarket, of all places, by the marmalade." },
      { says: "I'd kill for one more Sunday breakfast with him." },
      { says: "My brother doesn't talk about it. At all.", told: "people" },
      { says: "I've started writing letters to him. Is that odd?", told: "tried" },
      { says: "What helps is walking the dog. He was dad's dog." },
      { says: "I could tell my brother about the letters." },
      { says: "No. No, I don't want to decide anything today." },
      { says: "It was good to say it, though." },
      { says: "Let's end here." },
    ],
    yes: "Yes. Thank you.",
    actions: [],
  },
  {
    name: "Jonas, all at once",
    part: "You say everything in the first sentence and are impatient.",
    lines: [
      {
        says: "Right. My topic is email, I want to have an empty inbox by Friday, right now it's four hundred unread, and nothing I tried worked.",
        told: "goal",
      },
      { says: "I told you. An empty inbox by Friday.", told: "goal" },
      { says: "Right now I answer mail until ten.", told: "now" },
      { says: "It's always the newsletters, they get in the way.", told: "obstacle" },
      { says: "Filters. Folders. None of it.", told: "tried" },
      { says: "Nobody else. Just me.", told: "people" },
      { says: "I could unsubscribe from the lot.", told: "ideas" },
      { says: "I'll unsubscribe from every newsletter this afternoon.", told: "when" },
      { says: "Ten out of ten.", told: "sure" },
      { says: "Can we wrap up?" },
    ],
    yes: "Yes.",
    goal: /have an empty inbox by Friday/,
    actions: [{ text: /unsubscribe from every newsletter/, when: /this afternoon/ }],
  },
];

/** Whether the coach proposes to end. */
const proposes = (coach: string) => /wrap up|end here|conclure|finir ici|yes or no|oui ou non/i.test(coach);

const talkOf = ({ state }: Outcome) =>
  state.flow === "coaching" ? state.talk : ({ facts: [], options: [], goal: undefined } as const);

/** What of the coach's notes is filed both as an action and under another heading. */
function filedTwice(state: CoachState): boolean {
  if (state.flow !== "coaching") return false;
  const { actions, facts, options } = state.talk;
  const others = [...facts, ...options].map((text) => text.toLowerCase());
  const same = facts.some((fact) => options.includes(fact));
  return (
    same ||
    actions.some(({ text, when = "" }) =>
      others.some((other) => other.includes(text.toLowerCase()) && other.includes(when.toLowerCase())),
    )
  );
}

function outcomeGoals({ goal, actions }: Script): Coachee["goals"] {
  return {
    ends: ({ ended }) => ended,
    ...(goal && { "keeps the goal": (outcome: Outcome) => goal.test(talkOf(outcome).goal ?? "") }),
    "keeps the actions, and no others": ({ report }) =>
      report.actions.length === actions.length &&
      actions.every(({ text, when }) =>
        report.actions.some(
          (kept) => text.test(kept.text) && (when ? when.test(kept.when ?? "") : kept.when === undefined),
        ),
      ),
    "one heading each": ({ state }) => !filedTwice(state),
    "no alarm": ({ state }) => state.flagged === undefined,
  };
}

/** The next line, whatever the coach asks; the last one again once all were said. */
function scripted(script: Script): Coachee {
  const { name, language, part, lines, yes } = script;
  return {
    name,
    language,
    part,
    line: (round, coach) => (proposes(coach) ? yes : (lines[round - 1] ?? lines.at(-1))?.says),
    toldBy: (words) => lines.find(({ says }) => says === words)?.told,
    goals: outcomeGoals(script),
  };
}

export const naturalCoachees: readonly Coachee[] = scripts.map(scripted);
