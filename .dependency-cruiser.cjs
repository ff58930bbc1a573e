/** The import rule of the house: which room may look into which, and which room may hold which package. */
const rooms = [
  "lib",
  "protocol",
  "ports",
  "pipeline",
  "coach",
  "store",
  "providers",
  "session",
  "server",
  "client",
];
/** Room → rooms it may import (itself always). */
const mayImport = {
  lib: [],
  protocol: [],
  ports: ["lib"],
  pipeline: ["lib", "ports"],
  coach: ["lib", "ports", "pipeline"],
  store: ["lib", "ports", "pipeline", "coach"],
  providers: ["lib", "ports", "pipeline"],
  session: ["lib", "protocol", "ports", "pipeline", "coach", "store"],
  server: rooms,
  client: ["protocol"],
};
/** Package (as a path in node_modules) → rooms that may import it. */
const packages = {
  zod: ["protocol", "coach", "server"],
  openai: ["providers"],
  cockatiel: ["providers"],
  undici: ["providers"],
  soundswallower: ["providers"],
  "@echogarden/espeak-ng-emscripten": ["providers"],
  piscina: ["providers"],
  "@echogarden/fvad-wasm": ["pipeline"],
  "@echogarden/rnnoise-wasm": ["providers"],
  "@echogarden/speex-resampler-wasm": ["pipeline"],
  alawmulaw: ["pipeline"],
  n2words: ["pipeline"],
  ws: ["server", "client"],
  pino: ["server"],
  selfsigned: ["server"],
  uuid: ["lib"],
  "drizzle-orm": ["store"],
  pg: ["store"],
  "pg-boss": ["store"],
  "@electric-sql/pglite": ["store"],
  "@aws-sdk/client-s3": ["store"],
  "@aws-sdk/lib-storage": ["store"],
  fastify: ["server"],
  "@fastify/accept-negotiator": ["server"],
  "@fastify/multipart": ["server"],
  "@fastify/cors": ["server"],
  "@fastify/helmet": ["server"],
  "@fastify/swagger": ["server"],
  "@fastify/swagger-ui": ["server"],
  "fastify-type-provider-zod": ["server"],
  "better-auth": ["server"],
  nodemailer: ["server"],
  "rate-limiter-flexible": ["server"],
  "p-queue": ["server"],
  "lru-cache": ["server"],
  "@fastify/proxy-addr": ["server"],
  "prom-client": ["server"],
  "@opentelemetry/api": ["server"],
  "@opentelemetry/sdk-trace": ["server"],
  "@opentelemetry/resources": ["server"],
  "@opentelemetry/exporter-trace-otlp-http": ["server"],
  "@audio/decode-mp3": ["pipeline"],
  "@audio/decode-opus": ["pipeline"],
  "@audio/decode-vorbis": ["pipeline"],
  "@audio/decode-aac": ["pipeline"],
};

const roomRules = rooms.map((room) => {
  const allowed = [room, ...mayImport[room]].join("|");
  return {
    name: `room-${room}`,
    comment: `src/${room} may import only: ${[room, ...mayImport[room]].join(", ")}`,
    severity: "error",
    from: { path: `^src/${room}/` },
    to: { path: "^(src|web|test|bench|eval|scripts)/", pathNot: `^src/(${allowed})/` },
  };
});
const packageRules = Object.entries(packages).map(([name, allowed]) => ({
  name: `package-${name}`,
  comment: `${name} is imported only in: ${allowed.join(", ")}`,
  severity: "error",
  from: { path: "^src/", pathNot: `^src/(${allowed.join("|")})/` },
  to: { path: `^node_modules/${name}/` },
}));

/** Wings of the server, low to high: each may import itself and those below it. */
const wings = [
  "net",
  "config",
  "logging",
  "access",
  "http",
  "conversations",
  "realtime",
  "account-data",
  "operations",
  "api",
  "app",
];
const wingRules = wings.map((wing, index) => {
  const allowed = wings.slice(0, index + 1);
  return {
    name: `wing-${wing}`,
    comment: `src/server/${wing} may import of the server only: ${allowed.join(", ")}`,
    severity: "error",
    from: { path: `^src/server/${wing}/` },
    to: { path: "^src/server/", pathNot: `^src/server/(${allowed.join("|")})/` },
  };
});

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "web-on-client",
      severity: "error",
      from: { path: "^web/" },
      to: { path: "^src/", pathNot: "^src/(client|protocol)/" },
    },
    {
      name: "nothing-imports-server",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/server/" },
      to: { path: "^src/server/" },
    },
    {
      name: "unlisted-package",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "unknown", "undetermined"] },
    },
    {
      name: "wing-unlisted",
      comment: `src/server holds main.ts and these wings: ${wings.join(", ")}`,
      severity: "error",
      from: {},
      to: { path: "^src/server/", pathNot: `^src/server/(main\\.ts$|(${wings.join("|")})/)` },
    },
    ...roomRules,
    ...wingRules,
    ...packageRules,
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
