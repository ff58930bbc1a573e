/** What one's own data are asked for and erased with, as schemas. */
import { z } from "zod";

/** What somebody without a password writes to have everything erased. */
export const erasurePhrase = "erase everything";

export const eraseMeBody = z
  .object({
    password: z
      .string()
      .max(1024)
      .optional()
      .meta({ description: "Once more, of whoever signs in with one." }),
    confirm: z
      .string()
      .max(100)
      .optional()
      .meta({ description: `Where nobody signs in: \`${erasurePhrase}\`.` }),
  })
  .optional()
  .meta({ id: "EraseMe", examples: [{ confirm: erasurePhrase }] });

export const erasedMeSchema = z
  .object({
    erased: z.literal(true),
    complete: z.boolean().meta({
      description: "False: nobody can reach any of it any more; the last files are removed within minutes.",
    }),
  })
  .meta({ id: "ErasedMe", examples: [{ erased: true, complete: true }] });

/** The document of an export; sent while it is written. */
export const exportSchema = z
  .object({
    format: z.literal("kuku-coach export 1"),
    exportedAt: z.iso.datetime(),
    profile: z.record(z.string(), z.unknown()),
    signIns: z.array(z.record(z.string(), z.unknown())),
    keys: z.array(z.record(z.string(), z.unknown())).meta({ description: "Without what opens anything." }),
    personas: z.array(z.record(z.string(), z.unknown())).meta({ description: "One's own." }),
    usage: z.array(z.record(z.string(), z.unknown())),
    audit: z
      .array(z.record(z.string(), z.unknown()))
      .meta({ description: "What administrators did with one's account, and read." }),
    sessions: z.array(z.record(z.string(), z.unknown())).meta({
      description:
        "With items, turns, deliveries, report, actions and audio; each audio file is a list of base64 texts, whose bytes follow each other.",
    }),
  })
  .meta({
    id: "Export",
    examples: [
      {
        format: "kuku-coach export 1",
        exportedAt: "2026-11-23T09:30:00.000Z",
        profile: { id: "user_0198c1f26c3e7d419a573f1f2a9b8c7d", email: "ann@example.org" },
        signIns: [],
        keys: [],
        personas: [],
        usage: [{ day: "2026-11-22", sessions: 1, turns: 12 }],
        audit: [],
        sessions: [],
      },
    ],
  });
