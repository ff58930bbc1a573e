/** The pages and their files. */
import { negotiate } from "@fastify/accept-negotiator";
import type { FastifyReply, FastifyRequest } from "fastify";
import { assetsAddress, type PageFile, type Pages, pageAddresses } from "../http/page-files.ts";
import type { App } from "../http/typed-app.ts";
import { notFound } from "../net/http-error.ts";

/** `GET` of the pages with an address of their own, and of the files that they name. */
export function pageRoutes(app: App, pages: Pages): void {
  for (const url of [...pageAddresses, `${assetsAddress}/*`])
    app.get(url, {
      schema: { hide: true },
      config: { access: "public" },
      handler: async (request, reply) => {
        // As it was sent: whatever is escaped in a path is none of the pages' names.
        const file = await pages.read(request.url.replace(/\?.*$/s, ""));
        if (file === undefined) throw notFound();
        return sendFile(request, reply, file);
      },
    });
}

const aYear = 31_536_000;

/** Sends a file in the shortest form that the browser takes, or says that the browser has it already. */
export function sendFile(
  { headers }: Pick<FastifyRequest, "headers">,
  reply: FastifyReply,
  { contentType, bodies, etag, immutable }: PageFile,
): FastifyReply {
  const vary = [reply.getHeader("vary"), "Accept-Encoding"].flat().filter(Boolean).join(", ");
  reply
    .header("cache-control", immutable ? `public, max-age=${aYear}, immutable` : "no-cache")
    .header("etag", etag)
    .header("vary", vary)
    .type(contentType);
  if (headers["if-none-match"] === etag) return reply.code(304).send();
  const offered = (["br", "gzip"] as const).filter((each) => bodies[each] !== undefined);
  const encoding = negotiate(headers["accept-encoding"] ?? "", offered) as "br" | "gzip" | null;
  if (encoding === null) return reply.send(bodies.identity);
  return reply.header("content-encoding", encoding).send(bodies[encoding]);
}
