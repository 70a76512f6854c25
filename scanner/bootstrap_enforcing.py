"""Enforcement wired: its guards, the steps of an action, and the surfaces that it acts on."""

from datetime import timedelta

from scanner.adapters.cdn_rooms import RoomedPlane, SqlHolds
from scanner.adapters.control_plane import ControlPlane, RoutedSurface
from scanner.adapters.s3_remover import S3Remover
from scanner.adapters.sql_desk import SqlDesk
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.adapters.sql_intake import SqlNotes
from scanner.bootstrap_adapters import Adapters
from scanner.bootstrap_rollouts import rollouts_of
from scanner.bootstrap_store import enforcer_client, wide_of
from scanner.bootstrap_web import edged
from scanner.domain.enforcement.brakes import Breaker, Pace
from scanner.services.carrying import Carrying
from scanner.services.casework import Casework
from scanner.services.clockwatching import Clockwatching
from scanner.services.enforcing import Enforcing
from scanner.services.guarding import Guarding
from scanner.services.whereabouts import Whereabouts
from scanner.settings import Settings


def enforcing_of(settings: Settings, a: Adapters, casework: Casework, size: int) -> Enforcing:
    """Enforcement under its guards; S3 objects on one surface, everything else through the control plane."""
    hook = ControlPlane(settings.control_plane_url, settings.control_plane_secret)
    plane = RoomedPlane(hook, a.clock, timedelta(seconds=settings.room_seconds), SqlHolds(a.database))
    routed = RoutedSurface(a.surface, plane, wide_of(settings, a.surface))
    surface = edged(settings, a.database, routed, a.clock)
    remover = S3Remover(enforcer_client(settings, attempts=1), a.surface.shown)
    guarding = _guarding(settings, a, remover, size)
    lasts = timedelta(days=settings.restriction_days)
    carrying = Carrying(guarding, surface, remover, a.casebook, lasts, a.outbox.actions_of, a.register.latest)
    return Enforcing(
        a.outbox,
        a.register,
        a.casebook,
        surface,
        a.vault,
        a.contents,
        casework,
        a.rules,
        a.clock,
        size,
        carrying,
        timedelta(seconds=settings.lease_seconds),
    )


def _guarding(settings: Settings, a: Adapters, remover: S3Remover, size: int) -> Guarding:
    """What the guards need of the world and of our records."""
    kept = SqlEnforcement(a.database)
    return Guarding(
        courses=kept,
        rights=kept,
        trails=kept,
        casebook=a.casebook,
        vault=a.vault,
        sealer=a.keys,
        contents=a.contents,
        rules=a.rules,
        remover=remover,
        clock=a.clock,
        limit=size,
        breaker=Breaker(accounts=settings.breaker_accounts, share=settings.breaker_share),
        unsure=Clockwatching(SqlNotes(a.database), a.register, a.clock).unsure,
        pace=Pace(settings.deletions_per_hour, settings.deletions_per_hour_account),
        whereabouts=Whereabouts(a.surface.moved, a.outbox.actions_of),
        protected=frozenset(settings.protected_accounts),
        rollouts=rollouts_of(settings, a.rules.current()) if settings.rollouts else {},
        decided=SqlDesk(a.database).record,
    )
