CREATE SCHEMA IF NOT EXISTS "kuku";
--> statement-breakpoint
CREATE TABLE "kuku"."actions" (
	"id" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"owner_id" text NOT NULL,
	"text" text NOT NULL,
	"due" text,
	"created_at" bigint NOT NULL,
	"done_at" bigint
);
--> statement-breakpoint
CREATE TABLE "kuku"."audio" (
	"key" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"kind" text NOT NULL,
	"item_id" text,
	"content_type" text NOT NULL,
	"bytes" bigint NOT NULL,
	"duration_ms" double precision,
	"created_at" bigint NOT NULL,
	"expires_at" bigint
);
--> statement-breakpoint
CREATE TABLE "kuku"."deliveries" (
	"session_id" text NOT NULL,
	"item_id" text NOT NULL,
	"at" bigint NOT NULL,
	"metrics" jsonb NOT NULL,
	CONSTRAINT "deliveries_session_id_item_id_pk" PRIMARY KEY("session_id","item_id")
);
--> statement-breakpoint
CREATE TABLE "kuku"."items" (
	"session_id" text NOT NULL,
	"id" text NOT NULL,
	"owner_id" text NOT NULL,
	"position" double precision NOT NULL,
	"role" text NOT NULL,
	"text" text NOT NULL,
	"entry" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	"audio_key" text,
	"words" "tsvector" NOT NULL,
	CONSTRAINT "items_session_id_id_pk" PRIMARY KEY("session_id","id")
);
--> statement-breakpoint
CREATE TABLE "kuku"."nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kuku"."reports" (
	"session_id" text PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"text" text,
	"data" jsonb,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kuku"."sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"owner_id" text NOT NULL,
	"persona" text NOT NULL,
	"language" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"origin" text NOT NULL,
	"stage" text,
	"awaiting_wrap_up" boolean DEFAULT false NOT NULL,
	"message_count" integer DEFAULT 0 NOT NULL,
	"recorded" boolean NOT NULL,
	"snapshot" jsonb,
	"resume_hash" text,
	"node_id" text,
	"epoch" integer DEFAULT 1 NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"ended_at" bigint,
	"end_reason" text,
	"rating" smallint,
	"feedback" text
);
--> statement-breakpoint
CREATE TABLE "kuku"."turns" (
	"session_id" text NOT NULL,
	"id" text NOT NULL,
	"item_id" text,
	"status" text NOT NULL,
	"at" bigint NOT NULL,
	"latency" jsonb,
	"usage" jsonb,
	"cost" double precision,
	CONSTRAINT "turns_session_id_id_pk" PRIMARY KEY("session_id","id")
);
--> statement-breakpoint
ALTER TABLE "kuku"."actions" ADD CONSTRAINT "actions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "kuku"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kuku"."audio" ADD CONSTRAINT "audio_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "kuku"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kuku"."deliveries" ADD CONSTRAINT "deliveries_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "kuku"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kuku"."items" ADD CONSTRAINT "items_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "kuku"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kuku"."reports" ADD CONSTRAINT "reports_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "kuku"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kuku"."turns" ADD CONSTRAINT "turns_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "kuku"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "actions_session" ON "kuku"."actions" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "actions_open" ON "kuku"."actions" USING btree ("owner_id","created_at") WHERE "kuku"."actions"."done_at" is null;--> statement-breakpoint
CREATE INDEX "actions_done" ON "kuku"."actions" USING btree ("owner_id") WHERE "kuku"."actions"."done_at" is not null;--> statement-breakpoint
CREATE INDEX "audio_session" ON "kuku"."audio" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "audio_expiry" ON "kuku"."audio" USING btree ("expires_at") WHERE "kuku"."audio"."expires_at" is not null;--> statement-breakpoint
CREATE INDEX "items_words" ON "kuku"."items" USING gin ("words");--> statement-breakpoint
CREATE INDEX "items_owner" ON "kuku"."items" USING btree ("owner_id","created_at","session_id","id");--> statement-breakpoint
CREATE INDEX "reports_pending" ON "kuku"."reports" USING btree ("created_at") WHERE "kuku"."reports"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "sessions_owner" ON "kuku"."sessions" USING btree ("owner_id","created_at","id");--> statement-breakpoint
CREATE INDEX "sessions_owner_status" ON "kuku"."sessions" USING btree ("owner_id","status","created_at","id");--> statement-breakpoint
CREATE INDEX "sessions_resume" ON "kuku"."sessions" USING btree ("resume_hash") WHERE "kuku"."sessions"."resume_hash" is not null;--> statement-breakpoint
CREATE INDEX "sessions_active" ON "kuku"."sessions" USING btree ("created_at") WHERE "kuku"."sessions"."status" = 'active';