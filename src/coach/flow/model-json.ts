/** Reads JSON that a model was asked for. */
import { z } from "zod";
import type { AnswerForm } from "../../ports/prompt.ts";

/** Longer answers are not looked at, characters. */
const longestAnswer = 50_000;

/** The answer if it is JSON of this form and nothing else, but for code fences around it; otherwise undefined. Never throws. */
export function modelJson<T extends z.ZodType>(text: string, form: T): z.infer<T> | undefined {
  if (text.length > longestAnswer) return undefined;
  const bare = /^```(?:json)?\s*\n([\s\S]*?)\n?\s*```$/i.exec(text.trim())?.[1] ?? text;
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch {
    return undefined;
  }
  const parsed = form.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** The form of an answer that `modelJson` reads, for models that can be held to one. */
export function answerForm(name: string, form: z.ZodType): AnswerForm {
  const { $schema: _, ...schema } = z.toJSONSchema(form, { io: "input", unrepresentable: "any" });
  return { name, schema };
}
