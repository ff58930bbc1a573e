import { vi } from "vitest";

/** Resolves with what `check` returns once it no longer throws. The limit is for what hangs, not for what is slow. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, 100_000);
