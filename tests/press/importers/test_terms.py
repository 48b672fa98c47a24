"""Labels of old pages: what they mean by name, what people decide, and what follows from that."""

import csv
import io
import pickle
from contextlib import contextmanager
from datetime import date
from threading import Event, Thread
from time import perf_counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from press import corrections
from press.importers.matching import decision_sheet, terms
from press.importers.matching.terms import Matcher
from press.importers.run import import_releases
from press.models import PressRelease, TermDecision
from press.revisions import record
from press.running import one_at_a_time
from taxonomy.labels import KEY_LENGTH, Labels, key, loose_key, short_key
from taxonomy.merging import merge
from taxonomy.models import FieldOfWork
from tests.factories import (
    FieldFactory,
    MeetingFactory,
    ReleaseFactory,
    StructureFactory,
    UserFactory,
)

from .test_import import capture

pytestmark = pytest.mark.django_db

PARTS = [
    *("OSCE ", "The ", "Office", "ies", "ses", "s", " (closed)", " (discontinued)", "/", "–", "-"),
    *("co op", " OSCE Chairpersonship 2024", " ", "ş", "ș", "ß", ",", "&"),
]
LABELS = st.text(max_size=60) | st.lists(st.sampled_from(PARTS)).map("".join)


@given(LABELS)
def test_what_is_normalised_stays_as_it_is(label):
    assert key(key(label)) == key(label)
    assert loose_key(loose_key(label)) == loose_key(label)
    assert short_key(short_key(label)) == short_key(label)
    assert len(short_key(label * 20)) <= KEY_LENGTH


@pytest.fixture(scope="module")
def any_labels():
    return odd_labels()


def odd_labels():
    """Labels of a tree with a few odd names, without a database."""

    class Rows(list):
        def values_list(self, *names):
            return self

        exclude = order_by = lambda self, *args, **kwargs: self

    class Model:
        objects = Rows([(1, "a", "Elections"), (2, "b", "Arms, small"), (3, "c", "–")])

        class names:
            class rel:
                class related_model:
                    objects = Rows([("Vote", 1, None, None), ("Vote", 2, date(1999, 1, 1), None)])

        class _meta:
            fields = []

    return Labels(Model)


@given(LABELS, st.dates() | st.none())
def test_no_text_breaks_the_matcher_and_nothing_of_it_is_lost(any_labels, text, day):
    found, unknown = any_labels.match(text, day)

    assert set(found) <= {1, 2, 3}
    assert all(label in text for label in unknown)
    assert any_labels.match(text, day) == (found, unknown)


def meaning(link, text, on=None):
    """The codes of the terms that text names."""
    matcher = Matcher()
    return [matcher.labels[link].codes[pk] for pk in matcher.match(link, text, on)[0]]


@pytest.mark.parametrize(
    ("link", "label", "code"),
    [
        ("sources", "OSCE Office in Yerevan (discontinued)", "office-in-yerevan"),
        ("fields_of_work", "Roma & Sinti", "roma-and-sinti"),
        ("sources", "osce  office in YEREVAN (Closed)", "office-in-yerevan"),
        (
            "sources",
            "OSCE Mission to Croatia / OSCE Office in Zagreb (closed)",
            "mission-to-croatia",
        ),
        ("sources", "Project Co ordinator in Uzbekistan", "project-co-ordinator-in-uzbekistan"),
        ("sources", "Project Co‑ordinator in Uzbekistan", "project-co-ordinator-in-uzbekistan"),
        ("countries", "Netherlands", "the-netherlands"),
        ("countries", "The Republic of Moldova", "moldova"),
        ("countries", "Turkiye", "turkiye"),
        ("countries", "Malta — OSCE Chairpersonship 2024", "malta"),
        ("fields_of_work", "Election", "elections"),
    ],
)
def test_labels_are_matched_however_they_are_printed(taxonomy, link, label, code):
    assert meaning(link, label) == [code]


def test_singular_and_plural_and_both_signs_under_a_letter_are_one_label(db):
    conferences = MeetingFactory(name="Quill equality conferences")
    romanian = MeetingFactory(name="Reuniuni la Iaşi")  # with a cedilla

    assert meaning("meetings", "Quill Equality Conference") == [conferences.code]
    assert meaning("meetings", "Reuniuni la Iași") == [romanian.code]


