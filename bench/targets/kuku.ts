/** Ours. */
import { tuneGarbageCollection } from "../../src/server/app/garbage-collection.ts";
import { answerComposed } from "./composed.ts";

tuneGarbageCollection();
answerComposed({
  // Sessions whose clients have left would count as memory of the empty server, and go while the next are measured.
  RESUME_GRACE_SECONDS: "1",
  ...(process.env.BENCH_DATABASE_URL && { DATABASE_URL: process.env.BENCH_DATABASE_URL }),
});
