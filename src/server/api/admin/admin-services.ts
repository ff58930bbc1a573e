/** Services of the routes below /api/admin; assembled by the composition root. */
import type { Administration } from "../../operations/administration.ts";
import type { RestServices } from "../services.ts";

export interface AdminServices extends Omit<Administration, "endStreams" | "close"> {
  readonly services: RestServices;
}
