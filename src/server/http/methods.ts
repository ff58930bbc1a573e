/** Paths that are there, asked with a method that is not theirs: 405, and OPTIONS says which are. */
import type { FastifyInstance } from "fastify";
import { HttpError } from "../net/http-error.ts";
import type { RouteAccess } from "./route-access.ts";

/** Declares, for every path so far, the methods it does not have. Call it once all routes are declared. */
export function refuseOtherMethods(app: FastifyInstance, routes: readonly RouteAccess[]): void {
  for (const url of new Set(routes.map((route) => route.url))) {
    const own = app.supportedMethods.filter((method) => app.hasRoute({ method, url }));
    const others = app.supportedMethods.filter((method) => !own.includes(method));
    // The star is where browsers ask for what is allowed before the path is known to be there.
    if (url === "*" || others.length === 0) continue;
    const allow = own.join(", ");
    app.route({
      method: others,
      url,
      schema: { hide: true },
      config: { access: "public" },
      // Before the body is read, and after what browsers ask first (CORS) was answered.
      onRequest: async ({ method }, reply) => {
        if (method === "OPTIONS") return reply.code(204).header("allow", allow).send();
        throw new HttpError(
          405,
          "METHOD_NOT_ALLOWED",
          `This path does not take ${method}; it takes ${allow}.`,
          {
            headers: { allow },
          },
        );
      },
      handler: () => {},
    });
  }
}
