/** Fastify with zod: a route's schemas validate its input and answer and type its handler. */
import type { FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";

/** The app on which routes are declared. */
export type App = ReturnType<typeof withSchemas>;

/** Makes zod validate input and serialize answers. */
export function withSchemas(app: FastifyInstance) {
  app.setValidatorCompiler<z.ZodType>((route) => {
    const validate = validatorCompiler(route);
    // Fastify says null where there is no body; a schema that can do without one says undefined.
    return (data) => validate(data === null && route.httpPart === "body" ? undefined : data);
  });
  app.setSerializerCompiler(serializerCompiler);
  return app.withTypeProvider<ZodTypeProvider>();
}
