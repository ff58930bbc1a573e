/** Text normalization: what signs, units, currencies and abbreviations are called, by language. Data. */
import type { SpokenLanguage } from "./numbers.ts";
import type { Reading } from "./readings.ts";

/** A noun after one and after several. */
export interface Noun {
  readonly one: readonly Reading[];
  readonly many: readonly Reading[];
}

export interface Vocabulary {
  /** Readings of "per cent". */
  readonly percent: readonly Reading[];
  readonly degree: Noun;
  /** By sign or code, the hundredth with it where there is one. */
  readonly currencies: Readonly<Record<string, { readonly unit: Noun; readonly hundredth?: Noun }>>;
  /** By how they are written behind a number. */
  readonly units: Readonly<Record<string, Noun>>;
  /** Powers of ten behind an amount of money or a count: `$5M`, `5 million`. */
  readonly scales: Readonly<Record<string, readonly Reading[]>>;
  /** Signs that are said where they stand alone. */
  readonly signs: Readonly<Record<string, readonly Reading[]>>;
  /** In lower case, without a full stop at the end. */
  readonly abbreviations: Readonly<Record<string, readonly Reading[]>>;
  /** Abbreviations that are words of their own unless a full stop follows: `no.`, `mar.` */
  readonly dotted: Readonly<Record<string, readonly Reading[]>>;
  /** January first. */
  readonly months: readonly string[];
  readonly and: Reading;
  readonly minus: readonly Reading[];
  /** Words between the ends of a range. */
  readonly to: readonly Reading[];
  /** Before a number: `#1`, `No. 1`. */
  readonly number: readonly Reading[];
}

const noun = (one: string, many: string): Noun => ({ one: one.split("|"), many: many.split("|") });
/** `km=kilometer kilometers, …`: what is written, after one, after several; ways are divided by `|`, words by `_`. */
const nouns = (table: string): Record<string, Noun> =>
  Object.fromEntries(
    table
      .split(",")
      .map((entry) => entry.trim().split(/[= ]/))
      .map(([written = "", one = "", many = one]) => [
        written,
        noun(one.replaceAll("_", " "), many.replaceAll("_", " ")),
      ]),
  );
/** `mr=mister, …`: what is written and the ways to say it, divided by `|`. */
const ways = (table: string): Record<string, readonly Reading[]> =>
  Object.fromEntries(
    table
      .split(",")
      .map((entry) => entry.trim().split("="))
      .map(([written = "", said = ""]) => [written, said.split("|")]),
  );

const dollars = { unit: noun("dollar", "dollars"), hundredth: noun("cent", "cents") };
const englishEuros = { unit: noun("euro", "euros|euro"), hundredth: noun("cent", "cents|euro cents") };
const pounds = { unit: noun("pound", "pounds"), hundredth: noun("penny|P", "pence|P") };

