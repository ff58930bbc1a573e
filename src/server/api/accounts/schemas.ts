/** Accounts as requests bring them and answers tell them. */
import { z } from "zod";
import { passwordLength } from "../../access/accounts/password-length.ts";
import { named, timeSchema } from "../../http/common-schemas.ts";

const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .pipe(z.email("is not an e-mail address"))
  .meta({ description: "Capital letters make no difference.", examples: ["ann@example.org"] });

const { least, most } = passwordLength;
const newPassword = z
  .string()
  .min(least, `must have ${least} characters or more`)
  .max(most, `must have ${most} characters or fewer`)
  .meta({ description: `${least}–${most} characters.` });
/** One that is only compared: its length tells nobody anything. */
const password = z.string().min(1).max(most);

const revokesKeys = z.boolean().default(false).describe("True: the account's API keys are revoked, too.");

const linkToken = z.string().min(1).max(2048).describe("From the link that was mailed, behind the `=`.");

const [exampleEmail, examplePassword] = ["ann@example.org", "correct horse battery"];

export const signUpBody = z
  .strictObject({
    email,
    password: newPassword,
    name: z.string().trim().max(100).default("").describe("How to be called."),
  })
  .meta({ examples: [{ email: exampleEmail, password: examplePassword, name: "Ann" }] });
const wantsToken = z
  .boolean()
  .default(false)
  .describe("True: for programs. The answer brings a bearer token, and no cookie.");
export const signInBody = z
  .strictObject({
    email,
    password,
    remember: z
      .boolean()
      .default(true)
      .describe("False: the browser forgets it when it is closed, the server after a day."),
    token: wantsToken,
  })
  .meta({ examples: [{ email: exampleEmail, password: examplePassword }] });
export const emailBody = z.strictObject({ email }).meta({ examples: [{ email: exampleEmail }] });
export const resetBody = z
  .strictObject({ token: linkToken, password: newPassword, revokeKeys: revokesKeys })
  .meta({ examples: [{ token: "F39ZmNGnubSgw2FmbuSC64Xj", password: examplePassword }] });
export const verifyBody = z
  .strictObject({ token: linkToken })
  .meta({ examples: [{ token: "eyJhbGciOiJIUzI1NiJ9…" }] });
export const changePasswordBody = z
  .strictObject({ current: password, password: newPassword, token: wantsToken, revokeKeys: revokesKeys })
  .meta({ examples: [{ current: examplePassword, password: "battery staple horse" }] });

/** Codes of what these bodies may have wrong. */
export const invalidAccount = {
  "body.email": "INVALID_EMAIL",
  "body.password": "INVALID_PASSWORD",
  "body.token": "INVALID_LINK",
};

const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(["user", "admin"]),
  })
  .meta({ id: "AccountUser", description: "Somebody with an account." });
const tokenSchema = z.string().optional().describe("A bearer token, where one was asked for.");

const exampleUser = {
  id: "user_0198c1f26c3e7d419a573f1f2a9b8c7d",
  email: exampleEmail,
  name: "Ann",
  role: "user" as const,
};

export const enteredSchema = z
  .object({ user: userSchema, token: tokenSchema })
  .meta({ examples: [{ user: exampleUser }] });
export const signedUpSchema = z
  .object({
    verify: z.boolean().describe("A link was mailed; the account is of use once it was opened."),
    user: userSchema.optional().describe("Absent where there is a link to open first."),
  })
  .meta({ examples: [{ verify: true }] });
export const doneSchema = z.object({}).meta({ examples: [{}] });
export const tokenAnswerSchema = z.object({ token: tokenSchema }).meta({ examples: [{}] });

export const signInIdParams = z.object({
  id: z
    .string()
    .regex(/^[0-9a-f]{40}$/, "is no sign-in's id")
    .describe("Names a sign-in."),
});
const signInSchema = z
  .object({
    id: z.string(),
    current: z.boolean().describe("Whether it is the one that asks."),
    createdAt: timeSchema,
    lastUsedAt: timeSchema.describe("To the day."),
    expiresAt: timeSchema,
    address: z.string().optional().describe("Where it was made from."),
    userAgent: z.string().optional().describe("What it was made with, as that said."),
  })
  .meta({ id: "SignIn", description: "A place where somebody is signed in." });
export const signInsSchema = z.object({ signIns: z.array(signInSchema) }).meta({
  examples: [
    {
      signIns: [
        {
          id: "3f786850e387550fdab836ed7e6dc881de23001b",
          current: true,
          createdAt: "2026-11-23T09:30:00.000Z",
          lastUsedAt: "2026-11-23T09:30:00.000Z",
          expiresAt: "2026-12-23T09:30:00.000Z",
          address: "192.0.2.1",
          userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        },
      ],
    },
  ],
});

export const meSchema = z
  .object({
    id: z.string(),
    email: z.string().optional(),
    name: z.string().optional(),
    role: z.enum(["user", "admin"]),
    via: z
      .enum(["sign_in", "key", "secret", "guest", "none"])
      .describe("What was shown; none: nothing was asked for."),
    guest: z.boolean(),
  })
  .meta(named("Me", { ...exampleUser, via: "sign_in", guest: false }));

export const settingsSchema = z
  .object({
    mode: z
      .enum(["accounts", "none"])
      .describe("none: nobody has to say who they are, and there is nothing to sign in to."),
    signUp: z.boolean().describe("Whether anybody may make an account."),
    guests: z.boolean().describe("Whether people without an account may talk."),
  })
  .meta(named("AccessSettings", { mode: "accounts", signUp: true, guests: false }));
