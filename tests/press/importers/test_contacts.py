import pytest
from hypothesis import given
from hypothesis import strategies as st

from osce_cms.html import sanitise
from press.importers.readers.contacts import find
from press.importers.readers.item import ContactBlock

TEXT = "<p>VIENNA, 16 June 2011 – The roof of the house was mended.</p>"
BLOCK = ContactBlock(
    "Roísín Delahunt",
    "Press Officer",
    "OSCE Secretariat",
    "press@old.example",
    "+43 1 000 00 00",
    ["Wallnerstrasse 0", "1010 Vienna"],
)
LINES = (
    "Roísín Delahunt<br>Press Officer<br>OSCE Secretariat<br>Wallnerstrasse 0<br>1010 Vienna"
    "<br>Office: +43 1 000 00 00<br>press@old.example"
)


@pytest.mark.parametrize("heading", ["Contacts", "Контакты", "Kontakt", "Contacte:", "Kontakti"])
def test_the_block_under_its_heading_is_read_line_by_line(heading):
    assert find(f"{TEXT}<h2>{heading}</h2><p>{LINES}</p>") == [BLOCK]


def test_lines_that_are_paragraphs_are_one_contact():
    assert find(f"{TEXT}<h2>Contacts</h2><p>{LINES.replace('<br>', '</p><p>')}</p>") == [BLOCK]


def test_each_paragraph_under_the_heading_is_a_contact():
    second = "OSCE Mission to Moldova<br>108 Mitropolit Dosoftei St.<br>Chișinău"

    found = find(f"{TEXT}<h3>Contacts</h3><p>{LINES}</p><p>{second}</p>")

    assert found[0] == BLOCK
    assert found[1] == ContactBlock(
        organisation="OSCE Mission to Moldova", address=["108 Mitropolit Dosoftei St.", "Chișinău"]
    )


def test_a_line_under_the_heading_may_hold_all_of_a_contact():
    lines = (
        "For further information:<br>Ann Bee, mission: +976 0000 0000<br>ODIHR: press@old.example"
    )

    assert find(f"{TEXT}<h2>Contacts</h2><p>{lines}</p>") == [
        ContactBlock("Ann Bee", "mission", phone="+976 0000 0000"),
        ContactBlock(organisation="ODIHR", email="press@old.example"),
    ]


@pytest.mark.parametrize(
    ("sentence", "name", "role", "organisation", "phone", "email"),
    [
        (
            "For further information please contact Ms. Caterina Bellandi, OSCE Mission to Bosnia "
            "and Herzegovina, at ++ 387/(0)71 00 00 00.",
            *("Ms. Caterina Bellandi", "", "OSCE Mission to Bosnia and Herzegovina"),
            *("++ 387/(0)71 00 00 00", ""),
        ),
        (
            "For further information please contact Mr. Dee at the OSCE Mission to Moldova "
            "(Tel.: +373-2-00 00 00; Fax: +373-2-00 00 01).",
            *("Mr. Dee", "", "OSCE Mission to Moldova", "+373-2-00 00 00", ""),
        ),
        (
            "For more information, contact Ann Bee, Spokesperson "
            "(Tel.: +43 1 000 00 00; Fax: +43 1 000 00 99).",
            *("Ann Bee", "Spokesperson", "", "+43 1 000 00 00", ""),
        ),
        (
            "Для получения дополнительной информации обращайтесь: Анна Би, ОБСЕ, "
            "тел.: +7 727 000 00 00, a@old.example",
            *("Анна Би", "", "ОБСЕ", "+7 727 000 00 00", "a@old.example"),
        ),
        (
            "Für weitere Informationen wenden Sie sich bitte an Anna Biene, Pressesprecherin, "
            "unter +43 1 000 00 00.",
            *("Anna Biene", "Pressesprecherin", "", "+43 1 000 00 00", ""),
        ),
        (
            "Pour de plus amples informations, veuillez contacter Anne Bé, OSCE, au +43 1 000 00 00.",
            *("Anne Bé", "", "OSCE", "+43 1 000 00 00", ""),
        ),
        (
            "Pentru informaţii suplimentare, contactaţi Ana Be, Misiunea OSCE în Moldova, "
            "tel. +373 22 00 00 00",
            *("Ana Be", "", "Misiunea OSCE în Moldova", "+373 22 00 00 00", ""),
        ),
        (
            "Za više informacija molimo kontaktirajte: Ana Be, +387 33 00 00 00",
            *("Ana Be", "", "", "+387 33 00 00 00", ""),
        ),
    ],
)
def test_a_contact_in_a_sentence_is_read(sentence, name, role, organisation, phone, email):
    assert find(f"{TEXT}<p>{sentence}</p><p>The Mission was set up in May.</p>") == [
        ContactBlock(name, role, organisation, email, phone)
    ]


def test_several_people_in_a_sentence_are_told_apart():
    sentence = (
        "For further information contact Ann Bee, ODIHR, at +48 600 000 000 "
        "or Cid Dee, PACE, at +33 6 00 00 00 00."
    )

    assert [(each.name, each.organisation, each.phone) for each in find(f"<p>{sentence}</p>")] == [
        ("Ann Bee", "ODIHR", "+48 600 000 000"),
        ("Cid Dee", "PACE", "+33 6 00 00 00 00"),
    ]


@pytest.mark.parametrize("parts", ["</p><p>", "<br>"])
def test_people_in_the_lines_after_a_sentence_are_read_up_to_other_text(parts):
    lines = [
        "For further information contact:",
        "Ann Bee, ODIHR, +48 600 000 000 or +380 60 000 00 00, ann@old.example",
        "Cid Dee, OSCE PA, +45 60 00 00 00, [email protected]",
        "The mission has 600 observers.",
    ]

    found = find(f"{TEXT}<p>{parts.join(lines)}</p>")

    assert [(each.name, each.phone, each.email) for each in found] == [
        ("Ann Bee", "+48 600 000 000; +380 60 000 00 00", "ann@old.example"),
        ("Cid Dee", "+45 60 00 00 00", ""),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "",
        TEXT,
        "<p>For further information see the website.</p>",
        "<p>He asked for further information, please contact +43 1 000 00 00.</p>",
        "<h2>Contacts</h2>",
        "<p>Contacts between the two sides went on for 20 years, until 2011.</p>",
    ],
)
def test_a_text_without_contacts_has_none(body):
    assert find(body) == []


@given(
    st.lists(
        st.sampled_from(
            [
                *("<p>", "</p>", "<h2>Contacts</h2>", "<br>", "<li>", ":", " (", "0" * 40),
                *("For further information contact ", "Ann Bee, ", "+43 1 000 00 00"),
                *("a@b.example", "; Fax: ", " or ", "OSCE"),
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_any_body_gives_contacts_that_stand_in_it(markup):
    for each in find(sanitise(markup)):
        assert each.name or each.organisation or each.phone or each.email