const english: Vocabulary = {
  percent: ["percent", "per cent"],
  degree: noun("degree", "degrees"),
  currencies: {
    $: dollars,
    USD: dollars,
    US$: { unit: noun("U S dollar|dollar", "U S dollars|dollars"), hundredth: dollars.hundredth },
    "€": englishEuros,
    EUR: englishEuros,
    "£": pounds,
    GBP: pounds,
    "¥": { unit: noun("yen", "yen") },
    "₹": { unit: noun("rupee", "rupees") },
    CHF: { unit: noun("swiss franc|franc", "swiss francs|francs") },
    "¢": { unit: noun("cent", "cents") },
  },
  units:
    nouns(`km=kilometer|kilometre kilometers|kilometres, m=meter|metre meters|metres, cm=centimeter|centimetre centimeters|centimetres,
    mm=millimeter|millimetre millimeters|millimetres, mi=mile miles, ft=foot feet, in=inch inches, yd=yard yards,
    kg=kilogram|kilo kilograms|kilos, g=gram grams, mg=milligram milligrams, t=ton|tonne tons|tonnes, lb=pound pounds, lbs=pound pounds, oz=ounce ounces,
    l=liter|litre liters|litres, L=liter|litre liters|litres, ml=milliliter|millilitre milliliters|millilitres, mL=milliliter|millilitre milliliters|millilitres,
    s=second seconds, sec=second seconds, ms=millisecond milliseconds, min=minute minutes, h=hour hours, hr=hour hours, hrs=hour hours,
    km/h=kilometer_per_hour|kilometer_an_hour kilometers_per_hour|kilometers_an_hour|kilometres_per_hour|kilometres_an_hour, mph=mile_per_hour|mile_an_hour miles_per_hour|miles_an_hour|M_P_H,
    m/s=meter_per_second meters_per_second|metres_per_second, m²=square_meter|square_metre square_meters|square_metres, km²=square_kilometer square_kilometers|square_kilometres, m³=cubic_meter cubic_meters|cubic_metres,
    kW=kilowatt kilowatts, kWh=kilowatt_hour kilowatt_hours, W=watt watts, V=volt volts, A=amp|ampere amps|amperes, Hz=hertz, kHz=kilohertz, MHz=megahertz, GHz=gigahertz,
    KB=kilobyte kilobytes, kB=kilobyte kilobytes, MB=megabyte|meg megabytes|megs, GB=gigabyte|gig gigabytes|gigs, TB=terabyte terabytes, dB=decibel decibels, cal=calorie calories, kcal=kilocalorie kilocalories,
    °C=degree_celsius|degree_centigrade|degree_C degrees_celsius|degrees_centigrade|degrees_C|degrees|celsius, °F=degree_fahrenheit|degree_F degrees_fahrenheit|degrees_F|degrees|fahrenheit`),
  scales: ways(
    "k=thousand|K, K=thousand|K, m=million, M=million|M, bn=billion, B=billion|B, tn=trillion, thousand=thousand, million=million, billion=billion, trillion=trillion",
  ),
  signs: ways(
    "&=and|ampersand, +=plus|and, ×=times|by|multiplied by, ÷=divided by|over, ±=plus or minus|plus minus, °=degrees|degree, %=percent|per cent, ‰=per mille|per thousand, #=number|hash|hashtag|pound, @=at, §=section|paragraph, ≤=less than or equal to|is less than or equal to, ≥=greater than or equal to|is greater than or equal to, ≠=not equal to|is not equal to, ≈=approximately|about|is about|is approximately, ∞=infinity, <=less than|is less than, >=greater than|is greater than, $=dollars|dollar, €=euros|euro, £=pounds|pound, ¥=yen, ¢=cents|cent, ©=copyright, →=to|arrow",
  ),
  abbreviations: ways(
    "mr=mister, mrs=missus|misses, ms=miz|miss, dr=doctor|drive, prof=professor, st=saint|street, mt=mount, ave=avenue, blvd=boulevard, vs=versus, etc=et cetera|etcetera, e.g=for example|E G, i.e=that is|I E, approx=approximately, dept=department, govt=government, jr=junior, sr=senior, gen=general, col=colonel, sgt=sergeant, capt=captain, lt=lieutenant, rev=reverend, gov=governor, sen=senator, corp=corporation|corp, inc=incorporated|inc, ltd=limited, a.m=A M, p.m=P M, p.s=P S, u.s=U S, u.k=U K, u.s.a=U S A, ph.d=P H D",
  ),
  dotted: ways(
    "no=number, nos=numbers, vol=volume, fig=figure, co=company|co, p=page, pp=pages, ch=chapter, rd=road, est=established|estimated, jan=january, feb=february, mar=march, apr=april, jun=june, jul=july, aug=august, sep=september, sept=september, oct=october, nov=november, dec=december, mon=monday, tue=tuesday, tues=tuesday, wed=wednesday, thu=thursday, thurs=thursday, fri=friday, sat=saturday, sun=sunday, rep=representative, hon=honorable",
  ),
  months: "january february march april may june july august september october november december".split(" "),
  and: "and",
  minus: ["minus", "negative"],
  to: ["to", "through", "dash", "hyphen", ""],
  number: ["number", "hashtag", "hash", "pound"],
};

const frenchDollars = { unit: noun("dollar", "dollars"), hundredth: noun("cent|centime", "cents|centimes") };
const frenchEuros = { unit: noun("euro", "euros"), hundredth: noun("centime|cent", "centimes|cents") };

