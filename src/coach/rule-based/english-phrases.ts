/** The rule-based coach's English. */
import { englishTasks } from "./drill-task-phrases.ts";
import type { Phrases } from "./phrases.ts";
import { englishSounds } from "./sound-tips.ts";

export const english: Phrases = {
  language: "en",
  list: (parts) => joinWords(parts, "and"),
  greeting: {
    coach:
      "Hello, I'm Kuku. I run offline on simple rules, and where I'm not sure of your words, I ask. What would you like to think about today?",
    again: (quoted) =>
      quoted === undefined
        ? "Hello again, I'm Kuku, offline and simple as ever. Something was left open last time. How did it go?"
        : `Hello again, I'm Kuku, offline and simple as ever. Last time you set out to: "${quoted}". How did it go?`,
    reader:
      "Hello, I'm Kuku, your reading coach. I run offline: I hear how you read and a few commands, like next, repeat and stop, but not free words.",
    read: (sentence) => `Please read: ${sentence}`,
  },
  heardNothing: "I heard nothing.",
  plain:
    "I'm a small rule-based voice that runs offline. I can lead a coaching talk or a reading drill, but I can't answer freely.",
  drill: {
    praise: [
      "Every word was right.",
      "Well read, word for word.",
      "That was clear from start to end.",
      "All of it came through.",
    ],
    polish: {
      quick: [
        "It was quick; a little more time gives each word room.",
        "A slower pace will make it even clearer.",
      ],
      slow: ["You took your time; let it flow a bit more.", "Now let the words run together a little."],
      long_pause: [
        "There was one long pause; try the next in one breath.",
        "Try to keep it going without the long pause.",
      ],
    },
    next: ["Next one:", "Here is the next one:", "On to this one:"],
    ownTextAgain: [
      "Read it once more for flow, or say stop.",
      "Another round makes it smoother; say stop when you have had enough.",
    ],
    substituted: (heard, expected, first) => `${first ? "I heard " : ""}${heard} for ${expected}`,
    unclear: (words) => `I couldn't make out ${words}.`,
    omitted: (words) => `I didn't hear ${words}.`,
    inserted: (words) => `I heard ${words} on top.`,
    more: (count) => (count === 1 ? "One more word slipped." : `${count} more words slipped.`),
    endedAfter: (word) => `You stopped after "${word}"; what comes behind it does not count.`,
    sounds: englishSounds,
    trySound: (word, how) => `One thing to try: in "${word}", ${how}.`,
    trySubstituted: [
      (word) => `One thing to try: say "${word}" slowly on its own first.`,
      (word) => `One thing to try: give "${word}" its full sound, first letter to last.`,
      (word) => `One thing to try: pause just before "${word}", then say it clearly.`,
    ],
    tryOmitted: [
      (word) => `One thing to try: slow down just before "${word}".`,
      (word) => `One thing to try: lean on "${word}" a little.`,
      (word) => `One thing to try: point at "${word}" as you reach it.`,
    ],
    tryInserted: [
      "One thing to try: let your eyes run one word ahead.",
      "One thing to try: breathe first, then read straight through.",
    ],
    again: ["Again:", "Once more:", "Let's have it again:"],
    againLong: "Read your text again when you are ready.",
    moveOn: ["Good effort, let's move on:", "We'll come back to that one another day. Now:"],
    notHeard: [
      "I couldn't follow that as a reading of the sentence. Please read it aloud:",
      "That didn't reach me as the sentence. Try again, or say next to skip it:",
      "I still couldn't match that to the sentence. A little closer to the microphone may help:",
    ],
    unjudgeable: {
      noise: [
        "It's too noisy for me to judge that fairly. Find a quieter place or come closer, then read it again:",
        "There is still too much noise around you. Once it is quieter, please read:",
      ],
      second_voice: [
        "I hear another voice beside yours, so I can't tell whose words are whose. When you are alone, read it again:",
        "Someone else can still be heard. Without the other voice, please read:",
      ],
      clipping: [
        "Your voice comes in so loud that it is cut off. Move back a little or turn the microphone down, then read it again:",
        "It is still too loud for the microphone. A little further away, please read:",
      ],
      too_quiet: [
        "You are too quiet for me to judge that. Come closer or turn the microphone up, then read it again:",
        "I still hear you too faintly. Closer to the microphone, please read:",
      ],
      reverberation: [
        "The room echoes too much for me to judge that. Come closer to the microphone, then read it again:",
        "There is still a lot of echo. Close to the microphone, please read:",
      ],
    },
    skipUnheard: [
      "I can't make that one out, so let's skip it. Now:",
      "That one won't reach me; let's leave it. Here is another:",
    ],
    setAside:
      "I can't make out your text from what I hear, so I'll stop asking for it. Read it whenever you like, say repeat to have it again, or give me another text.",
    roundOver: "That was the last one of this round. Well done; say next to read it once more.",
    stillStopped: "We have stopped for now. Say next or repeat when you want to go on.",
    commandNext: ["All right, a new one:", "Sure, here is another:"],
    commandRepeat: ["Here it is:", "Gladly, listen:"],
    commandStop: [
      "Good practice. I'll be quiet now; say next when you want to go on.",
      "We'll stop here, thank you for reading. Say next if you want more.",
    ],
    tasks: englishTasks,
  },
  coaching: {
    notUnderstood: {
      long_pause: [
        "You took a long pause in there, and that's welcome.",
        "I noticed a long, quiet moment in the middle.",
        "You gave that some silence.",
      ],
      quick: [
        "That came out quickly, with a lot of energy.",
        "You were speaking fast just now; take the time you need.",
        "There was speed in your voice.",
      ],
      slow: [
        "You spoke slowly and with care.",
        "I noticed how much time you gave each word.",
        "That was unhurried, and there is room for it.",
      ],
      brief: ["That was short, and that's fine.", "A few words can be enough.", "You kept it brief."],
      lengthy: [
        "You had a lot to say, and you stayed with it.",
        "Thank you for taking that much time.",
        "You went on for a good while, so this seems to have weight.",
      ],
      steady: [
        "You spoke at a steady pace.",
        "Your voice was even just now.",
        "I heard an even, settled voice.",
        "That flowed calmly.",
      ],
      unmeasured: ["Thank you for saying that aloud.", "Thank you, I heard your voice.", "I'm listening."],
    },
    understood: [
      "Thank you, I have that.",
      "All right, that's noted.",
      "Thank you for putting it into words.",
    ],
    inYourWords: (quote) => `In your words: "${quote}".`,
    didYouSay: (words) => `I'd like to write that down. Did you say "${words}"?`,
    sayAgain: "Then it is not written down. Could you say it again, or type it?",
    caughtLittle: [
      "I caught only some of that; you can type it where it matters.",
      "Not every word reached me.",
      "I heard you, but I'm not sure of the words.",
    ],
    told: {
      goal: {
        plain: ["That is where you want to get, and I keep it.", "That's the goal, then; I keep it."],
        quoted: (quote) => `So this is where you want to get: "${quote}".`,
      },
      action: {
        plain: ["That is a step of your own, and I keep it.", "That's a step, and I keep it."],
        quoted: (quote) => `That is a step of your own: "${quote}".`,
      },
      taken_back: { plain: ["All right, that is off the list.", "Then it is off the list again."] },
      idea: {
        plain: ["That's one idea.", "Another one to keep.", "An idea to weigh.", "That may be a way."],
        quoted: (quote) => `An idea: "${quote}".`,
      },
      tried: { plain: ["So that has been tried.", "You have been at it before, then."] },
      obstacle: { plain: ["So that is in the way.", "I see what stands against it."] },
      now: { plain: ["So that is how it is now.", "Thank you, now I have the picture."] },
      people: { plain: ["Thank you, so I know who is in the picture.", "That says who is part of it."] },
      sure: { plain: ["Thank you for the honest answer.", "Good to know."] },
    },
    question: {
      topic: [
        { text: "What makes this matter to you now?" },
        { text: "Which part of it would you most like to look at?" },
        { text: "What brought it to mind today?" },
      ],
      goal: [
        { text: "What would be a good outcome for you by the end of this talk?", asks: "goal" },
        { text: "How would you notice that you had got there?" },
        { text: "What would be different if this went well?" },
      ],
      reality: [
        { text: "What is happening right now?", asks: "now" },
        { text: "What have you tried so far?", asks: "tried" },
        { text: "What is getting in the way?", asks: "obstacle" },
        { text: "Who else is part of this?", asks: "people" },
        { text: "What is already working, even a little?" },
        { text: "What do you know for sure, and what are you guessing?" },
        { text: "Which part of it is yours to change?" },
        { text: "What have you noticed about it lately?" },
      ],
      options: [
        { text: "What could you do?", asks: "idea" },
        { text: "What else would be possible if nothing stood in the way?" },
        { text: "Which of these ideas gives you the most energy?", needsIdeas: true },
        { text: "What would a good friend of yours do here?" },
      ],
      way_forward: [
        { text: "What will you do first?", asks: "action" },
        { text: "When will you do it?", asks: "when" },
        { text: "What might get in the way, and how will you meet it?", notAfter: "obstacle" },
        { text: "Who could support you with it?", notAfter: "people" },
        { text: "How sure are you that you'll do it, from one to ten?", asks: "sure" },
        { text: "What do you take with you from this talk?" },
      ],
    },
    yes: ["Yes, good.", "A yes, thank you."],
    no: ["A no is fine too.", "All right, not that."],
    next: ["Let's take another angle.", "On we go."],
    repeat: ["Gladly, once more.", "Here it is again."],
    today: "What would you like to think about today?",
    askWhen: "When will you do it?",
    wrapUp: {
      because: {
        asked: "Gladly, we can end here.",
        rounds: "We have been talking for a good while.",
        time: "Our time is up.",
      },
      committed: (quoted) =>
        quoted === undefined
          ? "There is a step of your own now."
          : `There is a step of your own now: "${quoted}".`,
      propose: "Shall we wrap up, yes or no?",
      askAgain: "I couldn't tell whether that was a yes. Shall we wrap up, yes or no?",
      goOn: "All right, we go on.",
      goOnUnclear: "Then let's simply go on; say wrap up whenever you want to end.",
      extend: (minutes) => (minutes === 1 ? "Gladly, one more minute." : `Gladly, ${minutes} more minutes.`),
      close: (quoted) =>
        quoted === undefined
          ? "Thank you for this talk. We end here, and your summary follows. Until next time."
          : `Thank you for this talk. You take this with you: "${quoted}". All the best with it; your summary follows. Until next time.`,
    },
    wantsAdvice:
      /\b(you tell me|just tell me|tell me what to|what should i|what would you do|give me (some )?advice)\b/i,
    asked: [
      "That's a question for someone wiser; I run on simple rules and can only ask.",
      "I can't answer that one; asking is all I can do.",
    ],
  },
};

function joinWords(parts: readonly string[], and: string): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} ${and} ${parts.at(-1)}`;
}
