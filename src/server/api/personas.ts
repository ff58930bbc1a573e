/** Personas: listed, made by a user for themselves, removed. */

import { z } from "zod";
import { type Persona, personaSchema } from "../../coach/personas/personas.ts";
import { named } from "../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import type { RestServices } from "./services.ts";

/** A whole persona, as in docs/personas.md, with its instructions in it. */
const personaBody = personaSchema.meta({
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

const personaParams = z.object({
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

const personaSummary = z
  .object({
    id: z.string().describe("For `model`, and for the `persona` of a session."),
    name: z.string(),
    flow: z.enum(["coaching", "drill", "interview", "rehearsal"]),
    language: z.string().describe("BCP 47; where a session names none."),
    own: z.boolean().describe("Made by whoever asks."),
  })
  .meta(named("Persona", examplePersona));

const personaListSchema = z
  .object({ personas: z.array(personaSummary) })
  .meta(named("PersonaList", { personas: [examplePersona] }));

const removedPersonaSchema = z
  .object({ id: z.string(), removed: z.literal(true) })
  .meta(named("RemovedPersona", { id: "sales-interviewer", removed: true }));

/** A persona as answers tell it. */
function toPersona(persona: Persona, own: boolean): z.input<typeof personaSummary> {
  const { id, name, flow, language } = persona;
  return { id, name, flow, language, own };
}

/** `GET` and `POST /api/personas`, `DELETE /api/personas/{id}`. */
export function personaRoutes(app: App, services: RestServices): void {
  listRoute(app, services);
  createRoute(app, services);
  removeRoute(app, services);
}

function listRoute(app: App, { personas }: RestServices): void {
  app.get("/api/personas", {
    schema: {
      operationId: "listPersonas",
      tags: ["Personas"],
      summary: "Who there is to talk with",
      description: "This server's, and one's own; with a client secret these with the scope `personas`.",
      response: { 200: dataAnswer("All of them, by id.", personaListSchema) },
    },
    config: { access: "user", secrets: "read" },
    handler: async (request) => {
      const { id, secretId, scopes } = principalOf(request);
      const own = secretId === undefined || scopes?.includes("personas");
      const all = personas.list(id).filter((each) => own || !each.own);
      return success({ personas: all.map(({ persona, own }) => toPersona(persona, own)) });
    },
  });
}

function createRoute(app: App, { personas }: RestServices): void {
  app.post("/api/personas", {
    schema: {
      operationId: "createPersona",
      tags: ["Personas"],
      summary: "Make a persona",
      description: "For oneself alone; one's own of the same id is replaced.",
      body: personaBody,
      response: {
        201: dataAnswer("It is there.", personaSummary),
        ...failures({
          409: "The id is taken, there are too many, or none can be made here: on several nodes they come from PERSONAS_DIR.",
        }),
      },
    },
    // What is kept for good is for those whom it can be kept for.
    config: { access: "user", secrets: "personas", guests: false },
    handler: async (request, reply) => {
      const persona: Persona = request.body;
      const outcome = await personas.add(principalOf(request).id, persona);
      if (outcome !== "added") throw refusals[outcome]();
      reply.code(201);
      return success(toPersona(persona, true));
    },
  });
}

function removeRoute(app: App, { personas }: RestServices): void {
  app.delete("/api/personas/:id", {
    schema: {
      operationId: "removePersona",
      tags: ["Personas"],
      summary: "Remove one's persona",
      description: "Sessions that are under way with it go on; later ones cannot be taken up again.",
      params: personaParams,
      response: {
        200: dataAnswer("It is gone.", removedPersonaSchema),
        ...failures({ 404: "There is no such persona, or it is not one's own." }),
      },
    },
    config: { access: "user", secrets: "personas", guests: false },
    handler: async (request) => {
      const { id } = request.params;
      if (!(await personas.remove(principalOf(request).id, id)))
        throw new HttpError(404, "PERSONA_NOT_FOUND", "There is no such persona of yours.");
      return success({ id, removed: true as const });
    },
  });
}

const refusals = {
  taken: () => new HttpError(409, "PERSONA_EXISTS", "There is a persona of this id that is not yours."),
  full: () => new HttpError(409, "TOO_MANY_PERSONAS", "There are as many personas as there may be."),
  fixed: () => new HttpError(409, "PERSONAS_FIXED", "Personas come from PERSONAS_DIR on this server."),
};
