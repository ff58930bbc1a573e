/** The patterns that the flow finds in French words. */
import type { LanguagePatterns } from "./patterns.ts";

/** `\b` knows no accented letters, so words are bounded by what is no letter. */
const from = "(?<![\\p{L}\\p{N}])";
const to = "(?![\\p{L}\\p{N}])";
const word = (ways: string, flags = "u") => new RegExp(`${from}(?:${ways})${to}`, flags);
const first = (ways: string) =>
  new RegExp(
    `^(?:(?:euh|ben|bah|bon|eh bien|alors|ah|oh|hum|mm|en fait|je pense que|je crois que) )*(?:${ways})${to}`,
    "u",
  );

const number =
  "(?:\\d+|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quelques)";
const day = "(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?";
const partOfDay = "(?:matin|midi|soir|après midi|nuit)";
const talk = "(?:séance|session|conversation|discussion|échange|entretien|appel)";
const here = `(?=$| (?:ici|là|maintenant|s'il (?:te|vous) plaît|pour (?:aujourd'hui|moi|l'instant)|la ${talk}|l'${talk}|cet(?:te)? ${talk}|notre ${talk}|kuku)${to})`;

export const french: LanguagePatterns = {
  language: "fr",
  stopWords: new Set(
    (
      "à ai aie ait alors après as au aura aussi aux avait avec avez avoir ayant bien c ça car ce cela ces cet cette " +
      "chez comme d dans de des deux donc du elle elles en encore es est et été être eu eux fait faire faut il ils j je " +
      "juste l la le les leur leurs lui m ma mais me même mes moi mon n ne non nos notre nous on ont ou où oui par pas " +
      "peu peut plus pour pourrait puis qu quand que quel quelle qui quoi s sa sans se sera ses si son sont sur t ta te " +
      "tes toi ton tous tout toute très tu un une va vais vas veux voilà vos votre vous y était chose choses ferai accord oui promis engage absolument certainement"
    ).split(" "),
  ),
  numbers: {
    un: 1,
    une: 1,
    deux: 2,
    trois: 3,
    quatre: 4,
    cinq: 5,
    six: 6,
    sept: 7,
    huit: 8,
    neuf: 9,
    dix: 10,
    onze: 11,
    douze: 12,
    quinze: 15,
    vingt: 20,
    trente: 30,
  },
  clauseBreak: / (?:mais|cependant|pourtant|donc|puis|ensuite|et(?= (?:je |j'|on |nous |puis ))) /g,
  negation: word(
    "ne|n'[\\p{L}]+|jamais|(?<!(?:un|le|premier|petit|grand|prochain|ce|mon) )pas(?! à pas)|refuse de",
  ),
  withdrawal: word(
    "je (?:ne )?vais (?:pas|plus)|je (?:ne )?veux (?:pas|plus)|je préfère ne pas|j'ai décidé de ne pas|(?:je |j')ne .*rai (?:pas|plus)",
  ),
  hedge: word("pourrais|pourrait|peut être|éventuellement|devrais|aimerais|voudrais|si je|si j'[\\p{L}]+"),
  assent: word("je vais (?:le |la )?faire|je le ferai|je m'engage|promis|décidé|entendu"),
  commitment: [
    new RegExp(
      `^(?<lead>.*?)${from}(?:je vais|je m'engage à|j'ai décidé (?:de |d')|je compte|je prévois (?:de |d')|je promets (?:de |d')) ?(?<deed>(?:(?:l'|lui |leur |m'|me |y |en |la |le |les |d'abord |aussi |donc |enfin |tout de suite )*)[\\p{L}]+(?:er|ir|re)${to}.*)$`,
      "u",
    ),
    new RegExp(
      `^(?<lead>.*?)${from}(?<deed>(?:j'|je (?:l'|lui |leur |m'|me |y |en |la |le |les )?)(?!(?:serai|aurai|saurai|devrai|pourrai|verrai|voudrai|resterai)${to})[\\p{L}]+rai${to}.*)$`,
      "u",
    ),
  ],
  doubtfulLead: word(
    "ne|n'[\\p{L}]+|pas|si|comment|pourquoi|où|qui|quoi|ce que|peur|crains|peut être|à moins que|il dit|elle dit",
  ),
  notADeed: new RegExp(
    `^(?:(?:je |j')?(?:être|avoir|devoir|pouvoir|finir par|mourir|perdre|rater|oublier|voir|dire que|savoir|rester|réfléchir|essayer|le faire|faire ça))${to}`,
    "u",
  ),
  condition:
    /^(?:et |mais |ou |bon |ben )*(?:si|s'ils?|à moins (?:que|qu'.+)|au cas où|tant que)(?![\p{L}])/u,
  consequence: /(?:^|[.!?…]\s+)(?:dans ce cas|sinon)\s+$/iu,
  dangling:
    /(?:^| )(?:à|au|aux|de|du|des|dès|le|la|les|l'|d'|un|une|pour|dans|en|avant|après|d'ici|jusqu'à|jusqu'au|chez|sur|avec|chaque|tous|et|ou)$/u,
  reason: / (?:parce que|parce qu'|puisque|car|pour que|afin que|même si|sauf si|si) ?.*$/u,
  nameDeed: (deed) => deed.replace(/^(?:(?:d'abord|aussi|donc|enfin) )+/u, ""),
  when: word(
    [
      `(?:dès |avant |pour |d'ici )?demain(?: ${partOfDay})?`,
      "(?:dès )?aujourd'hui|tout de suite|ce (?:soir|matin|week end|midi)|cet après midi",
      "cette semaine|ce mois(?: ci)?",
      "(?:d'ici |avant |dès )?(?:la semaine prochaine|le mois prochain|la fin (?:de la semaine|du mois|de la journée))",
      "(?:à la|avant la|en) fin de (?:la )?(?:semaine|journée|mois)",
      `(?:dès |avant |d'ici |chaque |tous les |pour |le )?${day}(?: prochains?)?(?: ${partOfDay})?`,
      `(?:chaque|tous les|toutes les) (?:jours?|matins?|soirs?|semaines?|mois|midis?)`,
      `dans ${number} (?:minutes?|heures?|jours?|semaines?|mois)`,
      `(?:juste )?après (?:le travail|le déjeuner|le dîner|les cours|la réunion|cet échange|cette séance)`,
      `${number} fois par (?:jour|semaine|mois)`,
      `à (?:${number} heures?|\\d+ ?h(?: ?\\d\\d)?|midi|minuit)`,
    ].join("|"),
    "gu",
  ),
  namedGoal: new RegExp(
    `${from}(?:mon|l'|le|notre) ?(?:but|objectif)(?: aujourd'hui)?,? (?:c'est|est|serait|ce serait)(?: de | d'| que )? ?(?<deed>.+)$`,
    "u",
  ),
  wish: new RegExp(
    `${from}(?:je veux|je voudrais|j'aimerais|je souhaite|j'ai envie (?:de |d')|j'espère)(?: juste| vraiment| seulement)? ?(?<deed>.+)$`,
    "u",
  ),
  notAGoal: first(
    "parler|discuter|réfléchir|penser|dire|savoir|continuer|arrêter|terminer|conclure|finir|commencer|ça|cela|quelque chose|que vous|que tu|plus de temps",
  ),
  idea: word(
    "(?:je|on|nous) (?:pourrais|pourrait|pourrions)|(?:je|on) peut être|peut être que (?:je|j'[\\p{L}]+|on)|une (?:autre )?(?:idée|option|possibilité)",
  ),
  alternative: /^ou(?![\p{L}])/u,
  notAnIdea: word(
    "on verra|la (?:première|deuxième|seconde|dernière)|était|étaient|ai|as|a|avais|avait|suis|est|sont|c'est|n'[\\p{L}]+|ne|pas|sais|dirais|sûre?|sur dix|sur 10|y a|m'aidera",
  ),
  matters: {
    tried: word("(?:j'ai|on a|nous avons)(?: déjà)? (?:essayé|tenté|commencé|arrêté)|rien (?:n'a )?marché"),
    obstacle: word(
      "ce qui (?:me |m')?(?:bloque|gêne|freine|manque|coince|empêche)|fait obstacle|m'empêche|le problème (?:c'est|est)|j'ai peur (?:de|que|d'[\\p{L}]+)|pourrait (?:gêner|rater)|le plus dur",
    ),
    now: word(
      "en ce moment|actuellement|pour l'instant|aujourd'hui je|maintenant (?:je|j'[\\p{L}]+|on)|(?:chaque|tous les|toutes les) (?:jours?|soirs?|matins?|semaines?|nuits?)",
    ),
    people: word(
      "(?:ma|mon|mes|notre) (?:chefs?|cheffe|patronne?|femme|mari|conjointe?|compagne|compagnon|mère|père|frère|sœur|fils|fille|enfants|famille|amie?s?|collègues?|équipe|voisine?s?|colocataire|médecin|kiné)|personne|tout le monde|juste moi|toute? seule?",
    ),
    sure: new RegExp(
      `${word("sur (?:dix|10)|(?:plutôt|très|assez|presque) sûre?|pour cent").source}|^(?:\\d+|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix)$`,
      "u",
    ),
  },
  filler:
    /^(?:(?:euh+|hum+|mm+|ben|bah|bon|bonjour|bonsoir|salut|alors|oui|non|ouais|en fait|je sais pas|je dirais|eh bien|voilà|disons|ok|d'accord|kuku) ?)+$/u,
  insight: word(
    "je (?:me rends compte|réalise|comprends maintenant|vois maintenant|m'aperçois)|j'ai (?:compris|réalisé|découvert|appris) (?:que|qu'[\\p{L}]+|pourquoi|comment)|c'est clair (?:maintenant|pour moi)|je n'avais jamais (?:pensé|vu|remarqué)|maintenant je (?:vois|comprends|sais)",
  ),
  noContent: first(
    "je (?:ne )?sais (?:vraiment )?pas|j'sais pas|aucune idée|pas sûre?|je ne suis pas sûre?|dites (?:le )?moi|dis (?:le )?moi|qu'en pensez vous|qu'est ce que (?:vous|tu) en penses?z?|rien|peu importe",
  ),
  ending: {
    ask: [
      new RegExp(
        `${from}(?:on|nous|je|j'|est ce qu'on) ?(?:peut|pourrait|va|pouvons|veux|voudrais|aimerais|dois|souhaite|préfère|peux)? ?(?:s'|m'|nous )?(?:conclure|conclut|terminer|termine|finir|finit|arrêter|arrête|en rester)${here}`,
        "u",
      ),
      word("concluons|terminons|finissons|arrêtons(?: nous)?|restons en là|on s'arrête|on en reste là"),
      word(
        `(?:conclure|terminer|finir|arrêter|résumer|termine[zr]?|arrête[zr]?|résume[zr]?) (?:la |l'|cet(?:te)? |notre )${talk}`,
      ),
      word("(?:fais|faites|faire|donne[zr]?|je voudrais|j'aimerais)(?: moi)? (?:un|le|mon) (?:résumé|bilan)"),
      /^(?:(?:bon|ok|alors|eh bien) )*(?:résume[zr]?|concluons|terminons|stop|arrête[zr]?)(?: s'il (?:te|vous) plaît| maintenant| là| ici)*$/u,
      word("je dois (?:y aller|partir|te laisser|vous laisser|m'arrêter)|il faut que (?:j'y aille|je parte)"),
      word("c'est (?:tout|bon|assez) pour (?:aujourd'hui|moi|l'instant)|fin de (?:la )?séance"),
      /^(?:(?:bon|ok|alors|non|voilà|merci|beaucoup) )*(?:c'est tout|j'ai (?:fini|terminé)|au revoir)(?: merci| kuku)*$/u,
    ],
    yes: first(
      "oui|ouais|d'accord|ok|okay|entendu|volontiers|bien sûr|tout à fait|absolument|parfait|très bien|c'est (?:bon|parfait|d'accord)|ça (?:me )?va|allons y|allez y|vas y|avec plaisir|bonne idée|je suis d'accord|on peut|nous pouvons|s'il (?:te|vous) plaît|pourquoi pas|je veux bien|exactement|ça marche",
    ),
    withYes: word(
      `oui|ouais|d'accord|ok|okay|entendu|volontiers|bien sûr|tout à fait|absolument|parfait|très bien|c'(?:est|était) (?:bon|bien|parfait|d'accord|tout|très utile|utile|assez)(?: pour (?:aujourd'hui|moi))?|ça (?:me )?va|allons y|allez y|vas y|avec plaisir|bonne idée|je suis d'accord|(?:on|nous) (?:peut|pouvons|va)|s'il (?:te|vous) plaît|pourquoi pas|(?:s'|nous )?(?:conclure|terminer|arrêter|finir|résumer|conclut|termine|arrête)|concluons|terminons|arrêtons(?: nous)?|ici|là|maintenant|pour (?:aujourd'hui|moi)|aujourd'hui|la ${talk}|merci(?:[^\\p{L}].*)?|kuku|je veux bien|exactement|ça marche|j'ai tout ce qu'il me faut|bah|euh|ben|bon|eh bien|alors|ah|oh|et|faisons (?:ça|cela)|je (?:pense|crois)(?: que oui)?|on|le faire`,
      "gu",
    ),
    reservation: word(
      "mais|pas|ne|n'[\\p{L}]+|non|attends|attendez|autre|encore|aussi|avant|d'abord|peut être|sauf|jusqu'[\\p{L}]+|plus tard|presque|question|quoi|comment|pourquoi|qui|quand|où|continuer|continue|parler de|si|plus",
    ),
    no: new RegExp(
      `${
        first(
          "non|nan|pas (?:encore|maintenant|tout de suite|vraiment|tout à fait)|attends|attendez|un instant|je n'ai pas (?:fini|terminé)|je (?:ne )?suis pas prête?|(?:je (?:veux|voudrais|préfère|préférerais|souhaite)|j'aimerais)(?: encore)? (?:continuer|poursuivre|parler|ajouter|dire)|on continue|continuons|continue[zr]?|poursuivons|j'ai (?:encore|une autre|un autre)",
        ).source
      }|${word("pas (?:fini|terminé)|encore une (?:chose|question)|je (?:ne )?veux pas (?:arrêter|terminer|finir|conclure)").source}`,
      "u",
    ),
    notANo: first(
      "non (?:c'est (?:tout|bon)|ça (?:me )?va|rien|concluons|terminons|arrêtons|on peut (?:conclure|terminer|arrêter))",
    ),
    moreTime: word(
      `(?<count>\\d+|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|quinze|vingt|trente|quelques) minutes? (?:de plus|encore|supplémentaires?)|encore (?:(?<other>\\d+|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|quinze|vingt|trente|quelques) )?minutes?|(?:(?<asked>\\d+|deux|trois|quatre|cinq|dix|quinze|vingt) )minutes?(?= s'il|$)|(?:un peu|encore un peu) (?:plus )?de temps|plus de temps|un quart d'heure de plus|encore un quart d'heure|un peu plus longtemps|encore un peu|encore un moment`,
    ),
    defaultMinutes: 5,
  },
};
