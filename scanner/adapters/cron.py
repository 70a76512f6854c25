"""Cron expressions, by croniter."""

from datetime import datetime

from croniter import CroniterError, croniter

from scanner.errors import SettingsError


class CronTimes:
    """Serves the port `Times`. Five fields, UTC."""

    def last(self, cron: str, now: datetime) -> datetime:
        """The last time not after `now`; SettingsError where the expression is none."""
        try:
            if len(cron.split()) != 5:
                raise ValueError("not five fields")
            found: datetime = croniter(cron, now).get_prev(datetime)
            ahead: datetime = croniter(cron, found).get_next(datetime)
        except (CroniterError, ValueError, KeyError) as error:
            mend = "for example '0 3 * * 0': at three on Sundays, UTC"
            raise SettingsError(
                f"{cron!r} is no cron expression: {error}", where="rescan_schedules", mend=mend
            ) from None
        return ahead if ahead <= now else found
