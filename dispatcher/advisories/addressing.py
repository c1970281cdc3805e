"""Whether an advisory addresses audiences that the office has, from the folder of its number. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.advisories.schema import problem_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.errors import Problem
    from dispatcher.model import Advisory, Audience


def addressing_problems(advisory: Advisory, audiences: Sequence[Audience], *, folder: str) -> list[Problem]:
    """Return what is wrong between the advisory, the folder it lies in and the audiences of config.yaml."""
    file = f"{folder}/advisory.yaml"
    known = {audience.name for audience in audiences}
    lines = [(f"addressees[{row}].audience", line.audience) for row, line in enumerate(advisory.addressees)]
    lines += [(f"copies[{row}].audience", line.audience) for row, line in enumerate(advisory.copies)]
    problems = [
        problem_at("advisory_audience_unknown", file, key, name, known=", ".join(sorted(known)))
        for key, name in lines
        if name not in known
    ]
    if folder != advisory.slug:
        problems.append(problem_at("advisory_folder", file, "number", folder, slug=advisory.slug))
    return problems
