/** The forms of the page of signing in, one at a time. */
import type { ComponentChildren, FunctionComponent } from "preact";
import { Field } from "../account/field.tsx";
import type { AccessSettings } from "../account/requests.ts";
import { words } from "../account/texts.ts";
import { t } from "../messages/index.ts";

export type View = "sign-in" | "sign-up" | "forgot" | "mailed" | "verify" | "reset" | "none";

type Send = (event: SubmitEvent) => void;

export interface FormProps {
  readonly busy: boolean;
  readonly settings: AccessSettings | undefined;
  readonly mailed: { readonly email: string; readonly text: string; readonly again: boolean };
  /** Whose address waits for its confirmation; empty: nobody's. */
  readonly unverified: string;
  readonly onSignIn: Send;
  readonly onSignUp: Send;
  readonly onForgot: Send;
  readonly onVerify: Send;
  readonly onReset: Send;
  readonly onResend: (email: string) => void;
}

const Email = ({ id, label = words.email }: { id: string; label?: string }) => (
  <Field id={id} name="email" label={label} type="email" autocomplete="username" length={[1, 254]} />
);

const Heading = ({ children }: { children: ComponentChildren }) => <h1 tabIndex={-1}>{children}</h1>;

function Submit({ busy, children }: { busy: boolean; children: ComponentChildren }) {
  return (
    <button class="main" type="submit" disabled={busy}>
      {children}
    </button>
  );
}

function SignIn({ busy, settings, unverified, onSignIn, onResend }: FormProps) {
  return (
    <>
      <Heading>{t.signIn}</Heading>
      <form id="sign-in" onSubmit={onSignIn}>
        <Email id="sign-in-email" />
        <Field
          id="sign-in-password"
          name="password"
          label={words.password}
          type="password"
          autocomplete="current-password"
          length={[1, 128]}
        />
        <p>
          <label>
            <input name="remember" type="checkbox" defaultChecked /> {words.stay}
          </label>
        </p>
        <Submit busy={busy}>{t.signIn}</Submit>
      </form>
      <p>
        <a href="#forgot">{words.forgotLink}</a>
      </p>
      {settings?.signUp && (
        <p>
          {words.noAccount} <a href="#sign-up">{words.makeOne}</a>
        </p>
      )}
      {settings?.guests && (
        <p>
          {words.guestBefore}
          <a href="/">{words.guestLink}</a>
          {words.guestAfter}
        </p>
      )}
      {unverified !== "" && (
        <p>
          {words.linkNotCome}{" "}
          <button type="button" disabled={busy} onClick={() => onResend(unverified)}>
            {words.sendAgain}
          </button>
        </p>
      )}
    </>
  );
}

function SignUp({ busy, onSignUp }: FormProps) {
  const name = (
    <>
      {words.yourName} <span class="quiet">{words.optional}</span>
    </>
  );
  return (
    <>
      <Heading>{words.signUp}</Heading>
      <form id="sign-up" onSubmit={onSignUp}>
        <Field id="sign-up-name" name="name" label={name} type="text" autocomplete="name" length={[0, 100]} />
        <Email id="sign-up-email" />
        <Field
          id="sign-up-password"
          name="password"
          label={words.password}
          type="password"
          autocomplete="new-password"
          hint={words.passwordHint}
          length={[10, 128]}
        />
        <Submit busy={busy}>{words.makeAccount}</Submit>
      </form>
      <p>
        {words.haveOne} <a href="#sign-in">{t.signIn}</a>
      </p>
    </>
  );
}

function Forgot({ busy, onForgot }: FormProps) {
  return (
    <>
      <Heading>{words.forgot}</Heading>
      <form id="forgot" onSubmit={onForgot}>
        <Email id="forgot-email" label={words.emailOfAccount} />
        <Submit busy={busy}>{words.sendLink}</Submit>
      </form>
      <p>
        <a href="#sign-in">{words.backToSignIn}</a>
      </p>
    </>
  );
}

function CheckMail({ busy, mailed: { email, text, again }, onResend }: FormProps) {
  return (
    <>
      <Heading>{words.mailed}</Heading>
      <p>{text}</p>
      <p>{words.mailedAbout}</p>
      {again && (
        <p>
          <button type="button" disabled={busy} onClick={() => onResend(email)}>
            {words.sendAgain}
          </button>
        </p>
      )}
      <p>
        <a href="#sign-in">{words.backToSignIn}</a>
      </p>
    </>
  );
}

function Verify({ busy, onVerify }: FormProps) {
  return (
    <>
      <Heading>{words.verify}</Heading>
      <form id="verify" onSubmit={onVerify}>
        <p>{words.verifyAbout}</p>
        <Submit busy={busy}>{words.verifyButton}</Submit>
      </form>
    </>
  );
}

function Reset({ busy, onReset }: FormProps) {
  return (
    <>
      <Heading>{words.reset}</Heading>
      <form id="reset" onSubmit={onReset}>
        <Field
          id="reset-password"
          name="password"
          label={words.newPassword}
          type="password"
          autocomplete="new-password"
          hint={words.resetHint}
          length={[10, 128]}
        />
        <Submit busy={busy}>{words.setIt}</Submit>
      </form>
      <p>
        <a href="#forgot">{words.askNewLink}</a>
      </p>
    </>
  );
}

function Nobody() {
  return (
    <>
      <Heading>{words.nobody}</Heading>
      <p>
        {words.nobodyAbout} <a href="/">{t.practise}</a>
      </p>
    </>
  );
}

export const viewParts: Readonly<Record<View, FunctionComponent<FormProps>>> = {
  "sign-in": SignIn,
  "sign-up": SignUp,
  forgot: Forgot,
  mailed: CheckMail,
  verify: Verify,
  reset: Reset,
  none: Nobody,
};
