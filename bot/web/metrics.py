"""Figures for Prometheus. What happened is counted in the store, so that any process tells of all of them.

These are figures of the last hour or day, not counters from the start: an erasure takes messages away, and a counter
that falls looks to Prometheus like a restart.
"""

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.errors import BotError
from bot.storage.ledger import Side
from bot.storage.watching import CONFIDENCE_BOUNDS, Watched
from bot.web.context import services

bp: Final = Blueprint("metrics", __name__)

_SCHEME: Final = "Bearer "


class NotForYou(BotError):
    """Whoever asks for the figures may not have them."""


@bp.get("/metrics")
def metrics() -> Response:
    """Tell all figures. Raises NotForYou, or StorageUnavailable, which Prometheus takes as "down"."""
    _refuse_strangers()
    now, found = datetime.now(UTC), services()
    registry = CollectorRegistry()
    watched, kept = found.store.watching.look(now=now), found.store.quarantine.count(now=now)
    registry.register(_Figures(watched, kept, found.intake.knowledge.version, now))
    text = generate_latest(registry) + generate_latest(found.times.registry)
    return Response(text, content_type=CONTENT_TYPE_LATEST)


def _refuse_strangers() -> None:
    """Let in who knows the token; without PUBLIC_BASE_URL, when no proxy speaks for others, also this machine."""
    settings = services().settings
    given = request.headers.get("Authorization", "")
    wanted = _SCHEME + settings.metrics_token
    if settings.metrics_token and hmac.compare_digest(given.encode(), wanted.encode()):
        return
    if settings.public_base_url is None and ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104
        return
    raise NotForYou("Send `Authorization: Bearer` with the value of METRICS_TOKEN; without that setting, set it first.")


class _Figures(Collector):
    """What was seen in the store, as Prometheus wants it."""

    def __init__(self, watched: Watched, quarantined: int, knowledge_version: str, now: datetime) -> None:
        self._watched = watched
        self._quarantined = quarantined
        self._knowledge_version = knowledge_version
        self._now = now

    def collect(self) -> Iterator[Metric]:
        watched = self._watched
        yield self._sum(Side.RECEIVED, "bot_received_last_hour", "Messages from learners, and why", "reason")
        yield self._sum(Side.QUEUED, "bot_queued_last_hour", "Messages to learners, with Twilio's error code", "code")
        yield self._differences()
        yield self._decisions()
        yield self._confidence()
        yield _gauge("bot_handoffs_waiting", "Handoffs that nobody has taken", watched.waiting)
        yield self._age("bot_handoff_oldest_seconds", "Age of the oldest of them", watched.waiting_since or self._now)
        yield _gauge("bot_queue_depth", "Messages with which delivery is not done", watched.queue.depth)
        oldest = watched.queue.oldest_due_at
        yield self._age("bot_queue_oldest_seconds", "How long the first could have left", oldest or self._now)
        yield _gauge("bot_windows_closing", "Conversations with staff that close soon", watched.windows_closing)
        yield _gauge("bot_arrived_this_month", "Messages to learners that arrived, up to 1,000", watched.arrived)
        yield _gauge("bot_quarantined", "Requests with a wrong signature of the last day", self._quarantined)
        yield self._age("bot_last_inbound_seconds", "Since a learner last wrote", watched.last_inbound_at)
        yield self._age("bot_delivery_beat_seconds", "Since delivery was last alive", watched.last_beat_at)
        version = GaugeMetricFamily("bot_knowledge", "Always 1; the version that answers", labels=["version"])
        version.add_metric([self._knowledge_version], 1)
        yield version

    def _sum(self, side: Side, name: str, meaning: str, detail_name: str) -> Metric:
        family = GaugeMetricFamily(name, f"{meaning}; by what became of them.", labels=["part", detail_name])
        one = self._watched.sums[side]
        for part, counted in one.details.items():
            for detail, number in (counted or {"": 0}).items():
                family.add_metric([part, detail], number)
        return family

    def _differences(self) -> Metric:
        family = GaugeMetricFamily("bot_ledger_difference_last_day", "0: the sum holds.", labels=["side"])
        for side, difference in self._watched.differences.items():
            family.add_metric([side], difference)
        return family

    def _decisions(self) -> Metric:
        family = GaugeMetricFamily(
            "bot_decisions_last_hour", "Messages by the kind of reply and topic.", labels=["action", "topic"]
        )
        for one in self._watched.decided:
            family.add_metric([one.action, one.topic], one.number)
        return family

    def _confidence(self) -> Metric:
        decided = self._watched.decided
        bounds = [
            (str(bound), float(sum(one.within[place] for one in decided)))
            for place, bound in enumerate(CONFIDENCE_BOUNDS)
        ]
        buckets = [*bounds, ("+Inf", bounds[-1][1])]
        meaning = "Probability that the first thing answered was asked."
        total = sum(one.confidence for one in decided)
        return GaugeHistogramMetricFamily("bot_confidence_last_hour", meaning, buckets=buckets, gsum_value=total)

    def _age(self, name: str, meaning: str, since: datetime | None) -> Metric:
        """Without a sample if it never was."""
        family = GaugeMetricFamily(name, f"{meaning}, in seconds.")
        if since is not None:
            family.add_metric([], max(0.0, (self._now - since).total_seconds()))
        return family


def _gauge(name: str, meaning: str, value: int) -> Metric:
    return GaugeMetricFamily(name, f"{meaning}.", value=value)
