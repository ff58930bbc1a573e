/** Who asks, read from a request to one of the routes of accounts. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { addressHeader } from "../../access/accounts/auth.ts";
import { languageOf } from "../../access/accounts/mail-texts.ts";
import type { RequestContext } from "../../access/accounts/request-context.ts";
import { refuseForeignPages } from "../../http/route-access.ts";

export interface AskerRules {
  /** Where people reach the server; undefined: it is on loopback, and they sit at it. */
  readonly publicUrl: string | undefined;
  /** Whether it speaks https itself. */
  readonly tls: boolean;
  readonly allowedOrigins: readonly string[];
  readonly loopbackOnly: boolean;
}

/** Of a client's headers, those that are nobody else's business are left behind. */
const passedOn = ["cookie", "authorization", "user-agent"] as const;

export function askerOf(request: FastifyRequest, rules: AskerRules): RequestContext {
  const headers = new Headers();
  for (const name of passedOn) {
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

/** Never the request's `Host`: whoever asks for a mail to somebody else would say where its link leads. */
function baseOf(request: FastifyRequest, { publicUrl, tls }: AskerRules): string {
  return publicUrl ?? `${tls ? "https" : "http"}://localhost:${request.socket.localPort ?? 80}`;
}

/**
 * For the routes that anybody may use: a page of another site has nobody signed in, out, or mailed to.
 * @throws HttpError 403
 */
export function refuseOtherSites(rules: AskerRules) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header("cache-control", "no-store");
    refuseForeignPages(request, rules);
  };
}
