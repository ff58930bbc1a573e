/** Signs of crisis in French, and what only sounds like one. Patterns run on `plainWords` of one sentence. */
import type { CrisisPatterns } from "./kinds.ts";

const kin =
  "mari|femme|conjointe?|compagnon|compagne|copain|copine|petit ami|petite amie|ex|père|mère|beau père|belle mère|oncle|tante|frère|sœur|soeur|fils|fille|enfants?|bébé|gosses?|grand père|grand mère|cousine?|neveu|nièce";
const others = "amie?|pote|collègue|voisine?|chef|cheffe|patronne?|prof|élève|coloc|cliente?";
const near = `(?:mon|ma|mes|notre|nos) (?:${kin}|${others})(?![a-zà-ÿœ])`;
const more = "(?: vraiment| juste| parfois| souvent| trop| tellement| toujours| sérieusement)*";
const place = "(?! (?:à|avec|en|ici|dans|chez|comme|au|aux|là|sans|ça|seule?|ensemble)(?![\\p{L}]))";
const dying =
  "(?:mourir|crever|m'ouvrir les veines|être morte?|en finir(?! avec (?!la vie|ma vie|tout))|me (?:tuer|suicider|pendre|flinguer|foutre en l'air|faire du mal|jeter (?:d'un|du|sous|par)))";

