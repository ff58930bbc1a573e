/** Understands, in free words, that someone asks for the end of a conversation, and how they answer when asked. Pure. */
import { primaryLanguage } from "../../lib/language.ts";
import { commitmentsIn } from "./commitments.ts";
import { plainWords } from "./patterns.ts";
import { patternsFor } from "./patterns-by-language.ts";

/** The answer to "shall we end here?"; `extend`: go on for so many minutes, 1–30. */
export type EndingAnswer = "yes" | "no" | { readonly extend: number };

/** More words than this answer nothing any more: they tell something. */
const longestAsk = 25;
const longestMore = 12;
/** Words beside a yes that are not known to leave it one. */
const unknownBesideYes = 2;
const longestExtensionMinutes = 30;

/** Whether the user asks to end the conversation, or to have it summed up. Generous: what follows is only a question. */
export function asksToEnd(text: string, language: string): boolean {
  const { ending, negation } = patternsFor(language);
  const said = plainWords(text);
  if (said === "" || said.split(" ").length > longestAsk) return false;
  return ending.ask.some((way) => {
    const found = way.exec(said);
    // "I don't want to end the session" is the opposite.
    return found !== null && !negation.test(said.slice(0, found.index + found[0].length));
  });
}

/** Plain answers in languages that have no patterns of their own, so that a conversation in them can be ended too. */
const plainAnswers: Readonly<Record<string, { readonly yes: string; readonly no: string }>> = {
  de: {
    yes: "ja|ja gerne|ja bitte|gerne|ja danke|einverstanden",
    no: "nein|nein danke|noch nicht|nein noch nicht",
  },
  es: { yes: "sí|si|sí gracias|claro|de acuerdo|vale", no: "no|todavía no|aún no|no gracias" },
  it: { yes: "sì|si|sì grazie|certo|va bene|d'accordo", no: "no|non ancora|no grazie" },
  nl: { yes: "ja|ja graag|graag|prima|ja bedankt", no: "nee|nog niet|nee dank je" },
  pt: { yes: "sim|sim obrigado|sim obrigada|claro|está bem", no: "não|ainda não|não obrigado|não obrigada" },
};

function plainAnswer(said: string, language: string): "yes" | "no" | undefined {
  const answers = plainAnswers[primaryLanguage(language)];
  if (answers?.yes.split("|").includes(said)) return "yes";
  return answers?.no.split("|").includes(said) ? "no" : undefined;
}

/**
 * The answer to the proposal to end. Undefined whenever it is not plain: a yes that is followed by "but" or by
 * anything not known to belong to a yes, a question, a story.
 */
export function readEndingAnswer(text: string, language: string): EndingAnswer | undefined {
  const { ending } = patternsFor(language);
  const said = plainWords(text);
  if (said === "") return undefined;
  const plain = text.includes("?") ? undefined : plainAnswer(said, language);
  if (plain) return plain;
  const more = said.split(" ").length <= longestMore ? ending.moreTime.exec(said) : null;
  if (more && !refused(said.slice(0, more.index), language)) {
    return { extend: minutesOf(more, language) };
  }
  if (ending.no.test(said) && !ending.notANo.test(said) && !asksToEnd(afterNo(said), language)) return "no";
  return isPlainYes(text, said, language) ? "yes" : undefined;
}

/** "I don't need five more minutes." */
function refused(before: string, language: string): boolean {
  return patternsFor(language).negation.test(before.replace(/^(?:no|non|not yet|pas encore)\b/, ""));
}

/** "No, let's wrap up" is no plain no. */
function afterNo(said: string): string {
  return said.replace(/^(?:(?:no|nope|non|nan) )+/, "");
}

function isPlainYes(text: string, said: string, language: string): boolean {
  const { ending } = patternsFor(language);
  if (text.includes("?")) return false;
  const asks = asksToEnd(text, language);
  // What was promised along with the yes does not change it.
  const promised = commitmentsIn(text, language).reduce(
    (rest, { clause }) => rest.replace(clause, " "),
    said,
  );
  const bare = promised.replace(/\s+/g, " ").trim();
  if (!ending.yes.test(bare) && !asks) return false;
  if (ending.reservation.test(bare.replace(/why not|pourquoi pas/, " "))) return false;
  if (asks) return true;
  const rest = bare.replaceAll(ending.withYes, " ").trim();
  return rest === "" || rest.split(/\s+/).length <= unknownBesideYes;
}

function minutesOf(more: RegExpExecArray, language: string): number {
  const { numbers, ending } = patternsFor(language);
  const { count, other, asked, bare } = more.groups ?? {};
  const word = count ?? other ?? asked ?? bare;
  const minutes = word === undefined ? undefined : (numbers[word] ?? Number(word));
  if (minutes === undefined || Number.isNaN(minutes)) return ending.defaultMinutes;
  return Math.min(Math.max(minutes, 1), longestExtensionMinutes);
}
