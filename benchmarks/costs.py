"""Compute the costs of the system from the prices in `prices.py`, the workload in `workload.py` and the resources of
`template.yaml`.

`python benchmarks/costs.py` prints the tables of docs/operations.md and of prices.md; a test compares both pages.
"""

import textwrap
from collections.abc import Callable

from counts import (
    ALARMS,
    AUTHORIZER_ALARMS,
    CACHE_ALARMS,
    DASHBOARDS,
    DATABASE_ALARMS,
    ENDPOINTS,
    FUNCTIONS,
    SCALINGS,
    SECRETS,
    STREAM_ALARMS,
    WEB_ACLS,
)
from prices import MILLION, PRICES, SOURCES, Price
from workload import (
    ALARMS_OF_SCALING,
    ALARMS_OF_WARMTH,
    ANSWER_BYTES,
    ASSUMPTIONS,
    AUTH_BYTES,
    AUTH_GIGABYTES,
    AUTH_SECONDS,
    AUTHORIZED,
    AUTHORIZER_GIGABYTES,
    AUTHORIZER_SECONDS,
    BODY_BYTES,
    CACHED_BYTES,
    CAPACITY,
    CAPACITY_USED,
    ECPUS,
    EVENT_BYTES,
    GIGABYTES,
    HOURS,
    IMAGE_GIGABYTES,
    LOADS,
    LOG_DAYS,
    LOG_DAYS_OF_PROD,
    METRICS,
    METRICS_OF_5XX,
    POLLS_AT_REST,
    READS,
    RELEASES,
    REQUESTS_OF_A_USER,
    REQUESTS_OF_AN_INSTANCE,
    SECONDS_OF_MONTH,
    SNAPSHOT_GIGABYTES,
    TOKENS_A_DAY,
    Month,
)


def _cost(name: str, units: float) -> float:
    return PRICES[name].cost(units)


def _requested(month: Month) -> float:
    return _cost("reads", month.reads) + _cost("writes", month.writes)


def _tables(month: Month) -> float:
    return _requested(month) + _cost("stored", month.stored) + _cost("restorable", month.stored)


def _edge(month: Month) -> float:
    sent = month.requests * ANSWER_BYTES / 1e9
    received = month.requests * (1 - READS) * BODY_BYTES / 1e9
    requests = _cost("edge", month.requests + month.site_files)
    code = _cost("edge code", month.site_files + month.requests) - _cost("edge code", month.site_files)
    return requests + code + _cost("egress", sent) + _cost("to origin", received)


def _logs(month: Month, days: int = LOG_DAYS) -> float:
    return _cost("logs", month.logged) + _cost("logs kept", month.logged * days / 30)


def _cache(month: Month, zones: int = 1) -> float:
    """With its network. `zones`: in how many of them its endpoints are."""
    if not month.cache:
        return 0.0
    entries = month.requests_a_day / 24 / 60
    gigabytes = max(0.1, entries * CACHED_BYTES / 1e9)  # AWS bills 100 MB at least
    moved = month.requests * ECPUS * 1e3 / 1e9
    return (
        _cost("cache data", gigabytes * HOURS)
        + _cost("cache work", month.requests * ECPUS)
        + _cost("zones", moved / 2)
        + _network(month, zones)
    )


def _network(month: Month, zones: int) -> float:
    calls = month.users * 30 * TOKENS_A_DAY
    to_cognito = _cost("endpoint data", calls * AUTH_BYTES / 1e9)
    made = _cost("calls", month.requests + calls) - _cost("calls", month.requests)
    compute = month.compute + calls * AUTH_SECONDS * AUTH_GIGABYTES
    made += _cost("compute", compute) - _cost("compute", month.compute)
    return _cost("endpoint", ENDPOINTS * zones * HOURS) + to_cognito + made


PARTS: dict[str, Callable[[Month], float]] = {
    "HTTP API": lambda m: _cost("api", m.requests),
    "Lambda": lambda m: _cost("calls", m.requests + 2 * m.users) + _cost("compute", m.compute),
    "DynamoDB": _tables,
    "Keys": lambda m: _cost("keys", m.key_calls),
    "Cognito": lambda m: _cost("users", m.users),
    "CloudFront": _edge,
    "Site": lambda m: _cost("site reads", m.site_files) + _cost("edge code", m.site_files),
    "Logs": _logs,
    "Traces": lambda m: _cost("traces", m.traces),
    "Metrics, dashboard": lambda m: _cost("metrics", METRICS) + _cost("dashboards", DASHBOARDS),
    "Alarms": lambda m: _cost("alarms", ALARMS),
    "Queues": lambda m: _cost("polls", POLLS_AT_REST + 3 * m.users),
    "Mail": lambda m: _cost("mail", m.users),
    "Secrets": lambda m: _cost("secret", SECRETS) + _cost("secret calls", SECRETS * m.instances * HOURS * 12),
    "Images": lambda m: _cost("image", FUNCTIONS * IMAGE_GIGABYTES),
    "Cache and its network": _cache,
}

