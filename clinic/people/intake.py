"""What the clinic asks at intake because it influences the result, and who sees the answers.

They stand among a patient's intake facts, under keys of their own. Other keys are of programs' own making.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor, ActorKind
from clinic.identity.permissions import Act, may, refuse_unless_may
from clinic.plain_text import lines
from clinic.sentences import Sentence
from clinic.sentences import sentence as _

OF_INTAKE = "intake:"
LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class IntakeQuestion:
    """One of them: under which key the answer stands, what is asked, and what belongs there."""

    key: str
    label: Sentence
    hint: Sentence

    @property
    def field_name(self) -> str:
        """In a form, where a colon would mean something else."""
        return self.key.replace(":", "_")


# As the clinic's own page names what influences the result (clinic.md); age is known.
QUESTIONS = (
    IntakeQuestion(
        "intake:metabolic_hormonal",
        _("Metabolic or hormonal disorders"),
        _("Such as of the thyroid, diabetes."),
    ),
    IntakeQuestion("intake:smoking", _("Smoking"), _("Whether, how much, since when.")),
    IntakeQuestion(
        "intake:systemic", _("Systemic disorders"), _("Of the whole body, such as of the immune system.")
    ),
    IntakeQuestion(
        "intake:genetic_structural", _("Genetic or structural causes"), _("In the family, or by build.")
    ),
    IntakeQuestion("intake:nutrition", _("Nutrition"), _("Diets, what is left out, what is taken besides.")),
    IntakeQuestion("intake:stress", _("Stress"), _("What weighs on the patient, and since when.")),
    IntakeQuestion("intake:medicines", _("Medicines"), _("Names and doses, also those bought freely.")),
)


def facts_seen(*, facts: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """Those that the actor may know of.

    All who treat and the operator see all; a program what programs wrote, which may be its own; others none.
    """
    if may(by=by, act=Act.SEE_CONCERNS):
        return dict(facts)
    if by.kind is ActorKind.KEY:
        return {key: value for key, value in facts.items() if not _is_asked(key)}
    return {}


def refuse_unseen_facts(*, said: Mapping[str, Any], by: Actor) -> None:
    """Raise NotAllowed where somebody writes what they may not see."""
    if set(said) - set(facts_seen(facts=said, by=by)):
        refuse_unless_may(by=by, act=Act.SEE_CONCERNS)


def merged_facts(*, stands: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """`stands` with what is said: what is not said stays, and null or an empty answer takes out.

    Raises Refused (`intake_fact_too_long`).
    """
    answers = {key: _answer(value) if _is_asked(key) else value for key, value in said.items()}
    refuse_if_any(
        _TOO_LONG for key, value in answers.items() if _is_asked(key) and len(value) > LONGEST_ANSWER
    )
    gone = {key for key, value in answers.items() if value is None or (_is_asked(key) and not value)}
    return {key: value for key, value in {**stands, **answers}.items() if key not in gone}


def first_facts(*, said: Mapping[str, Any]) -> dict[str, Any]:
    """Those of one who is new: programs' own are kept as they are, also a null."""
    own = {key: value for key, value in said.items() if not _is_asked(key)}
    return merged_facts(stands=own, said={key: said[key] for key in said.keys() - own.keys()})


def _is_asked(key: str) -> bool:
    return key.startswith(OF_INTAKE)


def _answer(said: Any) -> str:
    return "" if said is None else lines(str(said))


_TOO_LONG = Problem(
    "intake_fact_too_long",
    ProblemKind.BLOCKER,
    _("Write each answer at intake in {most} letters or fewer.", most=LONGEST_ANSWER),
)