def test_the_name_as_printed_wins_over_one_that_is_like_it(db):
    one, many = FieldFactory(name="Mine"), FieldFactory(name="Mines")

    assert meaning("fields_of_work", "Mines") == [many.code]
    assert meaning("fields_of_work", "mine") == [one.code]


def test_a_name_is_read_as_of_the_day(db):
    old, new = StructureFactory(), StructureFactory()
    old.names.create(name="Quill Office", is_official=True, until=date(1999, 12, 31))
    new.names.create(name="Quill Office", since=date(2000, 1, 1))
    present = StructureFactory(name="Quill Bureau")
    old.names.create(name="Quill Bureau", is_official=True, until=date(1999, 12, 31))

    assert meaning("sources", "OSCE Quill Office", date(1999, 5, 1)) == [old.code]
    assert meaning("sources", "OSCE Quill Office", date(2005, 5, 1)) == [new.code]
    assert meaning("sources", "Quill Bureau", date(1999, 5, 1)) == [present.code]


def test_a_former_name_is_known_after_its_time_where_nobody_else_had_it(db):
    term = StructureFactory()
    term.names.create(name="Quill Office", is_official=True, until=date(1999, 12, 31))

    assert meaning("sources", "Quill Office", date(2009, 1, 1)) == [term.code]


def test_names_win_over_decisions_and_decisions_over_nothing(db):
    youth, other = FieldFactory(name="Quill youth"), FieldFactory()
    TermDecision.objects.create(vocabulary="field", label="Quill youth", code=other.code)
    TermDecision.objects.create(vocabulary="field", label="Quill matters", code=other.code)
    TermDecision.objects.create(vocabulary="field", label="Quill noise", code="")

    found, unknown = Matcher().match(
        "fields_of_work", "Quill youths, The quill matter, quill noises, X"
    )

    assert (found, unknown) == ([youth.pk, other.pk], ["X"])
    assert Matcher().match("meetings", "Quill matters") == ([], ["Quill matters"])


def test_a_decision_leads_on_when_its_term_is_merged_and_ends_when_it_is_deleted(db):
    old, new, newest, gone = FieldFactory.create_batch(4)
    TermDecision.objects.create(vocabulary="field", label="Quill", code=old.code)
    TermDecision.objects.create(vocabulary="field", label="Ink", code=gone.code)
    merge(old, new)
    merge(new, newest)
    gone.delete()

    assert Matcher().match("fields_of_work", "Quill; Ink") == ([newest.pk], ["Ink"])


def test_the_matcher_asks_nothing_and_goes_to_other_processes(taxonomy, django_assert_num_queries):
    matcher = Matcher()

    with django_assert_num_queries(0):
        for copy in (matcher, pickle.loads(pickle.dumps(matcher))):
            assert copy.match("fields_of_work", "Elections, Quill")[1] == ["Quill"]
            assert copy.guesses("field", "Ellections")[0][0] == "elections"


def test_with_two_thousand_terms_a_known_label_takes_microseconds(db):
    model = FieldFactory._meta.model
    model.objects.bulk_create(
        model(name=f"Quill work {number}", code=f"q-{number}", slug=f"q-{number}")
        for number in range(2000)
    )
    matcher = Matcher()
    labels = [f"OSCE quill works {number}" for number in range(500)]
    assert all(len(matcher.match("fields_of_work", label)[0]) == 1 for label in labels)

    begin = perf_counter()
    for _ in range(4):
        for label in labels:
            matcher.match("fields_of_work", label)

    assert (perf_counter() - begin) / 2000 < 100e-6  # about 3 on an idle machine


def test_the_gate_names_what_nobody_decided(taxonomy):
    TermDecision.objects.create(vocabulary="field", label="Quill noise", code="")
    asked = [
        ("field", "Elections", date(2010, 1, 1)),
        ("field", "Quill noise", None),
        ("field", "Quill", None),
        ("field", "Quill", None),
        ("source", "Elections", None),
    ]

    assert Matcher().undecided(asked) == [("field", "Quill", None), ("source", "Elections", None)]


