/** Who the fuzzer is, and who the witness, on a server of either mode. */
import type { Mode } from "./server.ts";

export interface People {
  /** Header lines, one set for each of those whom the fuzzer is; the last has most rights. */
  readonly fuzzer: readonly (readonly string[])[];
  readonly witness: Readonly<Record<string, string>>;
  /** Whether the witness is somebody else, whose words are not the fuzzer's to read. */
  readonly apart: boolean;
}

/**
 * With accounts: two people who sign up, the fuzzer with a sign-in and with a key of its own, and as nobody.
 * @throws Error where that is refused
 */
export async function meet(url: string, mode: Mode): Promise<People> {
  if (mode === "none") return { fuzzer: [[]], witness: {}, apart: false };
  const fuzzer = await signUp(url, "fuzzer@example.org");
  const witness = await signUp(url, "witness@example.org");
  const made = await post(url, "/api/keys", { name: "fuzz", scopes: ["read", "talk", "erase"] }, fuzzer);
  const { key } = (made as { data: { key: string } }).data;
  return {
    fuzzer: [[], [`authorization: Bearer ${fuzzer}`], [`authorization: Bearer ${key}`]],
    witness: { authorization: `Bearer ${witness}` },
    apart: true,
  };
}

/** Their bearer token. */
async function signUp(url: string, email: string): Promise<string> {
  const password = "correct horse battery";
  await post(url, "/api/auth/sign-up/email", { email, password, name: "Somebody" });
  const signedIn = await post(url, "/api/auth/sign-in/email", { email, password, token: true });
  return (signedIn as { data: { token: string } }).data.token;
}

async function post(url: string, path: string, body: unknown, token?: string): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
  return await answer.json();
}
