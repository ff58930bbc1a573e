/** The part of a request that reaches the mails it leads to, carried past better-auth, which hands on only some of it. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Language } from "./mail-texts.ts";

/** Header that hands the client's address to better-auth; a client's own header of this name is dropped. */
export const addressHeader = "x-kuku-address";

export interface MailContext {
  /** The client's address; undefined: not known. */
  readonly address?: string | undefined;
  /** The server's origin as people reach it: links in mails lead there. */
  readonly base: string;
  readonly language: Language;
  /** Called once a password was hashed. */
  readonly onHashed?: () => void;
  /** Called once a password was reset. */
  readonly onReset?: (userId: string) => void;
  /** Takes the link in place of the mail. */
  readonly onLink?: (link: string) => void;
}

/** A request to the accounts: its client's credentials, address and language. */
export interface RequestContext extends MailContext {
  /** `cookie`, `authorization` and `user-agent` of the request, and its address (see `requestContextOf`). */
  readonly headers: Headers;
}

/** The context of the call that is running. */
export const requestContext = new AsyncLocalStorage<MailContext>();
