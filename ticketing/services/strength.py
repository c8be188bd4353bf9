"""How strong a password is. The score advises; what is refused stands in ``passwords``."""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.services import passwords

LEVELS = ("very_weak", "weak", "fair", "strong", "very_strong")
#: Guesses that it takes, as powers of ten, where each level ends. The first four ends are zxcvbn's own.
_ENDS = (3.0, 6.0, 8.0, 10.0, 14.0)
#: Guessing takes longer and longer to estimate, and nobody guesses that much.
_LOOKED_AT = 72


@dataclass(frozen=True, slots=True)
class Strength:
    """``score`` is 0 to 100, twenty for each level."""

    score: int
    level: str
    feedback: list[str]
    has_uppercase: bool
    has_lowercase: bool
    has_digit: bool
    has_special: bool
    length: int


def measure(password: str) -> Strength:
    """How long a password resists guessing, and what would make it better."""
    from zxcvbn import zxcvbn

    found = zxcvbn(password[:_LOOKED_AT])
    score = _score(float(found["guesses_log10"]))
    advice = [found["feedback"]["warning"], *found["feedback"]["suggestions"]]
    return Strength(
        score=score,
        level=LEVELS[min(score // 20, len(LEVELS) - 1)],
        feedback=[*passwords.weaknesses(password), *(sentence for sentence in advice if sentence)],
        has_uppercase=any(character.isupper() for character in password),
        has_lowercase=any(character.islower() for character in password),
        has_digit=any(character.isdigit() for character in password),
        has_special=any(not (character.isalnum() or character.isspace()) for character in password),
        length=len(password),
    )


def _score(power: float) -> int:
    """Twenty points a level, in proportion within it."""
    start = 0.0
    for level, end in enumerate(_ENDS):
        if power < end:
            return level * 20 + int(20 * (power - start) / (end - start))
        start = end
    return 100
