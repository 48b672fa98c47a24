import pytest
from hypothesis import given
from hypothesis import strategies as st

from osce_cms.text import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Türkiye", "TURKIYE"),
        ("co-operation", "Cooperation"),
        ("co‑operation", "co-operation"),  # with the hyphen that does not break
        ("Straße", "STRASSE"),
        ("Łódź", "lodz"),
        ("Ёлка", "елка"),
        ("ВЕНА", "вена"),
        ("“quoted”", '"quoted"'),
        ("a – b", "a  b"),
        ("İstanbul", "istanbul"),
    ],
)
def test_texts_that_people_take_for_the_same_fold_to_the_same(one, other):
    assert fold(one) == fold(other)


def test_different_words_stay_different():
    assert fold("police") != fold("policy")


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
