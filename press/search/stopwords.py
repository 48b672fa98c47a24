"""Small words that say nothing about a text: they are indexed, but a query of several words drops them."""

from osce_cms.text import fold

_WORDS = {
    "en": "a an and are as at be been but by for from had has have he in is it its of on or she that the"
    " their they this to was were which who will with",
    "fr": "à au aux avec ce ces cette d dans de des du elle en est et il ils l la le les leur leurs mais"
    " n ne ou par pas pour qu que qui s sa se ses son sont sur un une",
    "de": "als am an auch auf aus bei das dem den der des die dies diese dieser ein eine einem einen"
    " einer eines er es für hat im in ist mit nach nicht oder sich sie sind und von vor war wird zu zum"
    " zur",
    "it": "a ad ai al alla alle anche che con d da dal dalla degli dei del dell della delle di e è ed gli"
    " i il in l la le lo ma nel nell nella nelle non o per più si sono su sul sulla tra un una uno",
    "ru": "а без бы в во для до его ее её если и из или их к как ко когда между на не но о об от по при с"
    " со так также то у уже что чтобы это",
    "es": "a al como con de del e el ella en entre es ese esta este ha han la las lo los más no o para"
    " pero por que se sin sobre son su sus un una y",
}
STOP_WORDS = {
    language: frozenset(fold(word) for word in words.split()) for language, words in _WORDS.items()
}

# What an apostrophe ties to a word: “l'Organisation” and “OSCE's” ask for the word alone.
ELISIONS = {
    "en": r"(?<=\w)'s$",
    "fr": r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=\w)",
    "it": r"^(?:[cdlstv]|un|all|dall|dell|nell|sull|quest)'(?=\w)",
}
