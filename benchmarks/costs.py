"""What the system costs: the tables of docs/operations.md, from unit prices and a workload that stand here.

`python benchmarks/costs.py` prints them; a test compares them with the document. us-east-1, US dollars, months of 30
days, without taxes. Allowances that never end are subtracted, those of an account's first year are not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

HOURS = 24 * 30
MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """`amount` for each `per` units; `free` units a month cost nothing. `seen`: where the figure was read."""

    what: str
    amount: float
    per: float
    unit: str
    free: float
    page: str
    seen: str

    def cost(self, units: float) -> float:
        return max(0.0, units - self.free) / self.per * self.amount


CHECK = "list price, check"
PRICES = {
    "api": Price("HTTP API", 1.00, MILLION, "requests", 0, "api-gateway", "secondary, May 2025"),
    "calls": Price("Lambda", 0.20, MILLION, "invocations", MILLION, "lambda", CHECK),
    "compute": Price("Lambda, arm64", 0.0000133334, 1, "GB-seconds", 400_000, "lambda", "secondary, 2024"),
    "reads": Price("DynamoDB", 0.125, MILLION, "read units", 0, "dynamodb", "secondary, July 2025"),
    "writes": Price("DynamoDB", 0.625, MILLION, "write units", 0, "dynamodb", "secondary, July 2025"),
    "stored": Price("DynamoDB", 0.25, 1, "GB kept", 25, "dynamodb", "AWS"),
    "restorable": Price("DynamoDB, point-in-time recovery", 0.20, 1, "GB kept", 0, "dynamodb", CHECK),
    "users": Price("Cognito Essentials", 0.015, 1, "active users", 10_000, "cognito", CHECK),
    "logs": Price("CloudWatch Logs", 0.50, 1, "GB taken in", 5, "cloudwatch", "secondary, June 2026"),
    "traces": Price("X-Ray", 5.00, MILLION, "traces", 100_000, "xray", CHECK),
    "edge": Price("CloudFront", 1.00, MILLION, "requests", 10 * MILLION, "cloudfront", "AWS"),
    "egress": Price("CloudFront", 0.085, 1, "GB sent", 1024, "cloudfront", "AWS"),
    "polls": Price("SQS", 0.40, MILLION, "requests", MILLION, "sqs", CHECK),
    "mail": Price("SES", 0.10, 1000, "mails", 0, "ses", CHECK),
    "secret": Price("Secrets Manager", 0.40, 1, "secrets", 0, "secrets-manager", CHECK),
    "secret calls": Price("Secrets Manager", 0.05, 10_000, "calls", 0, "secrets-manager", CHECK),
    "alarms": Price("CloudWatch", 0.10, 1, "alarms", 10, "cloudwatch", "secondary, Feb 2026"),
    "image": Price("ECR", 0.10, 1, "GB kept", 0, "ecr", CHECK),
    "cache data": Price(
        "ElastiCache Serverless, Valkey", 0.084, 1, "GB-hours", 0, "elasticache", "secondary, June 2026"
    ),
    "cache work": Price(
        "ElastiCache Serverless, Valkey", 0.0023, MILLION, "ECPUs", 0, "elasticache", "secondary, June 2026"
    ),
    "endpoint": Price(
        "Interface endpoint, in one zone", 0.01, 1, "hours", 0, "privatelink", "secondary, May 2026"
    ),
    "nat": Price("NAT gateway", 0.045, 1, "hours", 0, "vpc", "secondary, Feb 2026"),
    "address": Price("Public IPv4 address", 0.005, 1, "hours", 0, "vpc", "secondary, Feb 2026"),
    "stream": Price("Kinesis, on demand", 0.04, 1, "hours", 0, "kinesis/data-streams", CHECK),
    "kept warm": Price("Lambda, provisioned, arm64", 0.0000033334, 1, "GB-seconds", 0, "lambda", CHECK),
    "trail": Price("CloudTrail, data events", 0.10, 100_000, "events", 0, "cloudtrail", CHECK),
}

# ---------------------------------------------------------------- the workload

LOADS = (0, 10_000, MILLION)
REQUESTS_OF_A_USER = 50
READS = 0.8
HITS = 0.5
SECONDS, GIGABYTES = 0.06, 1.0
LOG_BYTES, ANSWER_BYTES = 1_500, 3_000
READ_UNITS, READ_UNITS_OF_WRITE, WRITE_UNITS = 6, 3, 8
STORED_BYTES_OF_USER, CACHED_BYTES = 160_000, 20_000
ECPUS = 14
POLLS_AT_REST = 2 * 5 * 3 * 60 * HOURS
ALARMS, FUNCTIONS, IMAGE_GIGABYTES = 14, 5, 0.25
ENDPOINTS = 4

ASSUMPTIONS = f"""\
- A user makes {REQUESTS_OF_A_USER} requests on each of 30 days, so 10 thousand requests a day are 200 active users,
  and 1 million are 20 thousand. One mail for each user and month. All clients come through CloudFront.
