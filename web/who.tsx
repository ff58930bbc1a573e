/** The corner of the first page that says who is there, and offers to sign in where that is possible. */
import { useEffect, useState } from "preact/hooks";
import { type Me, readMe, readSettings, request } from "./account/requests.ts";
import { t } from "./messages/index.ts";

export interface Account {
  /** Undefined: nobody is signed in, or nobody is asked who they are. */
  readonly me?: Me | undefined;
  /** Nobody is asked here: whoever comes is the one user of the server. */
  readonly local: boolean;
}

let account: Account | undefined;
const listeners = new Set<(account: Account) => void>();

/** Who is signed in; undefined while that is not known. */
export function useAccount(): Account | undefined {
  const [known, setKnown] = useState(account);
  useEffect(() => {
    setKnown(account);
    listeners.add(setKnown);
    return () => void listeners.delete(setKnown);
  }, []);
  return known;
}

export function AccountCorner({ idle }: { idle: boolean }) {
  const known = useAccount();
  const { me, local } = known ?? {};
  const hasAccount = local || me?.via === "sign_in";
  return (
    <nav id="account" aria-label={t.account}>
      {known && (
        <a href={hasAccount ? "/account.html" : "/sign-in.html"}>
          {hasAccount ? me?.name || me?.email || t.account : t.signIn}
        </a>
      )}
      {/* Last: what is known late moves nothing. */}
      {idle && <a href="/progress.html">{t.progress}</a>}
    </nav>
  );
}

async function look(): Promise<void> {
  const { mode, guests } = await readSettings();
  if (mode === "none") return tell({ local: true });
  const me = await readMe();
  if (!me && guests) {
    // The cookie of a sign-in that has ended keeps a guest out; with it gone they come in, and the page has what it lacked.
    await request("POST", "/api/auth/sign-out");
    if (await readMe()) return location.reload();
  }
  tell({ me, local: false });
}

function tell(known: Account): void {
  account = known;
  for (const listener of listeners) listener(known);
}

/** Asks once. A failure is ignored here: the page says elsewhere that the server is away. */
export function watchAccount(): void {
  look().catch(() => {});
}