@contextmanager
def another_import():
    """An import that runs meanwhile, on a connection of its own."""
    runs, ends = Event(), Event()

    def hold():
        with one_at_a_time():
            runs.set()
            ends.wait(10)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert runs.wait(10)
    try:
        yield
    finally:
        ends.set()
        thread.join()


# Decisions meet what is imported.


def decide(vocabulary, label, code, by=None):
    terms.decide([TermDecision(vocabulary=vocabulary, label=label, code=code)], by=by)
    return terms.refile(Matcher(), by=by, only={(vocabulary, short_key(label))})


def test_a_decision_files_what_is_imported_with_its_translations(db):
    field, other = FieldFactory(), FieldFactory()
    person = UserFactory()
    original = ReleaseFactory(fields_of_work=[other])
    translation = ReleaseFactory(
        language="de",
        translation_of=original,
        fields_of_work=[other],
        unmatched_labels={"field": ["Quill matters", "Ink"], "source": ["Quill matters"]},
    )
    before = {release.pk: release for release in PressRelease.objects.all()}

    assert decide("field", "quill MATTER", field.code, person) == 1

    for release in PressRelease.objects.all():
        assert set(release.fields_of_work.all()) == {field, other}
        assert [(log.action, log.by) for log in release.log.all()] == [("decide_label", person)]
        assert f"“Quill matters” of the old page means: {field.name}" in release.log.get().note
        was = before[release.pk]
        for name in ("published_at", "updated_at", "corrected_at", "first_published_at", "state"):
            assert getattr(release, name) == getattr(was, name)
        assert release.version == was.version + 1  # a form that is open would take the term away
    translation.refresh_from_db()
    assert translation.unmatched_labels == {"field": ["Ink"], "source": ["Quill matters"]}


def test_an_ignored_label_goes_and_nothing_else_changes(db):
    release = ReleaseFactory(unmatched_labels={"field": ["Quill"]})
    other = ReleaseFactory(language="de", translation_of=release)

    assert decide("field", "Quill", "") == 1

    release.refresh_from_db()
    assert release.unmatched_labels == {}
    assert not release.fields_of_work.exists()
    assert not other.log.exists()


def test_an_open_correction_gets_the_term_and_can_be_published(db):
    field, person = FieldFactory(), UserFactory()
    release = ReleaseFactory(
        summary="In short.", fields_of_work=[FieldFactory()], unmatched_labels={"field": ["Quill"]}
    )
    copy = corrections.begin(release, by=person)
    copy.title = "Corrected"
    copy.save()

    decide("field", "Quill", field.code)
    corrections.force_publish(
        PressRelease.objects.get(pk=copy.pk), by=person, reason="Night", is_minor=True
    )

    release.refresh_from_db()
    assert release.title == "Corrected"
    assert field in release.fields_of_work.all()


def test_what_has_versions_gets_one_more_with_the_term(db):
    field = FieldFactory()
    release = ReleaseFactory(unmatched_labels={"field": ["Quill"]})
    record(release, by=None)

    decide("field", "Quill", field.code)

    newest, before = release.revisions.all()
    assert [term["code"] for term in newest.snapshot["fields_of_work"]] == [field.code]
    assert before.snapshot["fields_of_work"] == []


