/** Guesses the pronunciation of words that are not in the dictionary, by letter-to-sound rules, longest spelling first. */

import type { SpokenLanguage } from "../../../../pipeline/text-normalization/spoken-words.ts";
import type { Pronunciation } from "./lexicon.ts";

/** Spelling → phones (ARPAbet). `^` and `$` tie a rule to the word's start and end. */
const ENGLISH = `
tion$=SH AH N|sion$=ZH AH N|cious$=SH AH S|tious$=SH AH S|ture$=CH ER|ough=AO|augh=AO|eigh=EY|igh=AY|tch=CH|dge=JH|
^kn=N|^wr=R|^ps=S|^gn=N|^x=Z|^y=Y|^wh=W|sch=S K|sh=SH|ch=CH|ph=F|th=TH|gh=G|ck=K|qu=K W|ng$=NG|nk=NG K|ng=NG G|
wh=W|ee=IY|ea=IY|oo=UW|ou=AW|ow=OW|oa=OW|oi=OY|oy=OY|ai=EY|ay=EY|ei=EY|ey=IY|ie=IY|au=AO|aw=AO|ew=UW|ue$=UW|ui=UW|eu=Y UW|
air=EH R|ear=IH R|eer=IH R|oor=AO R|our=AO R|ar=AA R|er=ER|ir=ER|ur=ER|or=AO R|yr=ER|
ble$=B AH L|ple$=P AH L|tle$=T AH L|dle$=D AH L|gle$=G AH L|cle$=K AH L|kle$=K AH L|fle$=F AH L|
ces$=S IH Z|ses$=Z IH Z|ges$=JH IH Z|ted$=T IH D|ded$=D IH D|ing$=IH NG|y$=IY|e$=|es$=Z|ed$=D|a$=AH|o$=OW|i$=IY|
ce=S EH|ci=S IH|cy=S IY|ge=JH EH|gi=JH IH|gy=JH IY|
bb=B|cc=K|dd=D|ff=F|gg=G|ll=L|mm=M|nn=N|pp=P|rr=R|ss=S|tt=T|zz=Z|
a=AE|b=B|c=K|d=D|e=EH|f=F|g=G|h=HH|i=IH|j=JH|k=K|l=L|m=M|n=N|o=AA|p=P|q=K|r=R|s=S|t=T|u=AH|v=V|w=W|x=K S|y=IH|z=Z`;

/** Spelling → phones of the French model. */
const FRENCH = `
tion$=ss yy on|tions$=ss yy on|eaux$=au|eau=au|aill=aa yy|eill=ai yy|ouill=ou yy|(?<=c)ueill=oe yy|(?<=c)ueil=oe yy|euill=oe yy|œill=oe yy|euil=oe yy|ill(?=[eéèa])=ii yy|ail$=aa yy|eil$=ai yy|
ain=in|ein=in|oin=ww in|ien=yy in|aim=in|oeu=eu|œu=eu|ou=ou|oi=ww aa|oî=ww aa|au=au|ai=ai|ei=ai|eu=eu|œ=eu|
an(?![aeiouyéèêàâîôûn])=an|am(?=[bp])=an|en(?![aeiouyéèêàâîôûn])=an|em(?=[bp])=an|in(?![aeiouyéèêàâîôûn])=in|im(?=[bp])=in|yn(?![aeiouyn])=in|
on(?![aeiouyéèêàâîôûn])=on|om(?=[bp])=on|un(?![aeiouyéèêàâîôûn])=un|ch=ch|ph=ff|th=tt|gn=gn|qu=kk|gu(?=[eiéèê])=gg|ge(?=[aou])=jj|
ç=ss|c(?=[eiyéèê])=ss|g(?=[eiyéèê])=jj|(?<=[aeiouyéè])s(?=[aeiouyéè])=zz|ss=ss|er$=ei|ez$=ei|et$=ai|es$=|e$=|ent$=an|
(?<=.)s$=|(?<=.)t$=|(?<=.)d$=|(?<=.)x$=|(?<=.)z$=|(?<=.)p$=|
bb=bb|cc=kk|dd=dd|ff=ff|gg=gg|ll=ll|mm=mm|nn=nn|pp=pp|rr=rr|tt=tt|
a=aa|à=aa|â=aa|b=bb|c=kk|d=dd|e=ee|é=ei|è=ai|ê=ai|ë=ai|f=ff|g=gg|h=|i=ii|î=ii|ï=ii|j=jj|k=kk|l=ll|m=mm|n=nn|o=oo|ô=au|
p=pp|q=kk|r=rr|s=ss|t=tt|u=uu|ù=uu|û=uu|ü=uu|v=vv|w=ww|x=kk ss|y=ii|z=zz`;

interface Rule {
  readonly pattern: RegExp;
  readonly phones: readonly string[];
}

const compile = (table: string): readonly Rule[] =>
  table
    .replaceAll("\n", "")
    .split("|")
    .map((rule) => {
      const cut = rule.lastIndexOf("=");
      return {
        spelling: rule.slice(0, cut),
        phones: rule
          .slice(cut + 1)
          .split(" ")
          .filter(Boolean),
      };
    })
    // `(?=` holds an equals sign, which is why the last one is the divider.
    .map(({ spelling, phones }) => ({
      pattern: new RegExp(spelling.startsWith("^") ? `(?<![^])${spelling.slice(1)}` : spelling, "uy"),
      phones,
    }));

const RULES = { en: compile(ENGLISH), fr: compile(FRENCH) };

/** A rough pronunciation; empty where the word has no letter of the alphabet. */
export function lettersToSound(word: string, language: SpokenLanguage): Pronunciation {
  const letters =
    language === "en" ? word.normalize("NFD").replace(/\p{M}|'/gu, "") : word.replaceAll("'", "");
  // A final silent e lengthens the vowel before the consonant: "blake", "stine".
  const long =
    language === "en"
      ? letters.replace(/([aiou])([bcdfgklmnpstvz])e(s?)$/u, (_, v, c, s) => `${LONG[v]}${c}${s}`)
      : letters;
  const phones: string[] = [];
  for (let at = 0; at < long.length; ) {
    const rule = RULES[language].find(({ pattern }) => {
      pattern.lastIndex = at;
      return pattern.test(long);
    });
    if (!rule) {
      at++;
      continue;
    }
    at = Math.max(at + 1, rule.pattern.lastIndex);
    phones.push(...rule.phones);
  }
  return phones;
}

/** Spellings whose rules give the long vowels. */
const LONG: Record<string, string> = { a: "ay", i: "igh", o: "oa", u: "oo" };
