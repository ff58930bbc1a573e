/** Texts of mails, in English and French: short, and nothing in them that somebody else could have written. */
import type { Mail } from "./mail.ts";

export type Language = "en" | "fr";

/** The first of the languages a browser asks for that mails are written in; English where there is none. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const tags = (acceptLanguage ?? "").toLowerCase().split(",", 20);
  return tags.map((tag) => tag.trim().slice(0, 2)).find((tag) => tag === "fr" || tag === "en") === "fr"
    ? "fr"
    : "en";
}

/** Why somebody gets a mail: to confirm an address, to choose a new password, or because an account was asked for twice. */
export type Occasion = "verify" | "reset" | "taken";

type Words = Readonly<
  Record<Occasion, { readonly subject: string; readonly text: (link: string) => string }>
>;

const english: Words = {
  verify: {
    subject: "Confirm your address for Kuku Coach",
    text: (
      link,
    ) => `Somebody, most likely you, made an account at Kuku Coach with this address. To confirm it, open:

${link}

The link is good for an hour. If it was not you, do nothing: without this step the account cannot be used.`,
  },
  reset: {
    subject: "A new password for Kuku Coach",
    text: (link) => `To choose a new password for your account at Kuku Coach, open:

${link}

The link is good for an hour, and once. If you did not ask for it, do nothing: your password stays as it is.`,
  },
  taken: {
    subject: "You have an account at Kuku Coach",
    text: (
      link,
    ) => `Somebody, perhaps you, tried to make an account at Kuku Coach with this address, which has one already. To sign in, or to choose a new password, open:

${link}

If it was not you, there is nothing to do: nothing has changed.`,
  },
};

const french: Words = {
  verify: {
    subject: "Confirmez votre adresse pour Kuku Coach",
    text: (
      link,
    ) => `Quelqu'un, sans doute vous, a créé un compte Kuku Coach avec cette adresse. Pour la confirmer, ouvrez :

${link}

Le lien est valable une heure. Si ce n'était pas vous, ne faites rien : sans cette étape, le compte est inutilisable.`,
  },
  reset: {
    subject: "Un nouveau mot de passe pour Kuku Coach",
    text: (link) => `Pour choisir un nouveau mot de passe pour votre compte Kuku Coach, ouvrez :

${link}

Le lien est valable une heure, une seule fois. Si vous n'avez rien demandé, ne faites rien : votre mot de passe ne change pas.`,
  },
  taken: {
    subject: "Vous avez déjà un compte Kuku Coach",
    text: (
      link,
    ) => `Quelqu'un, peut-être vous, a voulu créer un compte Kuku Coach avec cette adresse, qui en a déjà un. Pour vous connecter, ou choisir un nouveau mot de passe, ouvrez :

${link}

Si ce n'était pas vous, il n'y a rien à faire : rien n'a changé.`,
  },
};

/** The mail for this occasion. `base`: the server's origin as people reach it; `token` goes where no server logs it. */
export function writeMail(
  occasion: Occasion,
  { to, base, token, language }: { to: string; base: string; token?: string; language: Language },
): Mail {
  const { subject, text } = (language === "fr" ? french : english)[occasion];
  return { to, subject, text: text(linkTo(base, occasion, token)) };
}

/** The page that does what the mail is for, its token behind the `#`: a browser sends that to nobody. */
export function linkTo(base: string, occasion: Occasion, token?: string): string {
  const page = `${base}/sign-in.html`;
  return token === undefined ? page : `${page}#${occasion}=${token}`;
}
