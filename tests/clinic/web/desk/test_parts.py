"""The parts pages are made of: what each says, and that no page writes it by hand."""

import re
from collections.abc import Iterator

import pytest
from django import forms
from django.template import Context, Template

from clinic.plain_text import isolated
from tests.support.house.source import ROOT, nothing_in, tracked_files

PARTS = "clinic/templates/clinic/parts/"
# Mails have no stylesheet, and so no parts.
ELSEWHERE = (PARTS, "/mail/")
# What stands for a part that is not used, and the part.
BY_HAND = {
    r'<table>|<table class="sheet"': "{% table %}",
    r'class="notice[ "]': "{% notice %}",
    r'class="card empty': "{% nothing %}",
    r'<input type="(?:date|time)"': "{% day_box %} or {% clock_box %}",
    r"\{\{ form\.\w+ \}\} \{\{ form\.\w+\.label \}\}": "{% field %}",
    r'<a class="button[ \w-]*" href="\{% url [^%]*%\}">[^<{]*</a>': "{% link %}",
    r'<button class="button[ \w-]*">[^<{]*</button>': "{% button %}",
}
# Each for a reason.
KNOWN = {
    (
        "clinic/templates/clinic/shared_desk/idle.html",
        "{% notice %}",
    ): "shown by a script, and hidden until then",
    ("clinic/templates/mfa/webauthn/add_form.html", "{% notice %}"): "is there without scripts alone",
    ("scheduling/templates/scheduling/reports/capacity.html", "{% table %}"): "as many columns as weeks",
}


def made(markup: str, **shown) -> str:
    return Template(markup).render(Context(shown))


class Asked(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        label="Name", help_text="As in the passport.", error_messages={"required": "Enter it."}
    )
    note = forms.CharField(required=False, label="Note")
    is_urgent = forms.BooleanField(required=False, label="Urgent")
    days = forms.MultipleChoiceField(choices=[("1", "Mon")], widget=forms.CheckboxSelectMultiple)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)


def test_a_field_is_labelled_and_described_by_its_hint_and_its_refusal():
    html = made("{% field form.name %}", form=Asked({}))

    assert '<label for="id_name">Name' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext">As in the passport.' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_a_field_says_that_it_is_optional_unless_it_is_plain():
    assert "optional" in made("{% field form.note %}", form=Asked())
    assert "optional" not in made("{% field form.note plain=True %}", form=Asked())
    assert "optional" not in made("{% field form.name %}", form=Asked())


def test_a_field_takes_the_shape_of_what_it_asks():
    form = Asked()

    assert 'class="choice" for="id_is_urgent"' in made("{% field form.is_urgent %}", form=form)
    assert "<fieldset" in made("{% field form.days %}", form=form)
    assert "<legend" in made("{% field form.days %}", form=form)
    assert made("{% field form.kept %}", form=form).startswith('<input type="hidden"')


def test_refusals_are_an_alert_and_nothing_where_there_are_none():
    assert 'role="alert"' in made("{% refusals form %}", form=Asked({}))
    assert not made("{% refusals form %}", form=Asked()).strip()


def test_a_panel_is_named_by_its_heading():
    html = made('{% panel "Mails" "mails" %}<p>None.</p>{% endpanel %}')

    assert html == (
        '<section class="card" aria-labelledby="mails"><h2 id="mails">Mails</h2><p>None.</p></section>'
    )


def test_a_table_has_heads_for_every_column():
    html = made('{% table "Name" unseen="Change" %}<tr><td>x</td><td>y</td></tr>{% endtable %}')

    assert html.count('<th scope="col">') == 2
    assert '<span class="unseen">Change</span>' in html


def test_an_act_is_a_form_that_works_with_and_without_a_script():
    html = made(
        '{% act "Arrived" "session-arrive" uuid whom="Ada" %}', uuid="a" * 8 + "-0000-4000-8000-000000000000"
    )

    assert 'method="post"' in html
    assert html.count("/arrive/") == 2
    assert 'hx-post="' in html
    assert 'Arrived<span class="unseen">: <bdi>Ada</bdi></span>' in html


@pytest.mark.parametrize(
    "markup",
    [
        "{% button words %}",
        '{% link words "calls" whom=words %}',
        '{% act words "calls" whom=words %}',
        '{% panel words "x" %}{% endpanel %}',
        "{% table words %}{% endtable %}",
        "{{ words|name }}{{ words|sentence }}",
    ],
)
def test_words_are_letters_and_no_markup(markup):
    html = made(markup, words="<i>")

    assert "&lt;i&gt;" in html
    assert "<i>" not in html


def test_a_name_is_kept_apart_alone_in_a_row_and_within_a_sentence():
    assert made("{{ who|name }}", who="Ада") == "<bdi>Ада</bdi>"
    assert made("{{ who|names }}", who=["a", "<i>"]) == "<bdi>a</bdi>, <bdi>&lt;i&gt;</bdi>"
    words = f"{isolated('<i>')} is here & well."
    assert made("{{ words|sentence }}", words=words) == "<bdi>&lt;i&gt;</bdi> is here &amp; well."


def test_nobody_has_no_name():
    assert made("{{ who|name }}", who=None) == ""


@pytest.mark.parametrize(
    ("called", "initials"), [("Noor Bakker", "NB"), ("Madonna", "M"), ("Ann B. van Dam", "AD")]
)
def test_initials_are_of_the_first_and_the_last_name(called, initials):
    assert made("{{ called|initials }}", called=called) == initials


def by_hand(path: str, markup: str) -> Iterator[str]:
    for pattern, part in BY_HAND.items():
        if re.search(pattern, markup) and (path, part) not in KNOWN:
            yield f"{path} writes by hand what {part} writes"


def test_pages_write_no_part_by_hand():
    nothing_in(
        found
        for path in tracked_files()
        if path.endswith(".html") and not any(place in path for place in ELSEWHERE)
        for found in by_hand(path, (ROOT / path).read_text("utf-8"))
    )


@pytest.mark.parametrize(
    "markup",
    [
        '<div class="rows"><table><tr></tr></table></div>',
        '<div class="notice notice-warning" role="status">',
        '<input type="date" name="on">',
        '<a class="button button-small" href="{% url \'calls\' %}">Call list</a>',
        '<button class="button button-primary">Keep it</button>',
        "<label>{{ form.tell }} {{ form.tell.label }}</label>",
    ],
)
def test_a_part_by_hand_is_found(markup):
    assert list(by_hand("scheduling/templates/scheduling/day/day_sheet.html", markup))


def test_parts_that_are_used_are_not():
    markup = '{% table "Name" %}<tr></tr>{% endtable %}{% button "Keep it" "primary" %}{% field form.on %}'

    assert not list(by_hand("scheduling/templates/scheduling/day/day_sheet.html", markup))
