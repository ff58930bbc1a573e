/** Asking a server's REST face in Node, a self-made certificate included. */
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { text } from "node:stream/consumers";
import { webAddress } from "../address.ts";
import { type Ask, AskError, openEnvelope } from "../report/kept.ts";

export interface AskOptions {
  /** The server's address, its socket's too. */
  readonly url: string;
  readonly token?: string;
  /** Accept any certificate. */
  readonly insecure?: boolean;
  /** Longest silence of the server, ms. @default 90000: a report may have to be written by a model first */
  readonly silenceMs?: number;
}

/** Makes the question; it throws AskError. */
export function askServer({ url, token, insecure = false, silenceMs = 90_000 }: AskOptions): Ask {
  return async (path) => {
    const place = new URL(path, webAddress(url));
    const send = place.protocol === "https:" ? secureRequest : plainRequest;
    const headers = {
      accept: "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const body = await new Promise<string>((resolve, reject) => {
      const asked = send(place, { headers, timeout: silenceMs, rejectUnauthorized: !insecure }, (response) =>
        text(response).then(resolve, reject),
      );
      asked.on("timeout", () => asked.destroy(new Error("it does not answer")));
      asked.on("error", reject);
      asked.end();
    }).catch((error: NodeJS.ErrnoException) => {
      throw new AskError("UNREACHABLE", `${place.origin} cannot be reached (${error.code ?? error.message})`);
    });
    return openEnvelope(parse(body));
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
