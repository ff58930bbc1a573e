/** Which engines hear, answer and speak, and for whoever administers the server the commands that make them better. */

import { z } from "zod";
import { language } from "../../protocol/fields.ts";
import { administers } from "../access/principal.ts";
import { named } from "../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";

const engineSchema = z.object({
  name: z.string(),
  place: z
    .enum(["embedded", "local", "server", "scripted"])
    .describe(
      "Where it runs: inside the server; a neural model on the server's machine; another server; nowhere, a script answers.",
    ),
});

const enginesSchema = z
  .object({
    transcriber: engineSchema,
    replyModel: engineSchema,
    synthesizer: engineSchema,
    voices: z
      .array(z.string())
      .describe("Names for `audio.output.voice` of a session; the first is the engine's own choice."),
    commands: z
      .array(z.object({ stage: z.enum(["transcriber", "synthesizer"]), command: z.string() }))
      .describe(
        "For administrators alone: what to run on the server's machine for better ears and a better voice.",
      ),
  })
  .meta(
    named("Engines", {
      transcriber: { name: "soundswallower", place: "embedded" },
      replyModel: { name: "rules", place: "embedded" },
      synthesizer: { name: "espeak-ng", place: "embedded" },
      voices: ["default", "default+f2"],
      commands: [
        { stage: "transcriber", command: "npm run kuku -- models add zipformer-en-20M" },
        { stage: "synthesizer", command: "npm run kuku -- models add kitten" },
      ],
    }),
  );

type Engines = z.output<typeof enginesSchema>;

/** The engines in use. */
export interface EnginesInUse extends Omit<Engines, "voices" | "commands"> {
  readonly voices: readonly string[];
  /** Commands that make the ears and the voice for a language, a BCP 47 tag, better; none where nothing is known to. */
  commands(language: string): Promise<Engines["commands"]>;
}

/** `GET /api/engines`. */
export function engineRoutes(
  app: App,
  { transcriber, replyModel, synthesizer, voices, commands }: EnginesInUse,
): void {
  app.get("/api/engines", {
    schema: {
      operationId: "getEngines",
      tags: ["Service"],
      summary: "Which engines are in use",
      description:
        "Names of the ears, the reply model and the voice, as sessions have them, and the voices there are.",
      querystring: z.object({
        language: language
          .default("en-US")
          .meta({ description: "BCP 47, of the commands.", examples: ["en-US"] }),
      }),
      response: {
        200: dataAnswer("The engines.", enginesSchema),
        ...failures({ 401: "Nobody who is known here." }),
      },
    },
    config: { access: "user", secrets: true },
    handler: async (request) => {
      const mayRunThem = administers(principalOf(request));
      return success({
        transcriber,
        replyModel,
        synthesizer,
        voices: [...voices],
        commands: mayRunThem ? await commands(request.query.language) : [],
      });
    },
  });
}
