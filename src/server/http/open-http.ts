/** Plain HTTP beside the WebSocket: Fastify on the server's listener, with one envelope and one access check for every route. */
import type { RequestListener, Server } from "node:http";
import { type FastifyBaseLogger, type FastifyInstance, fastify } from "fastify";
import type { Logger } from "../logging/log.ts";
import type { TrustProxy } from "../net/addresses.ts";
import { findHarm } from "../net/harmful-json.ts";
import { HttpError, notFound } from "../net/http-error.ts";
import { refuseUpgrade } from "../net/raw-response.ts";
import { type OnAnswered, tellAnswers } from "./answered.ts";
import { answerError, toHttpError } from "./error-answers.ts";
import { countRequests, type LetEnd } from "./in-flight-requests.ts";
import { refuseOtherMethods } from "./methods.ts";
import { describeRoutes, serveDocs } from "./openapi.ts";
import { refuseAmbiguous } from "./request-framing.ts";
import { nameRequest, RequestLog } from "./request-log.ts";
import { type AccessRules, collectRoutes, guardRoutes, type RouteAccess } from "./route-access.ts";
import { bareHeaders, type OriginRules, refuseEncoded, refuseOtherHosts, secure } from "./security.ts";
import { type App, withSchemas } from "./typed-app.ts";

/** Largest JSON body, bytes. */
const bodyLimit = 64 * 1024;
/** Longest part of a path that a route takes as its parameter; longer ones name nothing. */
const maxParamLength = 512;

export interface HttpOptions extends AccessRules, OriginRules {
  /** Server whose requests are to be answered by `Http.answer`; the caller listens and closes it. */
  readonly server: Server;
  readonly log: Logger;
  /** Proxies whose `X-Forwarded-*` is believed; default: none. */
  readonly trustProxy?: TrustProxy | undefined;
  /** Called for each answer; default: nobody. */
  readonly onAnswered?: OnAnswered | undefined;
  /** Version of this package; stands in the OpenAPI document. */
  readonly version: string;
  /** Declares the routes, each with its `access`. */
  readonly routes: (app: App) => void | Promise<void>;
}

/** The HTTP application, ready to answer. */
export interface Http {
  /** For tests that ask without a socket. */
  readonly app: FastifyInstance;
  /** Answers a request of the server. */
  readonly answer: RequestListener;
  /** Every route with who may use it. */
  readonly routes: readonly RouteAccess[];
  /** Waits for requests under way when the server stops; new ones are refused. */
  readonly letEnd: LetEnd;
  close(): Promise<void>;
}

/**
 * Declares every route. Nothing may be answered before, since the checks of a request are declared on the way.
 * @throws Error for a route that does not say who may use it
 */
export async function openHttp(options: HttpOptions): Promise<Http> {
  const { app, answer } = openApp(options);
  const routes = collectRoutes(app);
  const letEnd = countRequests(app, options.clock);
  if (options.onAnswered) tellAnswers(app, options.onAnswered);
  app.addHook("onRequest", async (request, reply) => void reply.header("x-request-id", request.id));
  await secure(app, options);
  refuseAmbiguous(app);
  refuseOtherHosts(app, options);
  guardRoutes(app, options);
  refuseEncoded(app);
  await describeRoutes(app, options.version);
  await options.routes(withSchemas(app));
  await serveDocs(app);
  refuseOtherMethods(app, routes);
  await app.ready();
  return { app, answer, routes, letEnd, close: () => app.close() };
}

function openApp({ server, log, trustProxy }: HttpOptions): {
  app: FastifyInstance;
  answer: RequestListener;
} {
  let answer: RequestListener = () => {};
  const app = fastify({
    serverFactory: (handler) => {
      answer = handler;
      return server;
    },
    loggerInstance: log as FastifyBaseLogger,
    logController: new RequestLog(),
    genReqId: nameRequest,
    bodyLimit,
    trustProxy: trustProxy ?? false,
    routerOptions: { maxParamLength },
    // Before any hook has run: paths that cannot be read.
    frameworkErrors: (error, request, reply) => {
      const { status, code, message } = toHttpError(error, request);
      const headers = { ...bareHeaders, "x-request-id": request.id, "content-type": "application/json" };
      reply.raw.writeHead(status, headers).end(JSON.stringify({ success: false, error: message, code }));
    },
    // Not even HTTP.
    clientErrorHandler: ({ code }, socket) => {
      const [status, name, message] = unreadable(code);
      refuseUpgrade(socket, { status, code: name, message });
    },
  });
  answerOddities(server);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw notFound();
  });
  app.removeContentTypeParser("text/plain");
  readJson(app);
  return { app, answer };
}

/** Answers `Expect` and CONNECT requests, which Node would answer without a body or not at all. */
function answerOddities(server: Server): void {
  server.on("checkExpectation", (_request, response) => {
    const body = JSON.stringify({
      success: false,
      error: "The only expectation that is met here is 100-continue.",
      code: "EXPECTATION_FAILED",
    });
    const length = { "content-length": Buffer.byteLength(body), connection: "close" };
    response.writeHead(417, { ...bareHeaders, "content-type": "application/json", ...length }).end(body);
  });
  server.on("connect", (_request, socket) =>
    refuseUpgrade(socket, {
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      message: "This server leads nowhere else.",
    }),
  );
}

/** Parses JSON bodies; an empty body becomes undefined, for the route's schema to accept or refuse. */
function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else
      parse(request, body, (error, value) => {
        const harm = error ? undefined : findHarm(value);
        if (harm) done(new HttpError(400, "INVALID_JSON", `The body ${harm}.`));
        else done(error, value);
      });
  });
}

function unreadable(code: string): [status: number, code: string, message: string] {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return [408, "REQUEST_TIMEOUT", "The request took too long to arrive."];
  if (code === "HPE_HEADER_OVERFLOW")
    return [431, "HEADERS_TOO_LARGE", "The request's headers are too large."];
  return [400, "BAD_REQUEST", "The request cannot be read."];
}
