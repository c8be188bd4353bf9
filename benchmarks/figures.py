"""What a round has measured, and how rounds become one line of the report."""

from __future__ import annotations

import statistics
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Sample:
    """One round.

    ``latencies`` in seconds, one an answer. ``answers`` counts them by what they were (HTTP status, or
    ``"ok"`` for bare SQL). ``server_cpu`` and ``driver_cpu`` are the processor seconds that the servers and
    the load program used meanwhile.
    """

    seconds: float
    latencies: array[float]
    answers: Counter[str]
    driver_cpu: float = 0.0
    server_cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0


def joined(samples: Iterable[Sample]) -> Sample:
    """What several programs measured at the same time, as one round."""
    parts = list(samples)
    latencies, answers = array("d"), Counter[str]()
    for part in parts:
        latencies.extend(part.latencies)
        answers.update(part.answers)
    return Sample(
        seconds=max(part.seconds for part in parts),
        latencies=latencies,
        answers=answers,
        driver_cpu=sum(part.driver_cpu for part in parts),
        server_cpu=sum(part.server_cpu for part in parts),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of them lie; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Series:
    """The rounds of one thing that is measured."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second: the median of the rounds."""
        return statistics.median(sample.rate for sample in self.samples)

    def latency(self, share: float) -> float:
        """Seconds, over the answers of all rounds."""
        return percentile([value for sample in self.samples for value in sample.latencies], share)

    @property
    def cpu_each(self) -> float:
        """Processor seconds of the servers for one answer."""
        return self._total("server_cpu") / max(1, self.count)

    @property
    def driver_share(self) -> float:
        """How much of one core the load program took."""
        return self._total("driver_cpu") / max(1e-9, self._total("seconds"))

    @property
    def count(self) -> int:
        """All answers."""
        return sum(len(sample.latencies) for sample in self.samples)

    @property
    def answers(self) -> Counter[str]:
        """All answers by what they were."""
        total: Counter[str] = Counter()
        for sample in self.samples:
            total.update(sample.answers)
        return total

    def _total(self, name: str) -> float:
        return float(sum(getattr(sample, name) for sample in self.samples))


def ratio(subject: Series, floor: Series) -> float:
    """Subject's rate as a share of its floor's: the median over pairs of neighbouring rounds."""
    pairs = zip(subject.samples, floor.samples, strict=True)
    return statistics.median(mine.rate / bare.rate if bare.rate else 0.0 for mine, bare in pairs)
