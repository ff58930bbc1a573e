/** Shape of the texts of the pages around an account: signing in, and the account's own. */
import type { Scope, Span } from "../account/requests.ts";

export interface AccountMessages
  extends Readonly<
    Record<
      | "title"
      | "you"
      | "youAreLocal"
      | "youAreGuest"
      | "signOut"
      | "places"
      | "here"
      | "neverUsed"
      | "unknownDevice"
      | "signOutThere"
      | "signOutOthers"
      | "signOutOthersText"
      | "signOutAll"
      | "signOutAllText"
      | "onlyThisLeft"
      | "password"
      | "presentPassword"
      | "newOne"
      | "newOneHint"
      | "revokeKeys"
      | "changeIt"
      | "changed"
      | "keys"
      | "keysAbout"
      | "noKeys"
      | "newKey"
      | "copy"
      | "copied"
      | "makeKey"
      | "keyName"
      | "keyScopes"
      | "goodFor"
      | "makeIt"
      | "revoke"
      | "revokeText"
      | "revoked"
      | "data"
      | "exportLink"
      | "exportRest"
      | "erase"
      | "eraseText"
      | "erasePassword"
      | "eraseConfirm"
      | "email"
      | "stay"
      | "forgotLink"
      | "noAccount"
      | "makeOne"
      | "guestBefore"
      | "guestLink"
      | "guestAfter"
      | "linkNotCome"
      | "sendAgain"
      | "signUp"
      | "yourName"
      | "optional"
      | "passwordHint"
      | "makeAccount"
      | "haveOne"
      | "forgot"
      | "emailOfAccount"
      | "sendLink"
      | "backToSignIn"
      | "mailed"
      | "mailedAbout"
      | "verify"
      | "verifyAbout"
      | "verifyButton"
      | "verified"
      | "reset"
      | "newPassword"
      | "resetHint"
      | "setIt"
      | "askNewLink"
      | "isSet"
      | "nobody"
      | "nobodyAbout",
      string
    >
  > {
  readonly scopes: Readonly<Record<Scope, string>>;
  /** How long a key is good for, by its days. */
  readonly spans: Readonly<Record<Span, string>>;
  youAreAdmin(name: string): string;
  lastUsed(day: string): string;
  until(day: string): string;
  deviceOn(browser: string, system: string): string;
  signOutThereText(device: string): string;
  revokeTitle(name: string): string;
  mailedSignUp(email: string): string;
  mailedAgain(email: string): string;
  mailedForgot(email: string): string;
}