- {READS:.0%} of the requests read a list of 50 to-dos, the others change a to-do. A request takes
  {SECONDS * 1000:.0f} ms of {GIGABYTES:.0f} GB of the API function.
- An answer has {ANSWER_BYTES / 1000:.0f} kB, and leaves {LOG_BYTES / 1000:.1f} kB in the logs.
- A read costs {READ_UNITS} read units: 1 for the account, 5 for 50 to-dos of 400 bytes, all strongly consistent.
  A change costs {READ_UNITS_OF_WRITE} read units and {WRITE_UNITS} write units: 4 for the transaction, 4 for
  the indexes.
- With the cache, {HITS:.0%} of the reads cost none. An entry lives for a minute and has {CACHED_BYTES / 1000:.0f} kB;
  a request is {ECPUS} ECPUs. The network is that of dev and test.
- A user keeps 100 to-dos, which are {STORED_BYTES_OF_USER / 1000:.0f} kB with their copies in the indexes.
- Lambda asks each of the two queues 15 times a minute, empty or not. X-Ray traces one request a second and 5 %
  of the others.
- Uploaded files, their downloads and raw data are not in it: S3 bills them by size and request."""


@dataclass(frozen=True)
class Month:
    """What is used in a month at so many requests a day."""

    requests_a_day: int
    cache: bool

    @property
    def requests(self) -> float:
        return self.requests_a_day * 30

    @property
    def users(self) -> float:
        return self.requests_a_day / REQUESTS_OF_A_USER

    @property
    def traces(self) -> float:
        a_second = self.requests_a_day / 86_400
        sampled = min(a_second, 1) + max(0.0, a_second - 1) * 0.05
        return sampled * HOURS * 3600

    @property
    def reads(self) -> float:
        from_table = READS * (1 - HITS if self.cache else 1)
        return self.requests * (from_table * READ_UNITS + (1 - READS) * READ_UNITS_OF_WRITE)

    @property
    def stored(self) -> float:
        return self.users * STORED_BYTES_OF_USER / 1e9

    @property
    def instances(self) -> float:
        return min(1.0, self.requests_a_day / 10_000) + 4 * self.requests_a_day / MILLION


def _cost(name: str, units: float) -> float:
    return PRICES[name].cost(units)


def _tables(month: Month) -> float:
    kept = _cost("stored", month.stored) + _cost("restorable", month.stored)
    return _cost("reads", month.reads) + _cost("writes", month.requests * (1 - READS) * WRITE_UNITS) + kept


def _cache(month: Month) -> float:
    """With its network, in one zone."""
    if not month.cache:
        return 0.0
    entries = month.requests_a_day / 24 / 60
    gigabytes = max(0.1, entries * CACHED_BYTES / 1e9)  # AWS bills 100 MB at least
    return (
        _cost("cache data", gigabytes * HOURS)
        + _cost("cache work", month.requests * ECPUS)
        + network(zones=1)
    )


def network(*, zones: int) -> float:
    return _cost("endpoint", ENDPOINTS * zones * HOURS) + _cost("nat", HOURS) + _cost("address", HOURS)


PARTS: dict[str, Callable[[Month], float]] = {
    "HTTP API": lambda m: _cost("api", m.requests),
    "Lambda": lambda m: _cost("calls", m.requests) + _cost("compute", m.requests * SECONDS * GIGABYTES),
    "DynamoDB": _tables,
    "Cognito": lambda m: _cost("users", m.users),
    "CloudFront": lambda m: _cost("edge", m.requests) + _cost("egress", m.requests * ANSWER_BYTES / 1e9),
    "Logs": lambda m: _cost("logs", m.requests * LOG_BYTES / 1e9),
    "Traces": lambda m: _cost("traces", m.traces),
    "Queues": lambda m: _cost("polls", POLLS_AT_REST + 3 * m.users),
    "Mail": lambda m: _cost("mail", m.users),
    "Secret": lambda m: _cost("secret", 1) + _cost("secret calls", m.instances * HOURS * 12),
    "Alarms": lambda m: _cost("alarms", ALARMS),
    "Images": lambda m: _cost("image", FUNCTIONS * IMAGE_GIGABYTES),
    "Cache and its network": _cache,
}

OPTIONS: dict[str, tuple[float, str]] = {
    "`Cache=valkey`, dev or test": (
        _cache(Month(0, cache=True)),
        "cache, 4 endpoints in one zone, NAT gateway",
    ),
    "`Cache=valkey`, prod": (
        _cache(Month(0, cache=True)) + network(zones=2) - network(zones=1),
        "the same, the endpoints in two zones",
    ),
    "`IngestStream=on`": (_cost("stream", HOURS), "and 0.08 for each GB put in"),
    "`Capacity=provisioned`": (
        _cost("kept warm", HOURS * 3600),
        "one instance of 1 GB; as many as ten under load",
    ),
    "`Stage=prod`": (0.0, "the trail: 0.10 for 100 thousand reads and writes of data, and their logs in S3"),
    "an alarm more": (_cost("alarms", 11), "for example the one of the cache, the stream or the authorizer"),
}


def workload_table() -> str:
    months = [Month(load, cache) for cache in (False, True) for load in LOADS]
    costs = {part: [cost(month) for month in months] for part, cost in PARTS.items()}
    costs["**Together**"] = [sum(column) for column in zip(*costs.values(), strict=True)]
    head = ["USD a month", *(f"{_load(m.requests_a_day)}{', cache' * m.cache}" for m in months)]
    return _markdown(head, [[part, *map(_money, row)] for part, row in costs.items()])


def options_table() -> str:
    rows = [[option, _money(cost), what] for option, (cost, what) in OPTIONS.items()]
    return _markdown(["Option", "USD a month at rest", "for"], rows)


def prices_table() -> str:
    rows = [
        [
            p.what,
            f"{p.amount:.10f}".rstrip("0").ljust(4, "0"),
            _units(p.per, p.unit),
            _free(p),
            _page(p),
            p.seen,
        ]
        for p in PRICES.values()
    ]
    return _markdown(["Service", "USD", "for", "free each month", "price list", "figure seen in"], rows)


def break_even() -> str:
    """From how many requests a day on the cache saves more in reads than it costs, in prod."""
    load = next(n for n in range(100_000, 100 * MILLION, 100_000) if _saved(n) > 0)
    return f"{load / MILLION:.1f} million"


def _saved(load: int) -> float:
    without, cached = Month(load, cache=False), Month(load, cache=True)
    return _tables(without) - _tables(cached) - _cache(cached) - network(zones=2) + network(zones=1)


def documented() -> Iterator[str]:
    """What docs/operations.md must hold, word for word."""
    yield ASSUMPTIONS
    yield workload_table()
    yield options_table()
    yield prices_table()
    yield f"about {break_even()} requests a day"


def _load(requests: int) -> str:
    return {0: "at rest", 10_000: "10 thousand a day", MILLION: "1 million a day"}[requests]


def _money(cost: float) -> str:
    return f"{cost:.2f}"


def _units(per: float, unit: str) -> str:
    return f"{per:,.0f} {unit}" if per > 1 else unit


def _free(price: Price) -> str:
    return f"{price.free:,.0f}" if price.free else ""


def _page(price: Price) -> str:
    return f"<https://aws.amazon.com/{price.page}/pricing/>"


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:" if _is_number(cell) else "---" for cell in rows[0][1:]], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdigit()


if __name__ == "__main__":
    print("\n\n".join(documented()))