# ---------------------------------------------------------------- what the options add


def _alarms(more: int) -> float:
    return _cost("alarms", ALARMS + more) - _cost("alarms", ALARMS)


def _cached(load: int, zones: int) -> float:
    """Less what the tables need not read."""
    without, cached = Month(load, cache=False), Month(load, cache=True)
    return _cache(cached, zones) + _alarms(CACHE_ALARMS) + _tables(cached) - _tables(without)


def _provisioned(load: int) -> float:
    """In place of what requests cost. Two of the tables and indexes have the load, the others their least."""
    month = Month(load, cache=False)
    idle = SCALINGS // 2 - (2 if load else 0)

    def unit_hours(units: float) -> float:
        return units / 3600 / CAPACITY_USED + idle * CAPACITY * HOURS

    reads, writes = unit_hours(month.reads), unit_hours(month.writes)
    throughput = _cost("read capacity", reads) + _cost("write capacity", writes)
    return throughput + _alarms(SCALINGS * ALARMS_OF_SCALING) - _requested(month)


def _warm(_load: int) -> float:
    return _cost("kept warm", SECONDS_OF_MONTH * GIGABYTES) + _alarms(ALARMS_OF_WARMTH)


def _snapshots(load: int) -> float:
    restored = Month(load, cache=False).requests / REQUESTS_OF_AN_INSTANCE * GIGABYTES
    return _cost("snapshots", SECONDS_OF_MONTH * SNAPSHOT_GIGABYTES) + _cost("restored", restored)


def _stream(_load: int) -> float:
    return _cost("stream", HOURS) + _alarms(STREAM_ALARMS)


def _prod(load: int) -> float:
    month = Month(load, cache=False)
    trail = _cost("trail", month.events) + _cost("kept", month.events * EVENT_BYTES / 1e9 * 12)
    return trail + _logs(month, LOG_DAYS_OF_PROD) - _logs(month)


def _authorizer(load: int) -> float:
    month = Month(load, cache=False)
    calls = month.users * 30 * AUTHORIZED
    compute = calls * AUTHORIZER_SECONDS * AUTHORIZER_GIGABYTES
    return (
        _cost("calls", month.requests + calls)
        - _cost("calls", month.requests)
        + _cost("compute", month.compute + compute)
        - _cost("compute", month.compute)
        + _alarms(AUTHORIZER_ALARMS)
    )


def _waf(load: int) -> float:
    """Each of the web ACLs has one rule."""
    month = Month(load, cache=False)
    requests = month.requests + month.site_files + month.users * 30 * TOKENS_A_DAY
    return _cost("web ACLs", WEB_ACLS) + _cost("web rules", WEB_ACLS) + _cost("web requests", requests)


# ---------------------------------------------------------------- PostgreSQL

DATABASE_PARTS: dict[str, Callable[[Month, bool], float]] = {
    "Capacity": lambda m, pauses: _cost("capacity", m.acu_hours(pauses=pauses)),
    "Statements": lambda m, _: _cost("statements", m.statements),
    "Reads and writes of storage": lambda m, _: _cost("database I/O", m.database_io),
    "Storage, backups": lambda m, _: _cost("database kept", m.stored) + _cost("database backups", m.stored),
    "Password": lambda _m, _: _cost("secret", 1),
    "Alarms": lambda _m, _: _alarms(DATABASE_ALARMS + METRICS_OF_5XX - 1),
    "Less DynamoDB": lambda m, _: -_tables(m),
}
DATABASE_MONTHS = {
    "at rest, paused": (Month(0, cache=False), True),
    "at rest, awake": (Month(0, cache=False), False),
    "10 thousand a day": (Month(10_000, cache=False), False),
    "1 million a day": (Month(MILLION, cache=False), False),
}

