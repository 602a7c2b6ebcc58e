# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX refuses in a survey, question by question; the same rules as its API's survey_spec applies."""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]

TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": float,
}
WANTED = {"type": str, "question_name": str, "variable": str, "required": bool}
CHOOSING = ("multiplechoice", "multiselect")


def complaints(survey: Json) -> list[str]:
    """Why AWX would answer 400; empty when it takes the survey."""
    for name, kind in {"name": str, "description": str, "spec": list}.items():
        if not isinstance(survey.get(name), kind):
            return [f"{name} is not a {kind.__name__}"]
    if not survey["spec"]:
        return ["spec has no questions"]
    variables = [question.get("variable") for question in survey["spec"]]
    twice = [f"{name} is asked twice" for name in set(variables) if variables.count(name) > 1]
    return twice + [f"{question.get('variable')}: {text}" for question in survey["spec"] for text in about(question)]


def about(question: Json) -> t.Iterator[str]:
    for name, kind in WANTED.items():
        if not isinstance(question.get(name), kind):
            yield f"{name} is not a {kind.__name__}"
    if question.get("type") not in TYPES:
        yield "its type is none of AWX's"
        return
    for limit in ("min", "max"):
        value = question.get(limit)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            yield f"{limit} is neither an integer nor null"
    yield from about_default(question)
    if question["type"] in CHOOSING:
        yield from about_choices(question)


def about_default(question: Json) -> t.Iterator[str]:
    default = question.get("default", "")
    if default != "" and (isinstance(default, bool) or not isinstance(default, TYPES[question["type"]])):
        yield "its default has another type"
    if isinstance(default, str) and default.startswith("$encrypted$"):
        yield "$encrypted$ is reserved"


def about_choices(question: Json) -> t.Iterator[str]:
    choices = lines(question.get("choices"))
    defaults = lines(question.get("default", ""))
    if not choices or not all(isinstance(choice, str) for choice in choices):
        yield "it has no choices, or choices that are not words"
    if question["type"] == "multiplechoice" and len(defaults) > 1:
        yield "one choice cannot have several defaults"
    if not set(defaults) <= set(choices):
        yield "its default is none of its choices"


def lines(value: t.Any) -> list[t.Any]:
    """AWX takes a list, or one word a line."""
    return value.splitlines() if isinstance(value, str) else list(value or [])
