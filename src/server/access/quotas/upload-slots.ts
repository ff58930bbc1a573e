/** Uploads that are received at once: of a user, a guest's address, an address, and of this process. */
import type { HttpError } from "../../net/http-error.ts";
import { openCounts } from "./concurrent-counts.ts";
import { tooManyUploads, uploadsFull } from "./refusals.ts";
import type { Subject } from "./subjects.ts";

/** Key under which the uploads of all are counted; no subject has it. */
const everybody = "everybody";

export class UploadSlots {
  readonly #most: number;
  readonly #counts = openCounts();

  /** @param most uploads of all at once */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Takes a slot for one more upload of these subjects. Returns a function that frees it; calling it again does nothing.
   * @throws HttpError 429 `TOO_MANY_UPLOADS` where one of them has as many as it may, 503 `OVERLOADED` where all have
   */
  take(subjects: readonly Subject[]): () => void {
    const held: string[] = [];
    const free = () => {
      for (const key of held.splice(0)) this.#counts.give(key);
    };
    const hold = (key: string, most: number, refusal: () => HttpError) => {
      if (this.#counts.take(key, most)) return void held.push(key);
      free();
      throw refusal();
    };
    for (const { key, quotas } of subjects)
      if (quotas.uploadsAtOnce !== undefined) hold(key, quotas.uploadsAtOnce, tooManyUploads);
    hold(everybody, this.#most, uploadsFull);
    return free;
  }
}