def test_what_was_decided_does_not_make_a_release_look_edited(taxonomy, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text(capture(field="Quill matters"))
    import_releases([str(file)])
    release = PressRelease.objects.get()

    decide("field", "Quill matters", "elections")
    again = import_releases([str(file)])
    file.write_text(
        capture(field="Quill matters", text="Another text stands here now, and it is longer.")
    )
    changed = import_releases([str(file)])

    assert (again.counts["unchanged"], changed.counts["updated"]) == (1, 1)
    release.refresh_from_db()
    assert [term.code for term in release.fields_of_work.all()] == ["elections"]
    assert release.unmatched_labels == {}


def test_many_releases_are_filed_with_few_questions(db, django_assert_max_num_queries):
    field = FieldFactory()
    ReleaseFactory.create_batch(150, unmatched_labels={"field": ["Quill"]})

    with django_assert_max_num_queries(33):
        assert decide("field", "Quill", field.code) == 150
    assert decide("field", "Quill", field.code) == 0
    assert field.releases.count() == 150


def test_what_was_stopped_goes_on(db, monkeypatch):
    field = FieldFactory()
    ReleaseFactory.create_batch(5, unmatched_labels={"field": ["Quill"]})
    monkeypatch.setattr(terms, "BATCH", 2)

    def stops(batches):
        for number, batch in enumerate(batches):
            if number == 2:
                raise KeyboardInterrupt
            yield batch

    terms.decide([TermDecision(vocabulary="field", label="Quill", code=field.code)], by=None)
    with pytest.raises(KeyboardInterrupt):
        terms.refile(Matcher(), by=None, progress=stops)

    assert field.releases.count() == 4
    assert terms.refile(Matcher(), by=None) == 1


# The file


def run(*args, **options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_terms", *args, stdout=out, stderr=err, **options)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return end.code, out.getvalue() + err.getvalue()
    return 0, out.getvalue()


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_a_manifest_is_no_source_and_one_that_cannot_be_read_is_refused(taxonomy, tmp_path):
    (tmp_path / "a.txt").write_text(capture(field="Ellections"))
    (tmp_path / "known.csv").write_text("path,captured_at\na.txt,2011-06-16\n")
    (tmp_path / "bad.csv").write_text("path,captured_at\na.txt,long ago\n")
    out, known, bad = (str(tmp_path / name) for name in ("out.csv", "known.csv", "bad.csv"))

    assert run(known, "--out", out, manifest=bad)[0] == 1
    assert run(out=out, manifest=known)[0] == 2
    assert run(str(tmp_path / "a.txt"), known, "--out", out, manifest=known)[0] == 0
    assert [row["label"] for row in rows(tmp_path / "out.csv")] == ["Ellections"]


def test_the_labels_of_a_source_are_written_with_guesses_and_nothing_is_imported(
    taxonomy, tmp_path
):
    for name, field in {"a": "Ellections", "b": "Ellections", "c": "Youth"}.items():
        (tmp_path / f"{name}.txt").write_text(capture(title=f"Lamp {name}", field=field))
    (tmp_path / "bad.txt").write_bytes(b"\xff\x00")

    code, said = run(str(tmp_path), "--out", str(tmp_path / "out.csv"))

    assert code == 3
    assert "bad.txt" in said
    (row,) = rows(tmp_path / "out.csv")
    assert (row["vocabulary"], row["label"], row["count"]) == ("field", "Ellections", "2")
    assert row["example 1"].endswith("a.txt")
    assert row["guess 1"].startswith("elections (")
    assert (row["decision"], row["note"]) == ("", "")
    assert not PressRelease.objects.exists()


def test_a_file_goes_out_and_comes_back(taxonomy, tmp_path):
    person = UserFactory(username="quill")
    odd = [
        "=cmd|' /C calc'!A0",
        "'apostrophe",
        "+1 field",
        "@home; really",
        'He said "no"',
        "Ştefan",
    ]
    releases = [ReleaseFactory(unmatched_labels={"field": [label]}) for label in odd]
    out = tmp_path / "out.csv"
    assert run("--out", str(out))[0] == 0
    assert not any(row["label"].startswith(("=", "+", "@")) for row in rows(out))
    filled = rows(out)
    for row in filled:
        row["decision"] = "elections (71)"
    with out.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, decision_sheet.COLUMNS, delimiter=";")
        sheet.writeheader()
        sheet.writerows(filled)

    code, said = run("--in", str(out), "--by", "quill")

    assert (code, said) == (
        0,
        "Decisions: 6, 6 of them new. Labels not decided: 0. Releases filed anew: 6.\n",
    )
    assert set(TermDecision.objects.values_list("label", flat=True)) == set(odd)
    assert set(TermDecision.objects.values_list("by", flat=True)) == {person.pk}
    for release in releases:
        assert release.fields_of_work.get().code == "elections"
    assert run("--in", str(out), "--by", "quill")[1].startswith("Decisions: 6, 0 of them new.")


def sheet(*lines, head="vocabulary,label,decision"):
    return "\n".join([head, *lines, ""]).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            sheet("field,Quill,nonsense"),
            "row 2, column decision: there is no field of work with the code “nonsense”",
        ),
        (
            sheet("field,Quill,albania"),
            "row 2, column decision: “albania” is a country, not a field of work",
        ),
        (sheet("fields,Quill,ignore"), "row 2, column vocabulary: “fields” is none of"),
        (sheet("field,,ignore"), "row 2, column label"),
        (
            sheet("field,Quill,elections", "field,quills,ignore"),
            "row 3, column decision: “ignore”, but row 2",
        ),
        (sheet("field,Quill,elections,what"), "row 2, column 4: a value beyond"),
        (sheet("field,Quill", head="vocabulary,label"), "row 1: there is no column “decision”"),
        (sheet(head="vocabulary,label,label,decision"), "row 1: two columns “label”"),
        (b"", "row 1: there is no column “vocabulary”"),
        (sheet("field,Ingerência,ignore").decode().encode("latin-1"), "line 2 is not UTF-8"),
        (sheet('field,"Quill,ignore'), "is not a CSV file"),
        (sheet("field,Qu\0ill,ignore"), "NUL"),
    ],
)
def test_a_file_with_one_wrong_row_writes_nothing(taxonomy, tmp_path, data, reason):
    release = ReleaseFactory(unmatched_labels={"field": ["Good"]})
    path = tmp_path / "in.csv"
    path.write_bytes(data + b"field,Good,elections\n")

    code, said = run("--in", str(path))

    assert code == 1
    assert reason in said
    assert not TermDecision.objects.exists()
    assert not release.fields_of_work.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_save_in_several_ways(taxonomy, tmp_path, encoding, delimiter):
    path = tmp_path / "in.csv"
    lines = [
        ["Label", "DECISION ", "Vocabulary"],
        ["Écrits", " Elections", "Field"],
        ["Ink", "", "field"],
    ]
    path.write_bytes("\r\n".join(map(delimiter.join, lines)).encode(encoding))

    code, said = run("--in", str(path))

    assert code == 0
    assert said.startswith("Decisions: 1, 1 of them new. Labels not decided: 1.")
    assert TermDecision.objects.get().code == "elections"


