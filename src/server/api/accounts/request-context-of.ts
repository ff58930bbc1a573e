/** Reads the context that the accounts need from a request. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { languageOf } from "../../access/accounts/mail-texts.ts";
import { addressHeader, type RequestContext } from "../../access/accounts/request-context.ts";
import { refuseForeignPages } from "../../http/route-access.ts";

export interface RequestContextRules {
  /** The server's public origin; undefined: it listens on loopback alone. */
  readonly publicUrl: string | undefined;
  /** Whether the server speaks https itself. */
  readonly tls: boolean;
  readonly allowedOrigins: readonly string[];
  readonly loopbackOnly: boolean;
}

/** Headers that better-auth gets to see. */
const passedHeaders = ["cookie", "authorization", "user-agent"] as const;

export function requestContextOf(request: FastifyRequest, rules: RequestContextRules): RequestContext {
  const headers = new Headers();
  for (const name of passedHeaders) {
    const value = request.headers[name];
    if (value !== undefined) headers.set(name, value);
  }
  headers.set(addressHeader, request.ip);
  return {
    headers,
    address: request.ip,
    base: baseOf(request, rules),
    language: languageOf(request.headers["accept-language"]),
  };
}

/** Not the request's `Host`: a sender of a forged one would choose where the link in somebody else's mail leads. */
function baseOf(request: FastifyRequest, { publicUrl, tls }: RequestContextRules): string {
  return publicUrl ?? `${tls ? "https" : "http"}://localhost:${request.socket.localPort ?? 80}`;
}

/**
 * Makes the hook of the public routes: pages of other sites may not sign anybody in or out, or have mails sent.
 * @throws HttpError 403
 */
export function refuseOtherSites(rules: RequestContextRules) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header("cache-control", "no-store");
    refuseForeignPages(request, rules);
  };
}
