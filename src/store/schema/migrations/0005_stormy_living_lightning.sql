CREATE TABLE "kuku"."readings" (
	"session_id" text NOT NULL,
	"item_id" text NOT NULL,
	"at" bigint NOT NULL,
	"language" text NOT NULL,
	"kind" text NOT NULL,
	"text" text NOT NULL,
	"score" double precision NOT NULL,
	"slips" jsonb NOT NULL,
	CONSTRAINT "readings_session_id_item_id_pk" PRIMARY KEY("session_id","item_id")
);
--> statement-breakpoint
ALTER TABLE "kuku"."readings" ADD CONSTRAINT "readings_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "kuku"."sessions"("id") ON DELETE cascade ON UPDATE no action;