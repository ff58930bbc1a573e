/** Composes the rule-based coach's reply to a prompt: short, with one question at most, from known facts alone. */
import { primaryLanguage } from "../../lib/language.ts";
import type { Prompt } from "../../ports/prompt.ts";
import { coachingReply } from "./coaching-reply.ts";
import { drillReply } from "./drill-reply.ts";
import { askForTask } from "./drill-task-reply.ts";
import { english } from "./english-phrases.ts";
import { french } from "./french-phrases.ts";
import type { Phrases } from "./phrases.ts";
import { practiceReply } from "./practice-reply.ts";
import { quotable } from "./quotable.ts";

const languages: readonly Phrases[] = [english, french];

/** The whole reply, decided by the prompt alone. Languages without phrases of their own are answered in English. */
export function composeReply(prompt: Pick<Prompt, "brief" | "items" | "language">): string {
  const { brief, items } = prompt;
  const phrases = phrasesFor(prompt.language);
  if (brief.silent) return phrases.heardNothing;
  switch (brief.kind) {
    case "greeting": {
      const { coach, again, reader, read } = phrases.greeting;
      const [open] = brief.openActions ?? [];
      if (open) return again(quotable(open.text));
      if (brief.sentence === undefined) return coach;
      return `${reader} ${brief.task ? askForTask(brief.task, brief.sentence, phrases) : read(brief.sentence)}`;
    }
    case "drill":
      return drillReply(brief, phrases);
    case "coaching":
      return coachingReply(brief, items, phrases);
    case "practice":
      return practiceReply(brief, prompt.language);
    case "care":
      return brief.says;
    case "plain":
      return phrases.plain;
  }
}

function phrasesFor(language: string): Phrases {
  const primary = primaryLanguage(language);
  return languages.find((candidate) => candidate.language === primary) ?? english;
}
