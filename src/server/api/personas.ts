/** Routes of the personas: listed, made by a user for themselves, removed. */
import type { Persona } from "../../coach/personas/personas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import {
  personaBody,
  personaListSchema,
  personaParams,
  personaSummary,
  removedPersonaSchema,
  toPersona,
} from "./schemas/personas.ts";
import type { RestServices } from "./services.ts";

/** `GET` and `POST /api/personas`, `DELETE /api/personas/{id}`. */
export function personaRoutes(app: App, { personas }: RestServices): void {
  app.route({
    method: "GET",
    url: "/api/personas",
    schema: {
      operationId: "listPersonas",
      tags: ["Personas"],
      summary: "Who there is to talk with",
      description: "This server's, and one's own.",
      response: { 200: dataAnswer("All of them, by id.", personaListSchema) },
    },
    config: { access: "user" },
    handler: async (request) => {
      const all = personas.list(principalOf(request).id);
      return success({ personas: all.map(({ persona, own }) => toPersona(persona, own)) });
    },
  });

  app.route({
    method: "POST",
    url: "/api/personas",
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
    config: { access: "user", guests: false },
    handler: async (request, reply) => {
      const persona: Persona = request.body;
      const outcome = await personas.add(principalOf(request).id, persona);
      if (outcome !== "added") throw refusals[outcome]();
      reply.code(201);
      return success(toPersona(persona, true));
    },
  });

  app.route({
    method: "DELETE",
    url: "/api/personas/:id",
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
    config: { access: "user", guests: false },
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