def test_closed_terms_can_be_meant_and_merged_ones_lead_to_the_other(taxonomy, tmp_path):
    old = FieldFactory(code="old-quill", is_closed=True)
    closed = FieldFactory(code="closed-quill", is_closed=True)
    merge(old, FieldOfWork.objects.get(code="elections"))
    path = tmp_path / "in.csv"
    path.write_bytes(sheet("field,One,old-quill", "field,Two,closed-quill", "field,ONES,elections"))

    assert run("--in", str(path))[0] == 0

    decided = dict(TermDecision.objects.values_list("label", "code"))
    assert decided == {"One": "elections", "Two": closed.code}


def test_a_dry_run_says_the_same_and_writes_nothing(taxonomy, tmp_path):
    release = ReleaseFactory(unmatched_labels={"field": ["Quill"]})
    path = tmp_path / "in.csv"
    path.write_bytes(sheet("field,Quill,elections"))

    code, said = run("--in", str(path), dry_run=True)

    assert code == 0
    assert "Releases filed anew: 1." in said
    release.refresh_from_db()
    assert release.unmatched_labels == {"field": ["Quill"]}
    assert not TermDecision.objects.exists()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["a", "--in", "b"], 2),
        (["--out", "b", "--by", "quill"], 2),
        (["--out", "b", "--dry-run"], 2),
        (["--in", "/nowhere/b"], 1),
        (["--out", "/nowhere/b"], 1),
    ],
)
def test_what_cannot_be_done_is_told_by_exit_code(taxonomy, args, code):
    UserFactory(username="quill")

    assert run(*args)[0] == code


def test_whoever_decides_has_to_be_there(taxonomy):
    assert "--by" in run("--in", "b", "--by", "nobody at all")[1]


def test_a_file_that_is_there_is_not_written_over(taxonomy, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("decisions of a week")

    assert run("--out", str(path))[0] == 1
    assert path.read_text() == "decisions of a week"


def test_nothing_is_decided_beside_an_import(taxonomy, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(sheet("field,Quill,elections"))

    with another_import():
        assert run("--in", str(path))[0] == 4
    assert not TermDecision.objects.exists()
