import { expect, test, vi } from "vitest";
import { announceListening } from "../../../src/server/app/start-lines.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";

/** What a start with these settings prints behind its address. */
function announced(settings: Record<string, string>, workers = 1): string[] {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const log = openLog("silent", { write: () => {} });
  const about = { transcriber: "ears-model", synthesizer: "voice-model", workers };
  announceListening({ ...readConfig(settings), selfSigned: false }, 8000, { log, about });
  const [first, ...others] = write.mock.calls.join("").trimEnd().split("\n");
  write.mockRestore();
  expect(first).toBe("Kuku Coach listens: open http://localhost:8000/");
  return others;
}

test("[LM10] a start tells its ears and voice, and where both are embedded how to see better ones", () => {
  expect(announced({})).toEqual([
    "  ears: ears-model, voice: voice-model",
    "  neural ears and voices that run on this machine, too: npm run kuku -- models list",
  ]);
  expect(announced({ TRANSCRIBER: "local" })).toEqual(["  ears: ears-model, voice: voice-model"]);
});

test("[LM6] a start with several workers tells that each has its local models in memory", () => {
  expect(announced({ SYNTHESIZER: "local" }, 3)).toEqual([
    "  ears: ears-model, voice: voice-model",
    "  each of the 3 workers has its models in memory: 3 times what the log tells",
  ]);
});
