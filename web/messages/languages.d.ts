/**
 * What the languages' files in this folder export (`en.ts`, `fr.ts`), by the file's name. The build finds the files and
 * makes these modules; nothing else lists languages.
 */
type Texts<T> = Readonly<Record<string, T>>;

declare module "kuku:languages/messages" {
  const texts: Texts<import("./messages.ts").Messages>;
  export default texts;
}
declare module "kuku:languages/account" {
  const texts: Texts<import("./account-messages.ts").AccountMessages>;
  export default texts;
}
declare module "kuku:languages/report" {
  const texts: Texts<import("../../src/client/report/texts.ts").ReportTexts>;
  export default texts;
}
declare module "kuku:languages/admin" {
  const texts: Texts<import("./admin-messages.ts").AdminMessages>;
  export default texts;
}
