/** The pages' files. */

import type { FastifyReply, FastifyRequest } from "fastify";
import { type Page, type PageFile, pageAddresses, pageFolders } from "../http/page-files.ts";
import type { App } from "../http/typed-app.ts";
import { notFound } from "../net/http-error.ts";

/** `GET` below each of the page's folders, and of the pages with an address of their own. */
export function pageRoutes(app: App, page: Page): void {
  for (const url of pageAddresses)
    app.route({
      method: "GET",
      url,
      schema: { hide: true },
      config: { access: "public" },
      handler: async (request, reply) => {
        const file = await page.read(url);
        if (file === undefined) throw notFound();
        return sendFile(request, reply, file);
      },
    });
  for (const folder of pageFolders)
    app.route({
      method: "GET",
      url: `/${folder}/*`,
      schema: { hide: true },
      config: { access: "public" },
      handler: async (request, reply) => {
        // As it was sent: whatever is escaped in a path is none of the page's names.
        const file = await page.read(request.url.replace(/\?.*$/s, ""));
        if (file === undefined) throw notFound();
        return sendFile(request, reply, file);
      },
    });
}

/** Sends a file with its tag, or says that the browser has it already. */
export function sendFile(
  { headers }: Pick<FastifyRequest, "headers">,
  reply: FastifyReply,
  { contentType, body, etag }: PageFile,
): FastifyReply {
  reply.header("cache-control", "no-cache").header("etag", etag).type(contentType);
  return headers["if-none-match"] === etag ? reply.code(304).send() : reply.send(body);
}
