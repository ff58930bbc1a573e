/** Fastify as the routes see it: what a route's schemas say is what its handler gets. */
import type { FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";

/** Where routes are declared. */
export type App = ReturnType<typeof withSchemas>;

/** Has zod check what comes in and what goes out. */
export function withSchemas(app: FastifyInstance) {
  app.setValidatorCompiler<z.ZodType>((route) => {
    const validate = validatorCompiler(route);
    // Fastify says null where there is no body; a schema that can do without one says undefined.
    return (data) => validate(data === null && route.httpPart === "body" ? undefined : data);
  });
  app.setSerializerCompiler(serializerCompiler);
  return app.withTypeProvider<ZodTypeProvider>();
}