OPTIONS: dict[str, tuple[Callable[[int], float], str]] = {
    "`Cache=valkey`, dev or test": (
        lambda load: _cached(load, 1),
        f"cache, {ENDPOINTS} endpoints in one zone, {CACHE_ALARMS} alarms; less what the tables need not read",
    ),
    "`Cache=valkey`, prod": (lambda load: _cached(load, 2), "the same, the endpoints in two zones"),
    "`IngestStream=on`": (
        _stream,
        f"and {PRICES['stream in'].amount + PRICES['stream out'].amount:.2f} for each GB put in and read",
    ),
    "`Capacity=provisioned`": (
        _provisioned,
        (
            f"{SCALINGS * ALARMS_OF_SCALING} alarms of auto-scaling; at rest the units are free, under load "
            f"they cost less than requests, if {CAPACITY_USED:.0%} of them are used"
        ),
    ),
    "`WarmInstances=1`": (
        _warm,
        "an instance of 1 GB, 2 alarms of auto-scaling; under load up to ten instances",
    ),
    "`SnapStart=on`": (
        _snapshots,
        (
            "snapshots of the API and the three triggers of Cognito; what shorter starts save is not subtracted. "
            "With `Authorizer=lambda` a fifth more"
        ),
    ),
    "`Stage=prod`": (
        _prod,
        (
            f"the trail of who touches data, kept for a year, and logs for {LOG_DAYS_OF_PROD} days. Where the "
            f"account has a trail already, {PRICES['second trail'].amount:.2f} for 100 thousand changes of "
            "resources besides"
        ),
    ),
    "`Authorizer=lambda`": (_authorizer, f"2 alarms, {AUTHORIZED} calls a day and user"),
    "`Waf=on`": (_waf, "in us-east-1: two web ACLs with a rule each, and the requests that they look at"),
    "Releases from GitHub": (
        lambda _load: _cost("image", RELEASES * IMAGE_GIGABYTES),
        f"{RELEASES} images, if no two had a layer in common",
    ),
    "`GET /v1/admin/costs`": (
        lambda _load: _cost("cost questions", 3 * 30),
        "asked all day: a page of answers every eight hours",
    ),
}

# ---------------------------------------------------------------- the document


def workload_table() -> str:
    months = [Month(load, cache) for cache in (False, True) for load in LOADS]
    costs = {part: [cost(month) for month in months] for part, cost in PARTS.items()}
    costs["**Together**"] = [sum(column) for column in zip(*costs.values(), strict=True)]
    head = ["USD a month", *(f"{_load(m.requests_a_day)}{', cache' * m.cache}" for m in months)]
    return _markdown(head, [[part, *map(_money, row)] for part, row in costs.items()])


def database_table() -> str:
    costs = {
        part: [cost(month, pauses) for month, pauses in DATABASE_MONTHS.values()]
        for part, cost in DATABASE_PARTS.items()
    }
    costs["**Together**"] = [sum(column) for column in zip(*costs.values(), strict=True)]
    head = ["USD a month, with `Database=aurora`", *DATABASE_MONTHS]
    return _markdown(head, [[part, *map(_money, row)] for part, row in costs.items()])


def options_table() -> str:
    rows = [[name, _money(cost(0)), _money(cost(MILLION)), what] for name, (cost, what) in OPTIONS.items()]
    return _markdown(["Option", "at rest", "1 million a day", "for"], rows)


def prices_table() -> str:
    rows = [
        [p.what, _amount(p), _units(p), _free(p), f"<https://aws.amazon.com/{p.page}/>", ", ".join(p.seen)]
        for p in PRICES.values()
    ]
    return _markdown(["Service", "USD", "for", "free each month", "price list", "figure read in"], rows)


def sources() -> str:
    return "\n".join(_item(f"*{key}*: {source}") for key, source in SOURCES.items())


def at_rest() -> float:
    return sum(cost(Month(0, cache=False)) for cost in PARTS.values())


def second_at_rest() -> float:
    """The workload at which a first stack uses up the account's allowances."""
    return at_rest() + PRICES["alarms"].allowance + PRICES["polls"].allowance


def break_even() -> str:
    """From how many requests a day on the cache saves more in reads than it costs, in prod."""
    load = next(n for n in range(100_000, 100 * MILLION, 100_000) if _cached(n, 2) < 0)
    return f"{load / MILLION:.1f} million"


def documented() -> dict[str, list[str]]:
    """The tables that each page must contain, word for word."""
    return {
        "docs/operations.md": [
            f"costs {at_rest():.2f} USD a month at rest",
            f"a second one in the same account {second_at_rest():.2f}",
            f"A user makes {REQUESTS_OF_A_USER} requests",
            workload_table(),
            f"about {break_even()} requests a day",
            options_table(),
            database_table(),
        ],
        "benchmarks/prices.md": [ASSUMPTIONS, prices_table(), sources()],
    }


def _load(requests: int) -> str:
    return {0: "at rest", 10_000: "10 thousand a day", MILLION: "1 million a day"}[requests]


def _money(cost: float) -> str:
    return f"{cost + 0.0:.2f}"  # no -0.00


def _amount(price: Price) -> str:
    return f"{price.amount:.10f}".rstrip("0").ljust(4, "0")


def _units(price: Price) -> str:
    return f"{price.per:,.0f} {price.unit}" if price.per > 1 else price.unit


def _free(price: Price) -> str:
    return f"{price.free:,.0f}" if price.free else ""


def _item(text: str) -> str:
    return textwrap.fill(
        text, 118, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:" if _is_number(cell) else "---" for cell in rows[0][1:]], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdigit()


if __name__ == "__main__":
    for page, parts in documented().items():
        print(f"# {page}", *parts, sep="\n\n")
