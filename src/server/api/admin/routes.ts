/** The table of the routes below /api/admin, all of them for administrators alone. */
import type { App } from "../../http/typed-app.ts";
import type { AdminServices } from "../../operations/open-admin.ts";
import { figureRoutes } from "./figures.ts";
import { nodeRoutes } from "./nodes.ts";
import { peopleRoutes } from "./people.ts";
import { liveSessionRoutes } from "./sessions.ts";
import { wordRoutes } from "./words.ts";

/** Declares them. */
export function adminRoutes(app: App, admin: AdminServices): void {
  liveSessionRoutes(app, admin);
  wordRoutes(app, admin);
  nodeRoutes(app, admin);
  peopleRoutes(app, admin);
  figureRoutes(app, admin);
}
