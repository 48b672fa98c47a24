"""Made-up words and sentences of one language: they sound like it, recur as words do, and say nothing."""

import tomllib
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random

DATA = Path(__file__).parent / "data"
WORDS = 30_000  # of a language; the first ones make sentences, all of them are names
COMMON = 8_000
SENTENCES = 250  # of a topic; texts are put together from them, which costs little
GENERAL = ""  # the topic of what has none


@cache
def data(name):
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def zipf(number, exponent=1.0):
    """Cumulative weights: the n-th of number things comes 1/n**exponent as often as the first."""
    return list(accumulate((n + 1) ** -exponent for n in range(number)))


@lru_cache(maxsize=20)
def language(seed, code):
    return Language(seed, code)


class Language:
    """A language as one seed has it; nothing in it depends on who asks for what first."""

    def __init__(self, seed, code):
        self.seed, self.code = seed, code
        self.sounds = data("languages")[code]
        self.small = self.sounds["small"]
        self.words = list(self.make_words(Random(f"{seed}:{code}")))  # noqa: S311
        self.common = self.words[:COMMON]
        self.sentences = cache(self.make_sentences)
        self.topical = cache(self.find_topical)

    def make_words(self, chance):
        """WORDS different ones; those of few syllables first, since frequent words are short."""
        onsets, nuclei = self.sounds["onsets"], self.sounds["nuclei"]
        ends = [self.sounds["codas"], self.sounds["endings"]]
        seen = set()
        while len(seen) < WORDS:
            syllables = 1 + (len(seen) > 40) + (len(seen) > COMMON // 4)
            parts = [onsets, nuclei] * syllables + [chance.choice(ends)]
            word = "".join([part[int(chance.random() * len(part))] for part in parts])
            if word not in seen:
                seen.add(word)
                yield word

    def find_topical(self, topic):
        """The words of a topic; where nobody wrote any, made-up ones that no other topic has often."""
        written = data("topics").get(topic, {}).get(self.code)
        return written or Random(f"{self.seed}:{topic}").sample(self.common, 10)  # noqa: S311

    def make_sentences(self, topic):
        chance = Random(f"{self.seed}:{self.code}:{topic}")  # noqa: S311
        return [self.sentence(chance, topic) for _ in range(SENTENCES)]

    def sentence(self, chance, topic):
        return capitalised(" ".join(self.phrase(chance, topic, chance.randint(9, 24)))) + "."

    def phrase(self, chance, topic, length):
        """length words, about a third of them small ones and a quarter those of the topic."""
        words = chance.choices(self.common, cum_weights=COMMON_WEIGHTS, k=length)
        topical = self.topical(topic)
        own = chance.choices(topical, cum_weights=zipf(len(topical), 0.7), k=length)
        was_small = True
        for n, place in enumerate(
            chance.choices(["small", "own", "other"], (50, 25, 40), k=length)
        ):
            if place == "small" and not was_small and n + 1 < length:
                words[n] = chance.choice(self.small)
            elif place == "own" and topic:
                words[n] = own[n]
            was_small = place == "small" and not was_small
        return words

    def title(self, chance, topic):
        """6 to 12 words, the last of which is a name."""
        words = self.phrase(chance, topic, chance.randint(4, 10))
        words += [chance.choice(self.small), self.name(chance)]
        return capitalised(" ".join(words))

    def name(self, chance):
        """Of a person or a place: a few are met often, most hardly ever."""
        return capitalised(chance.choices(self.words, cum_weights=NAME_WEIGHTS)[0])

    def quotation(self, chance, sentence):
        said = chance.choice(self.sounds["said"])
        person = f"{self.name(chance)} {self.name(chance)}"
        return said.format(sentence=sentence.rstrip("."), person=person, place=self.name(chance))


COMMON_WEIGHTS = zipf(COMMON, 0.9)
NAME_WEIGHTS = zipf(WORDS, 0.6)


def capitalised(text):
    return text[:1].upper() + text[1:]
