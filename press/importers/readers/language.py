"""Which language a text is in, by its script and its commonest small words."""

import re
from collections import Counter

SMALL_WORDS = {
    "en": "the of and to in for that with on was were by from is are at has",
    "fr": "le la les des et du une est dans pour que qui sur par avec au aux sont",
    "de": "der die das und den von zu mit ist für auf im ein eine des dem sich nicht",
    "it": "il lo della di che per del nella una sono con alla dei gli anche delle",
    "es": "el los las del que por una para con se su al como más fue",
    "ru": "и в на не что с по для из к о это от был также их при года",
    "uk": "і в на не що з для та до від це як було також їх під року",
    "ro": "și în de la pentru care din cu un o sunt este prin mai au fost",
    "bs": "i u je na da za se su od sa koji koja koje kao te ili godine",
    "sr": "и у је на да за се су од са који која које као те или године",
    "mk": "и во на за да се со од ќе кои која што беше како ги година",
    "bg": "и в на за да се с от ще които която е по беше като години",
    "be": "і ў у на не што з для ад гэта як быў таксама іх пры года",
    "sq": "dhe në të e për me një që nga së është janë si kjo",
    "tr": "ve bir bu için ile olarak olan da de daha gibi çok tarafından",
    "az": "və bir bu üçün ilə olan da də edilib olaraq isə üzrə tərəfindən",
    "uz": "va bilan uchun bu bir ham boʻyicha bo'yicha esa deb edi tomonidan haqida",
    "tk": "we bilen üçin bu bir hem boýunça diýip bolan tarapyndan baradaky",
    "kk": "және мен үшін бұл бір да де бойынша деп болды туралы жылы",
    "ky": "жана менен үчүн бул бир да деп болгон боюнча жөнүндө жылы",
    "tg": "ва дар бо аз барои ки ба аст буд ин онҳо шуд соли",
    "et": "ja on et ei oli ning kui mis selle ka või aga see",
    "lv": "un ir par no ar kas uz tika arī lai bija kā",
}
_LANGUAGES_OF = {}
for _language, _words in SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)

# Languages that have a script to themselves.
SCRIPTS = {"hy": re.compile("[\u0531-\u0587]"), "ka": re.compile("[\u10a0-\u10ff\u1c90-\u1cbf]")}
# Letters that tell languages with the same small words apart: a text of one has none of the other's.
_ONLY_IN = {
    **dict.fromkeys("ыэё", ("ru", "be", "kk", "ky", "tg")),
    **dict.fromkeys("їєґ", ("uk",)),
    "ў": ("be", "uz"),
    **dict.fromkeys("љњџ", ("sr", "mk")),
    **dict.fromkeys("ђћ", ("sr",)),
    **dict.fromkeys("ќѓѕ", ("mk",)),
    **dict.fromkeys("əƏ", ("az",)),
}
# One code in the old addresses, and languages whose small words are those of another.
SAME_SMALL_WORDS = {"bs": {"bs", "hr", "sr", "cnr", "hbs"}, "sr": {"sr", "cnr"}}
_WORD = re.compile(r"[^\W\d_]+(?:[ʻ'’‘][^\W\d_]+)?")
_SPELLINGS = [("’", "ʻ"), ("‘", "ʻ"), ("ţ", "ț"), ("ş", "ș")]
LOOKED_AT = 1500  # characters
FEWEST, IN_SHORT_TEXTS = 8, 3  # small words that decide


def guess(text, hint=""):
    """The language of text, or hint when its words do not decide; "" when nothing does.

    The words win over the hint: an address under /de/ may hold an English page. Bosnian, Croatian,
    Montenegrin and Serbian in Latin letters are told apart by the hint only.
    """
    text = text[:LOOKED_AT].lower()
    for language, letter in SCRIPTS.items():
        if len(letter.findall(text[:200])) > len(text[:200]) / 4:
            return language
    for mark, usual in _SPELLINGS:
        text = text.replace(mark, usual)
    # Of long texts what stands between spaces, which is quicker: small words seldom have a comma.
    words = Counter(text.split() if len(text) == LOOKED_AT else _WORD.findall(text))
    votes = Counter()
    for word in words.keys() & _LANGUAGES_OF.keys():
        for language in _LANGUAGES_OF[word]:
            votes[language] += words[word]
    for letter, languages in _ONLY_IN.items():
        if count := text.count(letter):
            votes.update(dict.fromkeys(languages, count))
    (best, most), (_, second) = [*votes.most_common(2), ("", 0), ("", 0)][:2]
    if most < min(FEWEST, max(IN_SHORT_TEXTS, words.total() // 6)) or most < 1.5 * second:
        return hint
    return hint if hint in SAME_SMALL_WORDS.get(best, ()) else best
