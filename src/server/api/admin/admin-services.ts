/** What the routes below /api/admin work with; the composition root brings it. */
import type { Administration } from "../../operations/administration.ts";
import type { RestServices } from "../services.ts";

export interface AdminServices extends Omit<Administration, "endStreams" | "close"> {
  readonly services: RestServices;
}