export const french: CrisisPatterns = {
  subject: /(?<![\p{L}'])(?:je|j'(?=\p{L})|il|elle|ils|elles|on|tu|vous|nous)(?![\p{L}])|(?<![\p{L}])j'/gu,
  self: /(?<![\p{L}'])(?:je(?![\p{L}])|j')/gu,
  negation: /(?<![\p{L}])(?:pas|jamais|aucune?|sans)(?![\p{L}])/u,
  notANegation: /arrête|cesse|empêch|sais|retenir|juste|seulement|raison|choix|cacher|supporte/u,
  somebody: new RegExp(
    `(?<![\\p{L}])(?:mon|ma|un|une|notre|sa|son) (?:\\p{L}+ )?(?:${kin}|${others})(?![\\p{L}])`,
    "gu",
  ),
  fictional:
    /(?<![\p{L}])(?:films?|romans?|livres?|chansons?|série|épisode|podcasts?|articles?|documentaires?|thèse|étude|recherche|personnage|pièce|prévention|association|statistiques|taux|formation|loi)(?![\p{L}])/u,
  quoted:
    /(?<![\p{L}])(?:personnage|héros|héroïne|acteur|actrice|chanteu\p{L}+|chanson|film|roman|livre|texte)(?![\p{L}]).{0,20}(?:dit|chante|crie)/u,
  figures: [
    /(?:c'est|serait|c'était) (?:du|un) suicide(?! \p{L}+el)/gu,
    /suicide (?:professionnel|politique|commercial|social|financier)/g,
    /(?:mort|morte|meurs|meurt|mourir|mourais|crever|crève) (?:de (?:rire|faim|fatigue|trouille|honte|soif|froid|chaud|peur|sommeil|rires)|d'(?:ennui|impatience|envie))/g,
    /(?:ça|ce \p{L}+|cette \p{L}+|mon chef|ma cheffe|mon patron|mon boulot|ma mère|mon père|ils|elle|il) (?:va|vont|me|allait|pourrait)(?: me)? (?:tuer?|tue)(?: si| quand| de travail|$)/gu,
    /tuer (?:le temps|pour)|tue le temps/g,
    /me (?:tue|tuer|suis tuée?) (?:au travail|à la tâche|à (?:répéter|expliquer|dire|leur|lui))/g,
    /fait? (?:du )?mal (?:au|aux|à la|à l'|en|le dos)/g,
  ],
  certain: {
    self_harm: [
      new RegExp(`j'ai${more} (?:trop )?envie (?:de |d')${dying}`),
      new RegExp(
        `(?:je|j')${more} ?(?:veux|voudrais|vais|souhaite|préférerais|préfère|pense(?: \\p{L}+){0,3} à|songe à|rêve de|aimerais|ai décidé de|ai (?:souvent |déjà )?(?:pensé|songé) à|ai failli|compte)${more} ${dying}(?! de )`,
        "u",
      ),
      new RegExp(`(?:n'ai plus|plus|aucune) (?:envie|la force|de raison|raison) de vivre${place}`, "u"),
      new RegExp(`(?:ne veux|veux) plus (?:vivre|exister|être en vie)${place}`, "u"),
      /en finir avec (?:la|ma) vie|mettre fin à (?:ma vie|mes jours)|m'ôter la vie/,
      /(?:tout le monde|ils|elles|ma famille|les autres|mes (?:enfants|parents|proches|amis)|on|le monde) (?:irai(?:t|ent)|serai(?:t|ent)|vivrai(?:t|ent)|s'en sortirai(?:t|ent)) (?:bien |tous )?mieux sans moi/,
      /(?:marre|fatiguée?|lasse?) (?:de vivre|de la vie)$|plus envie d'être (?:là|en vie)$/,
      /ne (?:plus|pas) (?:jamais )?me réveiller(?! (?:à|tôt|si))/,
      /(?:avalé|pris|avaler|prendre) (?:toute|tous|toutes|tout) (?:la|le|les|ma|mes) (?:boîte|plaquette|tube|médicaments|cachets|comprimés|pilules|somnifères)/,
      /vie ne (?:vaut|valait) (?:plus|pas) la peine$|(?:vaut|valait) (?:plus|pas) la peine d'être vécue|à quoi bon (?:vivre|continuer à vivre)/,
    ],
    violence: [
      /je (?:vais|veux|voudrais) (?:le|la|les|te) (?:tuer|buter|poignarder|étrangler|égorger|planter)(?! (?:cette|ce|avec))/,
      new RegExp(
        `(?:envie de|je veux|je vais|je voudrais|pense à|rêve de) (?:tuer|poignarder|étrangler|frapper|buter) (?:quelqu'un|${near}|des gens)`,
      ),
      new RegExp(`peur de (?:(?:lui|leur) faire du mal|faire du mal à (?:quelqu'un|${near}))`),
      new RegExp(
        `j'ai (?:frappé|battu|giflé|tapé|cogné|étranglé) (?:mon|ma|mes) (?:${kin})(?! (?:à|aux|au)(?![\\p{L}]))`,
        "u",
      ),
    ],
    abuse: [
      new RegExp(
        `(?:(?<![\\p{L}])(?:il|elle)|${near}) (?:me |m'a |m'|m'avait )(?:souvent |parfois |encore |toujours )?(?:frappe|frappait|bat|battait|tape|tapait|cogne|gifle|étrangle|viole|violait|maltraite|frappée?|battue?|étranglée?|violée?|giflée?|agressée?|tapée?)(?![\\p{L}])(?!(?: toujours| souvent| encore)? (?:aux|à|au|par|sur les nerfs)(?![\\p{L}]))`,
        "u",
      ),
      /peur de (?:mon (?:mari|conjoint|copain|compagnon|père|ex|beau père|oncle)|ma (?:femme|compagne|mère|copine))(?![\p{L}'])/u,
      new RegExp(
        `${near} (?:m'a|me) (?:cassée?|casse|poussée?|pousse|jetée?|jette) (?:(?:le|la|un|une) (?:bras|jambe|nez|côte|dent|poignet)|dans les escaliers|contre|par terre)`,
      ),
      new RegExp(`(?:(?<![\\p{L}])(?:il|elle)|${near}) (?:est|devient|était) violente?(?![\\p{L}])`, "u"),
      /violences conjugales$/,
      /(?:menacée?|menace|promis|(?<!j'ai )essayé) de (?:me (?:tuer|frapper)|mort)/,
      /dit qu'(?:il|elle) (?:va|allait) me (?:tuer|frapper)/,
      /forcée? à (?:coucher|avoir des rapports)|interdit de (?:sortir|voir (?:ma famille|mes amis))/,
    ],
    someone_else: [],
  },
  likely: {
    self_harm: [
      /(?<![\p{L}'])(?:je |j')(?:\S+ ){0,5}me (?:tuer|suicider|pendre|flinguer)/u,
      /me (?:coupe|coupais) (?:les|le) (?:bras|poignets?|veines|cuisses|jambes)|me (?:scarifie|mutile|taillade|scarifier|mutiler)|(?:je |j')(?:\S+ ){0,4}me fai(?:s|re) du mal/,
    ],
    violence: [],
    abuse: [
      /j'ai été (?:\S+ )?(?:violée?|battue?|agressée?|abusée?|maltraitée?)(?![\p{L}])(?! (?:aux|à|au)(?![\p{L}]))/u,
    ],
    anyone: [/suicid(?:e|aires?)(?![\p{L}])/u, /(?:je |j'|s'|me |m')(?:\S+ )?(?:suis |est )?suicid/],
    someone_else: [
      /se (?:suicider|tuer|scarifier?|pendre|mutiler?|fait du mal|fait (?:battre|frapper|violer))|s'est (?:suicidée?|pendue?)/,
      /(?:veut|voulait|envie de) mourir/,
      /est (?:battue|maltraitée|violée) par/,
    ],
  },
};
