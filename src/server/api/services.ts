/** Services of the REST routes; assembled by the composition root. */

import type { Clock } from "../../lib/clock.ts";
import type { UploadDecoder } from "../../pipeline/uploads/upload-decoder.ts";
import type { Synthesizer } from "../../ports/synthesizer.ts";
import type { Capabilities } from "../../session/capabilities.ts";
import type { Jobs } from "../../store/jobs.ts";
import type { AudioObjects } from "../../store/objects/objects.ts";
import type { Store } from "../../store/store.ts";
import type { ClientSecrets } from "../access/client-secrets.ts";
import type { Limiter } from "../access/quotas/limiter.ts";
import type { AccountData } from "../account-data/account-data.ts";
import type { MessageExchange } from "../conversations/message-exchange.ts";
import type { PersonaBook } from "../conversations/persona-book.ts";
import type { Recorder } from "../conversations/recorder.ts";
import type { Reports } from "../conversations/reports.ts";
import type { SessionRegistry } from "../conversations/session-registry.ts";
import type { Logger } from "../logging/log.ts";
import type { EnginesInUse } from "./engines.ts";

export interface RestLimits {
  /** Largest upload, bytes. */
  readonly maxUploadBytes: number;
  /** Longest recording by its decoded length, ms. */
  readonly maxAudioMs: number;
  /** Time a reply's audio can be fetched, ms. */
  readonly replyAudioMs: number;
}

export interface RestServices {
  readonly store: Store;
  readonly messageExchange: MessageExchange;
  readonly sessions: SessionRegistry;
  readonly objects: AudioObjects;
  readonly uploads: UploadDecoder;
  readonly jobs: Jobs;
  readonly reports: Pick<Reports, "make">;
  readonly recorder: Pick<Recorder, "settled">;
  readonly personas: PersonaBook;
  readonly accountData: Pick<AccountData, "erasure" | "exports">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: RestLimits;
  readonly limiter: Pick<Limiter, "create" | "spend" | "upload">;
  readonly secrets: ClientSecrets;
  readonly capabilities: Capabilities;
  readonly engines: EnginesInUse;
  readonly synthesizer: Synthesizer;
}
