/** Personas as requests bring them and answers tell them. */
import { z } from "zod";
import { type Persona, personaSchema } from "../../../coach/personas/personas.ts";

/** A whole persona, as in docs/personas.md, with its instructions in it. */
export const personaBody = personaSchema.meta({
  id: "NewPersona",
  description: "docs/personas.md tells each field.",
  examples: [
    {
      id: "sales-interviewer",
      name: "Sales interviewer",
      flow: "interview",
      language: "en-US",
      voices: ["default"],
      greets: true,
      turnTaking: "patient",
      questions: { en: ["Sell me this pen.", "How do you take a no?"] },
      instructions:
        "You interview for a job in sales. Ask what the facts of the turn say, and react briefly.",
    },
  ],
});

export const personaParams = z.object({
  id: z
    .string()
    .max(40)
    .regex(/^[a-z][a-z0-9-]*$/, "is no persona's id")
    .meta({ description: "Names a persona.", examples: ["sales-interviewer"] }),
});

const examplePersona = {
  id: "interviewer",
  name: "Kuku, interviewer",
  flow: "interview" as const,
  language: "en-US",
  own: false,
};

export const personaSummary = z
  .object({
    id: z.string().meta({ description: "For `model`, and for the `persona` of a session." }),
    name: z.string(),
    flow: z.enum(["coaching", "drill", "interview", "rehearsal"]),
    language: z.string().meta({ description: "BCP 47; where a session names none." }),
    own: z.boolean().meta({ description: "Made by whoever asks." }),
  })
  .meta({ id: "Persona", examples: [examplePersona] });

export const personaListSchema = z
  .object({ personas: z.array(personaSummary) })
  .meta({ id: "PersonaList", examples: [{ personas: [examplePersona] }] });

export const removedPersonaSchema = z
  .object({ id: z.string(), removed: z.literal(true) })
  .meta({ id: "RemovedPersona", examples: [{ id: "sales-interviewer", removed: true }] });

/** A persona as answers tell it. */
export function toPersona(persona: Persona, own: boolean): z.input<typeof personaSummary> {
  const { id, name, flow, language } = persona;
  return { id, name, flow, language, own };
}
