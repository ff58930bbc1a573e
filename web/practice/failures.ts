/** Failures in words for people. */
import { ConnectError } from "../../src/client/connect.ts";
import type { MicrophoneError } from "../../src/client/microphone.ts";
import { AskError } from "../../src/client/report/kept.ts";
import { wordsFor } from "../errors.ts";
import { t } from "../messages/index.ts";

export function microphoneText({ trouble }: MicrophoneError): string {
  return t.microphone[trouble];
}

export function failureText(error: unknown): string {
  if (error instanceof ConnectError)
    return t.notice.unreachable(error.trouble === "refused" ? t.notice.refused : t.notice.noServer);
  // Connecting again is what the page offers; a reload would lose what is on it.
  if (error instanceof AskError)
    return error.code === "UNREACHABLE" ? t.notice.unreachable(t.notice.noServer) : wordsFor(error);
  console.error(error);
  return t.notice.noSound;
}
