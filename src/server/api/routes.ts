/** The table of the REST face: every route below /api, the audio, and the tokens for browsers. */
import multipart from "@fastify/multipart";
import type { App } from "../http/typed-app.ts";
import { actionRoutes } from "./actions.ts";
import { audioRoutes } from "./audio.ts";
import { clientSecretRoutes } from "./client-secrets.ts";
import { messageRoutes } from "./messages.ts";
import { outcomeRoutes } from "./outcome.ts";
import { personaRoutes } from "./personas.ts";
import { ratingRoutes } from "./rating.ts";
import type { RestServices } from "./services.ts";
import { sessionRoutes } from "./sessions.ts";

/** Declares the routes; goes into the server's `routes`. */
export function restRoutes(services: RestServices): (app: App) => Promise<void> {
  return async (app) => {
    // One file and a few fields; everything beyond is refused as it comes (see receive-upload.ts).
    const limits = { files: 1, fields: 8, parts: 8, fieldSize: 4096, fieldNameSize: 100, headerPairs: 20 };
    await app.register(multipart, {
      throwFileSizeLimit: false,
      limits: { ...limits, fileSize: services.limits.maxUploadBytes },
    });
    sessionRoutes(app, services);
    messageRoutes(app, services);
    ratingRoutes(app, services);
    outcomeRoutes(app, services);
    actionRoutes(app, services);
    audioRoutes(app, services);
    personaRoutes(app, services);
    clientSecretRoutes(app, services);
  };
}
