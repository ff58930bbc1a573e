/** Sessions as the REST face has them. */
import { askHere } from "../ask.ts";

/** @throws AskError */
export async function statusOf(sessionId: string): Promise<string> {
  return ((await askHere(`/api/sessions/${sessionId}`)) as { status: string }).status;
}

/** Ends a session; the answer is undefined where that failed, as of one that has ended. `summary`: of what was said. */
export async function endSession(sessionId: string): Promise<{ readonly summary?: string } | undefined> {
  const answer = await askHere(`/api/sessions/${sessionId}/end`, {}).catch(() => undefined);
  return answer as { summary?: string } | undefined;
}
