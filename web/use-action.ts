/** What buttons and forms do, one action at a time. */
import { useCallback, useState } from "preact/hooks";
import { wordsFor } from "./errors.ts";

/** `failure`: what went wrong of the last action, in words; empty: nothing. `inWords`: the same function at each call. */
export function useAction(inWords: (error: unknown) => string = wordsFor) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const run = useCallback(
    async (action: () => Promise<void>) => {
      setBusy(true);
      setFailure("");
      await action().catch((error: unknown) => setFailure(inWords(error)));
      setBusy(false);
    },
    [inWords],
  );
  return { busy, failure, run };
}
