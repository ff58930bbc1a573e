/** Tokens for browsers, in the shapes of the vendor's API: no envelope. */
import { z } from "zod";
import { session } from "../../../protocol/session-config.ts";
import { quotasSchema } from "./quotas.ts";

export const clientSecretBody = z
  .strictObject({
    expires_after: z
      .strictObject({
        anchor: z.literal("created_at").default("created_at"),
        seconds: z.int().min(10).max(7200).default(600).meta({ description: "10–7200." }),
      })
      .optional()
      .meta({ description: "Default: 600 s from now." }),
    session: z
      .looseObject({
        type: z.string().optional().meta({ description: "`realtime`, the default." }),
        model: z
          .string()
          .max(100)
          .optional()
          .meta({ description: "A persona; names of the vendor's models mean the default one." }),
      })
      .optional()
      .meta({
        description:
          "What the sessions of this token's sockets begin with: all that `session.update` takes, by the same rules. A client may change it as usual.",
      }),
    kuku: z
      .strictObject({ limits: quotasSchema.optional() })
      .optional()
      .meta({ description: "Beyond the vendor's: limits of this token, below those of whoever makes it." }),
  })
  .optional()
  .meta({
    examples: [
      { expires_after: { anchor: "created_at", seconds: 600 }, session: { type: "realtime", model: "kuku" } },
    ],
  });

export const clientSecretSchema = z
  .object({
    value: z.string().meta({ description: "`ek_…`: shown as a key would be, until it expires." }),
    expires_at: z.int().meta({ description: "Seconds since the epoch." }),
    session: session
      .omit({ id: true, expires_at: true, kuku: true })
      .meta({ description: "What its sessions begin with; `model` is the persona." }),
  })
  .meta({
    id: "ClientSecret",
    examples: [
      {
        value: "ek_eyJvIjoibG9jYWwi…",
        expires_at: 1795426800,
        session: {
          type: "realtime",
          object: "realtime.session",
          model: "kuku",
          output_modalities: ["audio"],
          instructions: "…",
          audio: {
            input: {
              format: { type: "audio/pcm", rate: 24000 },
              turn_detection: { type: "semantic_vad", eagerness: "auto" },
            },
            output: { format: { type: "audio/pcm", rate: 24000 }, voice: "marin", speed: 1 },
          },
          tools: [],
          tool_choice: "auto",
          max_output_tokens: "inf",
          truncation: "auto",
        },
      },
    ],
  });
