/** The rule-based coach's French. */
import { frenchTasks } from "./drill-task-phrases.ts";
import type { Phrases } from "./phrases.ts";
import { frenchSounds } from "./sound-tips.ts";

export const french: Phrases = {
  language: "fr",
  list: (parts) =>
    parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} et ${parts.at(-1)}`,
  greeting: {
    coach:
      "Bonjour, je suis Kuku. Je fonctionne hors ligne, avec des règles simples : j'entends comment vous parlez, mais pas les mots libres. À quoi aimeriez-vous réfléchir aujourd'hui ?",
    again: (quoted) =>
      quoted === undefined
        ? "Rebonjour, je suis Kuku, toujours hors ligne. La dernière fois, quelque chose est resté ouvert. Comment cela s'est-il passé ?"
        : `Rebonjour, je suis Kuku, toujours hors ligne. La dernière fois, vous aviez prévu : « ${quoted} ». Comment cela s'est-il passé ?`,
    reader:
      "Bonjour, je suis Kuku, pour la lecture. Je fonctionne hors ligne : j'entends comment vous lisez et quelques mots, suivant, répète et stop, mais pas les mots libres.",
    read: (sentence) => `Lisez, s'il vous plaît : ${sentence}`,
  },
  heardNothing: "Je n'ai rien entendu.",
  plain:
    "Je suis une petite voix qui suit des règles, hors ligne. Je peux mener un coaching ou un exercice de lecture, mais pas répondre librement.",
  drill: {
    praise: ["Tous les mots sont justes.", "Très bien lu, mot pour mot.", "C'était clair du début à la fin."],
    polish: {
      quick: [
        "C'était rapide ; laissez un peu plus de place à chaque mot.",
        "Un peu plus lentement, ce sera encore plus clair.",
      ],
      slow: [
        "Vous avez pris votre temps ; laissez couler un peu plus.",
        "Liez un peu plus les mots maintenant.",
      ],
      long_pause: ["Il y avait une longue pause ; essayez la suite d'un seul souffle."],
    },
    next: ["La suivante :", "Voici la suivante :", "Passons à celle-ci :"],
    ownTextAgain: [
      "Lisez encore une fois pour la fluidité, ou dites stop.",
      "Encore un tour, ce sera plus fluide ; dites stop quand cela suffit.",
    ],
    substituted: (heard, expected, first) => `${first ? "J'ai entendu " : ""}${heard} pour ${expected}`,
    unclear: (words) => `Je n'ai pas reconnu ${words}.`,
    omitted: (words) => `Je n'ai pas entendu ${words}.`,
    inserted: (words) => `J'ai entendu ${words} en plus.`,
    more: (count) => (count === 1 ? "Un autre mot a glissé." : `${count} autres mots ont glissé.`),
    endedAfter: (word) => `La lecture s'est arrêtée après « ${word} » ; la suite ne compte pas.`,
    sounds: frenchSounds,
    trySound: (word, how) => `Une chose à essayer : dans « ${word} », ${how}.`,
    trySubstituted: [
      (word) => `Une chose à essayer : dites d'abord « ${word} » seul, lentement.`,
      (word) => `Une chose à essayer : donnez à « ${word} » tous ses sons.`,
      (word) => `Une chose à essayer : une petite pause avant « ${word} », puis dites-le clairement.`,
    ],
    tryOmitted: [
      (word) => `Une chose à essayer : ralentissez juste avant « ${word} ».`,
      (word) => `Une chose à essayer : appuyez un peu sur « ${word} ».`,
    ],
    tryInserted: [
      "Une chose à essayer : laissez vos yeux courir un mot en avance.",
      "Une chose à essayer : respirez, puis lisez d'un trait.",
    ],
    again: ["Encore :", "Encore une fois :", "On la reprend :"],
    againLong: "Relisez votre texte quand vous êtes prêt.",
    moveOn: ["Bel effort, passons à la suite :", "Nous y reviendrons un autre jour. Maintenant :"],
    notHeard: [
      "Je n'ai pas reconnu une lecture de la phrase. Lisez-la à voix haute :",
      "La phrase ne m'est pas parvenue. Essayez encore, ou dites suivant :",
      "Je n'ai toujours pas reconnu la phrase. Plus près du micro, peut-être :",
    ],
    unjudgeable: {
      noise: [
        "Il y a trop de bruit pour que je puisse juger. Trouvez un endroit plus calme ou rapprochez-vous, puis relisez :",
        "Il y a encore trop de bruit autour de vous. Au calme, lisez :",
      ],
      second_voice: [
        "J'entends une autre voix que la vôtre, je ne sais pas qui dit quoi. Une fois seul, relisez :",
        "J'entends encore quelqu'un d'autre. Sans l'autre voix, lisez :",
      ],
      clipping: [
        "Votre voix est si forte qu'elle est coupée. Reculez un peu ou baissez le micro, puis relisez :",
        "C'est encore trop fort pour le micro. Un peu plus loin, lisez :",
      ],
      too_quiet: [
        "Je vous entends trop faiblement pour juger. Rapprochez-vous ou montez le micro, puis relisez :",
        "C'est encore trop faible. Plus près du micro, lisez :",
      ],
      reverberation: [
        "La pièce résonne trop pour que je puisse juger. Rapprochez-vous du micro, puis relisez :",
        "Il y a encore beaucoup d'écho. Tout près du micro, lisez :",
      ],
    },
    skipUnheard: [
      "Je n'arrive pas à entendre celle-ci, passons. Maintenant :",
      "Celle-ci ne me parvient pas ; laissons-la. En voici une autre :",
    ],
    setAside:
      "Je ne reconnais pas votre texte dans ce que j'entends, alors je ne le demande plus. Lisez-le quand vous voulez, dites encore pour le réentendre, ou donnez-moi un autre texte.",
    roundOver: "C'était la dernière de ce tour. Bravo ; dites suivant pour le relire.",
    stillStopped: "Nous avons arrêté pour l'instant. Dites suivant ou répète pour reprendre.",
    commandNext: ["D'accord, une autre :", "Bien sûr, en voici une autre :"],
    commandRepeat: ["La voici :", "Volontiers, écoutez :"],
    commandStop: [
      "Bel entraînement. Je me tais maintenant ; dites suivant pour reprendre.",
      "Nous arrêtons ici, merci d'avoir lu. Dites suivant si vous en voulez encore.",
    ],
    tasks: frenchTasks,
  },
  coaching: {
    notUnderstood: {
      long_pause: [
        "Vous avez laissé une longue pause, et elle est bienvenue.",
        "J'ai remarqué un long moment de silence.",
        "Vous avez laissé de la place au silence.",
      ],
      quick: [
        "C'est venu vite, avec beaucoup d'énergie.",
        "Vous parliez vite ; prenez le temps qu'il vous faut.",
        "Il y avait de la vitesse dans votre voix.",
      ],
      slow: [
        "Vous avez parlé lentement, avec soin.",
        "J'ai remarqué le temps que vous donnez à chaque mot.",
        "C'était sans hâte, et il y a de la place pour cela.",
      ],
      brief: ["C'était court, et c'est très bien.", "Quelques mots peuvent suffire.", "Vous avez fait bref."],
      lengthy: [
        "Vous aviez beaucoup à dire, et vous êtes allé au bout.",
        "Merci d'avoir pris tout ce temps.",
        "Vous avez parlé longuement, cela semble avoir du poids.",
      ],
      steady: [
        "Vous avez parlé d'un pas régulier.",
        "Votre voix était égale.",
        "J'ai entendu une voix posée.",
      ],
      unmeasured: [
        "Merci de l'avoir dit à voix haute.",
        "Merci, j'ai entendu votre voix.",
        "Je vous écoute.",
      ],
    },
    understood: ["Merci, c'est noté.", "D'accord, je le garde.", "Merci de l'avoir mis en mots."],
    inYourWords: (quote) => `Avec vos mots : « ${quote} ».`,
    didYouSay: (words) => `J'aimerais le noter. Avez-vous dit « ${words} » ?`,
    sayAgain: "Alors je ne le note pas. Pouvez-vous le redire, ou l'écrire ?",
    caughtLittle: [
      "Je n'ai saisi qu'une partie ; vous pouvez écrire ce qui compte.",
      "Tous les mots ne me sont pas parvenus.",
      "Je vous ai entendu, mais je ne suis pas sûr des mots.",
    ],
    told: {
      goal: {
        plain: ["C'est là que vous voulez aller, je le garde.", "Voilà l'objectif, je le garde."],
        quoted: (quote) => `Voilà donc où vous voulez aller : « ${quote} ».`,
      },
      action: {
        plain: ["C'est un pas à vous, je le garde.", "Voilà un pas, je le garde."],
        quoted: (quote) => `Voilà un pas à vous : « ${quote} ».`,
      },
      taken_back: { plain: ["D'accord, je l'enlève de la liste.", "Alors ce n'est plus sur la liste."] },
      idea: {
        plain: ["C'est une idée.", "Une idée de plus à garder.", "Une idée à peser."],
        quoted: (quote) => `Une idée : « ${quote} ».`,
      },
      tried: { plain: ["Cela a donc été essayé.", "Vous vous y êtes donc déjà mis."] },
      obstacle: { plain: ["Voilà donc ce qui fait barrage.", "Je vois ce qui s'y oppose."] },
      now: { plain: ["Voilà donc où en sont les choses.", "Merci, j'ai le tableau."] },
      people: { plain: ["Merci, je vois qui en fait partie.", "Voilà qui est concerné."] },
      sure: { plain: ["Merci pour cette réponse franche.", "C'est bon à savoir."] },
    },
    question: {
      topic: [
        { text: "Qu'est-ce qui rend cela important pour vous maintenant ?" },
        { text: "Quelle partie aimeriez-vous surtout regarder ?" },
      ],
      goal: [
        { text: "Quel serait pour vous un bon résultat à la fin de cet échange ?", asks: "goal" },
        { text: "À quoi verriez-vous que vous y êtes ?" },
        { text: "Qu'est-ce qui serait différent si tout allait bien ?" },
      ],
      reality: [
        { text: "Que se passe-t-il en ce moment ?", asks: "now" },
        { text: "Qu'avez-vous déjà essayé ?", asks: "tried" },
        { text: "Qu'est-ce qui fait obstacle ?", asks: "obstacle" },
        { text: "Qui d'autre est concerné ?", asks: "people" },
        { text: "Qu'est-ce qui marche déjà, même un peu ?" },
        { text: "Que savez-vous avec certitude, et que supposez-vous ?" },
        { text: "Quelle part de tout cela dépend de vous ?" },
        { text: "Qu'avez-vous remarqué ces derniers temps ?" },
      ],
      options: [
        { text: "Que pourriez-vous faire ?", asks: "idea" },
        { text: "Quoi d'autre serait possible si rien ne faisait obstacle ?" },
        { text: "Que ferait un bon ami à votre place ?" },
        { text: "Laquelle de ces idées vous donne le plus d'énergie ?", needsIdeas: true },
      ],
      way_forward: [
        { text: "Que ferez-vous en premier ?", asks: "action" },
        { text: "Quand le ferez-vous ?", asks: "when" },
        { text: "Qu'est-ce qui pourrait gêner, et comment y répondrez-vous ?", notAfter: "obstacle" },
        { text: "Qui pourrait vous soutenir ?", notAfter: "people" },
        { text: "De un à dix, à quel point êtes-vous sûr de le faire ?", asks: "sure" },
        { text: "Qu'emportez-vous de cet échange ?" },
      ],
    },
    yes: ["Oui, très bien.", "Un oui, merci."],
    no: ["Un non, c'est bien aussi.", "D'accord, pas cela."],
    next: ["Prenons un autre angle.", "Continuons."],
    repeat: ["Volontiers, encore une fois.", "La voici de nouveau."],
    today: "À quoi aimeriez-vous réfléchir aujourd'hui ?",
    askWhen: "Quand le ferez-vous ?",
    wrapUp: {
      because: {
        asked: "Volontiers, nous pouvons nous arrêter là.",
        rounds: "Nous parlons depuis un bon moment.",
        time: "Notre temps est écoulé.",
      },
      committed: (quoted) =>
        quoted === undefined
          ? "Vous avez maintenant un premier pas à vous."
          : `Vous avez maintenant un premier pas à vous : « ${quoted} ».`,
      propose: "Voulez-vous conclure, oui ou non ?",
      askAgain: "Je n'ai pas su si c'était un oui. Voulez-vous conclure, oui ou non ?",
      goOn: "D'accord, nous continuons.",
      goOnUnclear: "Alors continuons simplement ; dites on conclut quand vous voulez finir.",
      extend: (minutes) =>
        minutes === 1 ? "Volontiers, encore une minute." : `Volontiers, encore ${minutes} minutes.`,
      close: (quoted) =>
        quoted === undefined
          ? "Merci pour cet échange. Nous nous arrêtons là, et votre bilan suit. À la prochaine fois."
          : `Merci pour cet échange. Vous emportez ceci : « ${quoted} ». Tout de bon pour la suite ; votre bilan suit. À la prochaine fois.`,
    },
    wantsAdvice:
      /(dis[- ]moi|dites[- ]moi|que dois[- ]je|qu'est-ce que je dois|que feriez[- ]vous|un conseil)/iu,
    asked: [
      "Je ne sais pas répondre à cela ; je suis des règles simples et je peux seulement demander.",
      "Je n'ai pas de réponse ; poser des questions est tout ce que je sais faire.",
    ],
  },
};
