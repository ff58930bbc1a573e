/** Requests that two servers in a row could read in two ways: they are refused, and the connection ends with them. */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { HttpError } from "../net/http-error.ts";
import type { Refusal } from "../net/raw-response.ts";

/** Most headers of a request. Node drops what is beyond its own limit without a word, a proxy's own last headers first. */
const mostHeaders = 100;
/** Headers of which Node keeps the first, and others perhaps the last. */
const onlyOnce = ["host", "authorization", "content-type", "origin"];
/** A name or an address, and a port. */
const hostLooks = /^(?:\[[\da-f:.]{2,45}\]|[\w.-]{1,255})(?::\d{1,5})?$/i;

/** The ambiguity in a request that Node's own parser let pass, or undefined. */
export function faultOf(request: IncomingMessage): Refusal | undefined {
  const { rawHeaders, headers, httpVersion, url = "" } = request;
  if (rawHeaders.length > mostHeaders * 2)
    return { status: 431, code: "HEADERS_TOO_LARGE", message: "The request has too many headers." };
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const twice = onlyOnce.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) return bad(`The header ${twice} is there twice.`);
  const { host, "transfer-encoding": transferEncoding } = headers;
  // Programs that speak HTTP/1.0 may leave it out; no browser does.
  if (host === undefined ? httpVersion !== "1.0" : !hostLooks.test(host))
    return bad("The header Host cannot be read.");
  // Other encodings would be taken for the body itself.
  if (
    transferEncoding !== undefined &&
    (transferEncoding.toLowerCase() !== "chunked" || httpVersion === "1.0")
  )
    return bad("Transfer-Encoding can only be chunked here.");
  if (!url.startsWith("/") && url !== "*" && !namesHost(url, host))
    return bad("The request's target is of another server than its Host.");
  return undefined;
}

/** A proxy's form of a request, `GET http://host/path`, is fine as long as it says the same. */
function namesHost(url: string, host: string | undefined): boolean {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url) || host === undefined) return false;
  const target = new URL(url);
  return target.username === "" && target.host === new URL(`${target.protocol}//${host}`).host;
}

function bad(message: string): Refusal {
  return { status: 400, code: "BAD_REQUEST", message };
}

/** Refuses them before anything else is looked at. */
export function refuseAmbiguous(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ raw }, reply) => {
    const fault = faultOf(raw);
    if (!fault) return;
    reply.header("connection", "close");
    throw new HttpError(fault.status, fault.code, fault.message);
  });
}
