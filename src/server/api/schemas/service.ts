/** What the server says of itself. */
import { z } from "zod";
export const greetingSchema = z
  .object({ message: z.literal("Kuku Coach API"), version: z.string() })
  .meta({ id: "Greeting", examples: [{ message: "Kuku Coach API", version: "0.1.0" }] });

/** A document in another language of schemas; what it holds is that language's business. */
export const documentSchema = z
  .looseObject({})
  .meta({ id: "Document", description: "A JSON document.", examples: [{}] });
