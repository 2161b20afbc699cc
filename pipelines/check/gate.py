"""What lets a project pass or fail: findings and states by the levels of a policy, and waivers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicyHit:
    """What a policy says of a model, before waivers.

    Attributes:
        code: As of ``policy_reasons``.
        level: ``fail`` or ``warn``.
        text: One sentence.
        action: What to do about it.
    """

    code: str
    level: str
    text: str
    action: str


@dataclass(frozen=True, slots=True)
class GateItem:
    """One thing that fails, is warned of, or was waived.

    Attributes:
        level: ``fail``, ``warn`` or ``waived``.
        code: Code of the finding.
        hub: Where the model is published; empty for what is of no model.
        subject: The model, or the project.
        text: One sentence or two.
        action: What to do about it.
        path: Where it is loaded, or the file of the policy; empty where no file is.
        line: From 1; 0 where it is of a whole file.
        is_policy: Whether the policy alone finds it; else it is a finding of the report too.
        waiver: Why it is waived, by whom and until when; empty where it is not.
    """

    level: str
    code: str
    hub: str
    subject: str
    text: str
    action: str
    path: str
    line: int
    is_policy: bool
    waiver: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a project passes.

    Attributes:
        state: ``pass``, ``warn`` or ``fail``.
        items: What fails, then what is warned of, then what was waived.
        policy: The file of the policy; empty where the defaults hold.
        context: Where the project goes, or empty.
        commercial: Whether it serves commerce; None: not stated.
    """

    state: str = "pass"
    items: tuple[GateItem, ...] = ()
    policy: str = ""
    context: str = ""
    commercial: bool | None = None

    def of_level(self, level: str) -> list[GateItem]:
        """Return the items of a level."""
        return [one for one in self.items if one.level == level]

    def waiver_of(self, hub: str, subject: str, code: str) -> str:
        """Return why a finding is waived; empty where it is not."""
        return next(
            (
                one.waiver
                for one in self.items
                if one.waiver and (one.hub, one.subject, one.code) == (hub, subject, code)
            ),
            "",
        )
