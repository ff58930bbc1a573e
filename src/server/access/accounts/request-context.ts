/** What of a request reaches the mails it leads to, through a library that hands it on only in part. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Language } from "./mail-texts.ts";

export interface Asking {
  /** The server's origin as people reach it: links in mails lead there. */
  readonly base: string;
  readonly language: Language;
  /** Called once a password was hashed. */
  readonly onHashed?: () => void;
  /** Takes the link in place of the mail. */
  readonly onLink?: (link: string) => void;
}

/** Who asks, and what they brought. */
export interface RequestContext extends Asking {
  /** `cookie`, `authorization` and `user-agent` of the request, and its address (see `askerOf`). */
  readonly headers: Headers;
  readonly address: string | undefined;
}

/** Whoever runs something within it is the one who asks. */
export const requestContext = new AsyncLocalStorage<Asking>();
