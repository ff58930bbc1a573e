/** Closes opened resources, the last first. (`AsyncDisposableStack`, for versions of Node that have none.) */
export class CloseStack {
  readonly #closers: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  /** Adds something that is open now; where the stack is closed already, closes it at once. */
  add(close: () => unknown): void {
    if (this.#closing) this.#closing = this.#closing.finally(close);
    else this.#closers.push(close);
  }

  /** Adds a resource that is open now, and returns it. */
  readonly keep = <T extends { close(): unknown }>(resource: T): T => {
    this.add(() => resource.close());
    return resource;
  };

  /**
   * Closes everything, one after the other, and calling again waits for the same end. What fails to close does not keep
   * the rest open.
   * @throws the first failure
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
