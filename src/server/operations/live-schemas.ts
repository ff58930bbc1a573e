/** Schemas of live sessions and node reports, as nodes exchange them and answers show them. */
import { z } from "zod";
import { named, timeSchema } from "../http/common-schemas.ts";

const exampleNode = "node_0198c1f26c3e7d419a573f1f2a9b8c70";
export const exampleOwner = "user_0198c1f26c3e7d419a573f1f2a9b8c71";
export const exampleSession = "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d";

/** Names a user, a key or a node. */
export const nameSchema = z.string().regex(/^[\w.:@-]{1,128}$/, "is no id");

const liveSchema = z
  .object({
    sessionId: z.string(),
    ownerId: z.string(),
    ownerName: z.string().optional().describe("Of the account; guests and `local` have none."),
    ownerEmail: z.string().optional(),
    persona: z.string(),
    type: z
      .enum(["realtime", "transcription"])
      .optional()
      .describe("Absent from a node of an earlier version."),
    phase: z.enum(["listening", "hearing", "thinking", "speaking", "ended"]),
    stage: z.string().optional().describe("Of T-GROW; absent outside a coaching conversation."),
    turns: z.int().describe("What the user has said, spoken or typed."),
    since: timeSchema.describe("When it came to life on its node."),
    latencyMs: z
      .number()
      .optional()
      .describe("From the end of the last turn to the first audio of its reply."),
    node: z.string(),
    muted: z.boolean(),
    attached: z.boolean().describe("A socket is there."),
  })
  .meta(
    named("LiveSession", {
      sessionId: exampleSession,
      ownerId: exampleOwner,
      ownerName: "Ann Example",
      ownerEmail: "ann@example.org",
      persona: "kuku",
      type: "realtime",
      phase: "listening",
      stage: "goal",
      turns: 4,
      since: "2026-11-23T09:30:00.000Z",
      latencyMs: 742,
      node: exampleNode,
      muted: false,
      attached: true,
    }),
  );

/** One live session, none of its words. */
export type LiveView = z.output<typeof liveSchema>;

const silentSchema = z.array(z.string()).describe("Nodes that live, but did not say in time what they do.");
const moreSchema = z.int().describe("Live sessions beyond the thousand that each node tells of.");

export const liveQuery = z.object({
  ownerId: nameSchema.optional().describe("Only this user's."),
  node: nameSchema.optional().describe("Only those that this node holds."),
});

export const liveListSchema = z
  .object({ sessions: z.array(liveSchema), more: moreSchema, silent: silentSchema })
  .meta(named("LiveSessionList", { sessions: [], more: 0, silent: [] }));

export const endedLiveSchema = z
  .object({ sessionId: z.string(), ended: z.literal(true) })
  .meta(named("EndedByAdministrator", { sessionId: exampleSession, ended: true }));

export const muteBody = z.strictObject({ muted: z.boolean() }).meta(named("Mute", { muted: true }));
export const mutedSchema = z
  .object({ sessionId: z.string(), muted: z.boolean() })
  .meta(named("Muted", { sessionId: exampleSession, muted: true }));

const providerSchema = z.object({
  stage: z.enum(["transcribe", "reply", "synthesize"]),
  provider: z.string(),
  circuit: z
    .enum(["closed", "open", "half_open"])
    .optional()
    .describe("`open`: it failed several times in a row and is left alone for a while. Absent: it has none."),
  failures: z.int().describe("Attempts that failed since the node's start."),
  recentFailures: z.int().describe("Of these, in the last five minutes; 100 are counted."),
  lastFailure: z.object({ at: timeSchema, kind: z.string() }).optional(),
});

/** Health of one provider of a stage on one node. */
export type ProviderView = z.output<typeof providerSchema>;

const errorSchema = z.object({
  at: timeSchema,
  level: z.enum(["error", "fatal"]),
  message: z.string(),
  session: z.string().optional(),
  request: z.string().optional(),
  error: z.object({ type: z.string(), message: z.string(), code: z.string().optional() }).optional(),
});

/** A line of the log that told of an error, redacted as the log is. */
export type ErrorView = z.output<typeof errorSchema>;

const latencyStepSchema = z.enum(["endpoint", "transcript", "first_token", "first_sentence", "first_audio"]);

const drainsUntilSchema = timeSchema
  .optional()
  .describe("Of a node that drains: when its last busy sessions are let go of; may have passed.");

/** Report of a node to the others while somebody watches. */
export const reportSchema = z.object({
  node: z.string(),
  version: z.string(),
  startedAt: timeSchema,
  draining: z.boolean(),
  /** Live sessions. */
  count: z.int(),
  /** Whether the following fields are left out, since nobody looked. */
  brief: z.boolean(),
  sessions: z.array(liveSchema),
  providers: z.array(providerSchema),
  errors: z.array(errorSchema),
  /** Of the last turns, by step, ms; absent from a node of an earlier version. */
  latencies: z.partialRecord(latencyStepSchema, z.array(z.number())).optional(),
  drainsUntil: drainsUntilSchema,
});

export type NodeReport = z.output<typeof reportSchema>;

export const nodesSchema = z
  .object({
    nodes: z.array(
      z.object({
        node: z.string(),
        self: z.boolean().describe("The one that answers."),
        version: z.string(),
        startedAt: timeSchema,
        draining: z.boolean().describe("It takes no sessions, and lets go of those it has."),
        drainsUntil: drainsUntilSchema,
        sessions: z.int(),
      }),
    ),
    silent: silentSchema,
  })
  .meta(
    named("Nodes", {
      nodes: [
        {
          node: exampleNode,
          self: true,
          version: "0.1.0",
          startedAt: "2026-11-23T09:00:00.000Z",
          draining: false,
          sessions: 12,
        },
      ],
      silent: [],
    }),
  );

export const nodeParams = z.object({ id: nameSchema.meta({ examples: [exampleNode] }) });
export const drainedSchema = z
  .object({ node: z.string(), draining: z.boolean() })
  .meta(named("Draining", { node: exampleNode, draining: true }));

export const providersSchema = z
  .object({
    nodes: z.array(z.object({ node: z.string(), providers: z.array(providerSchema) })),
    silent: silentSchema,
  })
  .meta(
    named("Providers", {
      nodes: [
        {
          node: exampleNode,
          providers: [
            { stage: "reply", provider: "openai", circuit: "closed", failures: 0, recentFailures: 0 },
          ],
        },
      ],
      silent: [],
    }),
  );

export const errorsSchema = z
  .object({ errors: z.array(errorSchema.extend({ node: z.string() })), silent: silentSchema })
  .meta(
    named("RecentErrors", {
      errors: [
        {
          at: "2026-11-23T09:30:00.000Z",
          level: "error",
          message: "a fault ended the session",
          session: exampleSession,
          node: exampleNode,
        },
      ],
      silent: [],
    }),
  );

export const latencySchema = z
  .object({
    steps: z.array(
      z.object({
        step: latencyStepSchema,
        count: z.int().describe("Turns that had it; the last 200 of each node are remembered."),
        p50: z.number(),
        p90: z.number(),
        p99: z.number(),
        max: z.number(),
      }),
    ),
    silent: silentSchema,
  })
  .meta(
    named("Latency", {
      steps: [{ step: "first_audio", count: 200, p50: 612, p90: 940, p99: 1810, max: 2304 }],
      silent: [],
    }),
  );
