/** Uploads that are received at once: of a user, a guest's address, an address, and of this process. */
import type { HttpError } from "../../net/http-error.ts";
import { openCounts } from "./concurrent-counts.ts";
import { tooManyUploads, uploadsFull } from "./refusals.ts";
import type { Subject } from "./subjects.ts";

export class UploadSlots {
  readonly #most: number;
  readonly #counts = openCounts();
  #taken = 0;

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
    const refuse = (refusal: HttpError): never => {
      free();
      throw refusal;
    };
    for (const { key, quotas } of subjects) {
      if (!this.#counts.take(key, quotas.uploadsAtOnce ?? Number.POSITIVE_INFINITY)) refuse(tooManyUploads());
      held.push(key);
    }
    if (this.#taken >= this.#most) refuse(uploadsFull());
    this.#taken++;
    let freed = false;
    return () => {
      if (freed) return;
      freed = true;
      this.#taken--;
      free();
    };
  }
}