const french: Vocabulary = {
  percent: ["pour cent", "pourcent"],
  degree: noun("degré", "degrés"),
  currencies: {
    $: frenchDollars,
    USD: frenchDollars,
    US$: frenchDollars,
    "€": frenchEuros,
    EUR: frenchEuros,
    "£": { unit: noun("livre", "livres"), hundredth: noun("penny", "pence") },
    GBP: { unit: noun("livre", "livres"), hundredth: noun("penny", "pence") },
    "¥": { unit: noun("yen", "yens") },
    "₹": { unit: noun("roupie", "roupies") },
    CHF: {
      unit: noun("franc suisse|franc", "francs suisses|francs"),
      hundredth: noun("centime", "centimes"),
    },
    "¢": { unit: noun("cent", "cents") },
  },
  units: nouns(`km=kilomètre kilomètres, m=mètre mètres, cm=centimètre centimètres, mm=millimètre millimètres,
    kg=kilogramme|kilo kilogrammes|kilos, g=gramme grammes, mg=milligramme milligrammes, t=tonne tonnes,
    l=litre litres, L=litre litres, cl=centilitre centilitres, ml=millilitre millilitres,
    s=seconde secondes, sec=seconde secondes, ms=milliseconde millisecondes, min=minute minutes, h=heure heures,
    km/h=kilomètre_heure|kilomètre_à_l'heure kilomètres_heure|kilomètres_à_l'heure|kilomètres_par_heure, m/s=mètre_par_seconde mètres_par_seconde|mètres_seconde,
    m²=mètre_carré mètres_carrés, km²=kilomètre_carré kilomètres_carrés, m³=mètre_cube mètres_cubes,
    kW=kilowatt kilowatts, kWh=kilowattheure kilowattheures, W=watt watts, V=volt volts, A=ampère ampères, Hz=hertz, MHz=mégahertz, GHz=gigahertz,
    Ko=kilooctet kilooctets, Mo=mégaoctet mégaoctets, Go=gigaoctet gigaoctets, dB=décibel décibels,
    °C=degré_celsius|degré degrés_celsius|degrés, °F=degré_fahrenheit degrés_fahrenheit`),
  scales: ways(
    "k=mille, K=mille, M=million|millions, Md=milliard|milliards, million=million, millions=million, milliard=milliard, milliards=milliard",
  ),
  signs: ways(
    "&=et|esperluette, +=plus|et, ×=fois|multiplié par, ÷=divisé par, ±=plus ou moins, °=degrés|degré, %=pour cent|pourcent, ‰=pour mille, #=numéro|dièse|hashtag, @=arobase|à|at, §=paragraphe|section, ≤=inférieur ou égal à|est inférieur ou égal à, ≥=supérieur ou égal à|est supérieur ou égal à, ≠=différent de|est différent de, ≈=environ|à peu près, ∞=l'infini|infini, <=inférieur à|est inférieur à|plus petit que, >=supérieur à|est supérieur à|plus grand que, $=dollars|dollar, €=euros|euro, £=livres|livre, ¥=yens|yen, ¢=cents|cent, ©=copyright",
  ),
  abbreviations: ways(
    "mm=messieurs, mme=madame, mmes=mesdames, mlle=mademoiselle, dr=docteur, pr=professeur, st=saint, ste=sainte, bd=boulevard, etc=et cetera|etcetera, p.ex=par exemple, c.-à-d=c'est-à-dire, env=environ, tél=téléphone, svp=s'il vous plaît, vs=versus|contre",
  ),
  dotted: ways(
    "m=monsieur, av=avenue|avant, p=page, pp=pages, ex=exemple, vol=volume, chap=chapitre, art=article, no=numéro, janv=janvier, févr=février, avr=avril, juil=juillet, sept=septembre, oct=octobre, nov=novembre, déc=décembre",
  ),
  months: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(" "),
  and: "et",
  minus: ["moins"],
  to: ["à", "au", "tiret", ""],
  number: ["numéro", "dièse", "hashtag"],
};
// "=" divides the tables' entries.
const vocabularies: Readonly<Record<SpokenLanguage, Vocabulary>> = {
  en: { ...english, signs: { ...english.signs, "=": ["equals", "is", "is equal to", "equal"] } },
  fr: { ...french, signs: { ...french.signs, "=": ["égale", "égal", "est égal à", "font", "fait"] } },
};

export const vocabularyOf = (language: SpokenLanguage): Vocabulary => vocabularies[language];
