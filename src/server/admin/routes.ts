/** The table of the routes below /api/admin, all of them for administrators alone. */
import type { App } from "../http/typed-app.ts";
import type { AdminServices } from "./open-admin.ts";
import { figureRoutes } from "./routes/figures.ts";
import { nodeRoutes } from "./routes/nodes.ts";
import { peopleRoutes } from "./routes/people.ts";
import { liveSessionRoutes } from "./routes/sessions.ts";
import { wordRoutes } from "./routes/words.ts";

/** Declares them. */
export function adminRoutes(app: App, admin: AdminServices): void {
  liveSessionRoutes(app, admin);
  wordRoutes(app, admin);
  nodeRoutes(app, admin);
  peopleRoutes(app, admin);
  figureRoutes(app, admin);
}
