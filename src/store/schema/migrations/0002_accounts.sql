CREATE TABLE "kuku"."api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"owner_id" text NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"limits" jsonb,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"revoked_at" bigint,
	"last_used_at" bigint,
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "kuku"."audit" (
	"id" text PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"actor_id" text NOT NULL,
	"action" text NOT NULL,
	"owner_id" text,
	"target" text,
	"detail" jsonb
);
--> statement-breakpoint
CREATE TABLE "kuku"."credentials" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"user_id" text NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp with time zone,
	"refresh_token_expires_at" timestamp with time zone,
	"scope" text,
	"password" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kuku"."directives" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"at" bigint NOT NULL,
	"directive" jsonb NOT NULL,
	"done_at" bigint,
	"outcome" jsonb
);
--> statement-breakpoint
CREATE TABLE "kuku"."rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"points" bigint DEFAULT 0 NOT NULL,
	"expire" bigint
);
--> statement-breakpoint
CREATE TABLE "kuku"."sign_ins" (
	"id" text PRIMARY KEY NOT NULL,
	"token" text NOT NULL,
	"user_id" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"impersonated_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sign_ins_token_unique" UNIQUE("token")
);
--> statement-breakpoint
CREATE TABLE "kuku"."usage_days" (
	"day" text NOT NULL,
	"owner_id" text NOT NULL,
	"key_id" text DEFAULT '' NOT NULL,
	"sessions" integer DEFAULT 0 NOT NULL,
	"turns" integer DEFAULT 0 NOT NULL,
	"audio_seconds" double precision DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"characters" bigint DEFAULT 0 NOT NULL,
	"cost" double precision DEFAULT 0 NOT NULL,
	CONSTRAINT "usage_days_day_owner_id_key_id_pk" PRIMARY KEY("day","owner_id","key_id")
);
--> statement-breakpoint
CREATE TABLE "kuku"."users" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"role" text DEFAULT 'user' NOT NULL,
	"banned" boolean DEFAULT false NOT NULL,
	"ban_reason" text,
	"ban_expires" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "kuku"."verifications" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "kuku"."nodes" ADD COLUMN "live" jsonb;--> statement-breakpoint
ALTER TABLE "kuku"."nodes" ADD COLUMN "watched_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "kuku"."credentials" ADD CONSTRAINT "credentials_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "kuku"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kuku"."sign_ins" ADD CONSTRAINT "sign_ins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "kuku"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_owner" ON "kuku"."api_keys" USING btree ("owner_id","created_at");--> statement-breakpoint
CREATE INDEX "audit_at" ON "kuku"."audit" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "audit_owner" ON "kuku"."audit" USING btree ("owner_id","at");--> statement-breakpoint
CREATE INDEX "credentials_user" ON "kuku"."credentials" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "directives_open" ON "kuku"."directives" USING btree ("node_id","at") WHERE "kuku"."directives"."done_at" is null;--> statement-breakpoint
CREATE INDEX "rate_limits_expire" ON "kuku"."rate_limits" USING btree ("expire");--> statement-breakpoint
CREATE INDEX "sign_ins_user" ON "kuku"."sign_ins" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "usage_days_owner" ON "kuku"."usage_days" USING btree ("owner_id","day");--> statement-breakpoint
CREATE INDEX "verifications_identifier" ON "kuku"."verifications" USING btree ("identifier");--> statement-breakpoint
CREATE INDEX "verifications_expiry" ON "kuku"."verifications" USING btree ("expires_at");