"""The monthly workload and the resources of the template, as `costs.py` prices them."""

from dataclasses import dataclass

from counts import TABLES
from prices import MILLION

HOURS = 24 * 30
SECONDS_OF_MONTH = HOURS * 3600

LOADS = (0, 10_000, MILLION)
REQUESTS_OF_A_USER = 50
READS = 0.8
HITS = 0.5
SECONDS, GIGABYTES = 0.06, 1.0
START_SECONDS, REQUESTS_OF_AN_INSTANCE = 2, 1000
MAIL_SECONDS, MAIL_GIGABYTES = 1, 0.5
COUNTER_SECONDS, COUNTER_GIGABYTES, COUNTER_WINDOW, COUNTER_UNITS = 0.1, 0.5, 5, 4
LOG_BYTES, ANSWER_BYTES, BODY_BYTES = 1_500, 3_000, 1_000
LOG_DAYS, LOG_DAYS_OF_PROD = 14, 90
READ_UNITS, READ_UNITS_OF_WRITE, WRITE_UNITS = 9, 2, 8
STORED_BYTES_OF_USER, CACHED_BYTES = 160_000, 21_000
ECPUS = 26
BY_WEB, SITE_FILES = 0.25, 40
POLLS_AT_REST = 2 * 5 * 3 * 60 * HOURS
KEY_SECONDS = 300
AUTH_BYTES, TOKENS_A_DAY, AUTH_SECONDS, AUTH_GIGABYTES = 15_000, 2, 0.3, 0.5
SIGN_IN_UNITS = 4
EVENTS, EVENTS_OF_WRITE, EVENT_BYTES = 2, 3, 150
SNAPSHOT_GIGABYTES = 1 + 3 * 0.5  # the API, the three triggers of Cognito
AUTHORIZED, AUTHORIZER_SECONDS, AUTHORIZER_GIGABYTES = 10, 0.01, 0.5
RELEASES = 50
PAUSE_SECONDS, DAILY_SECONDS, LEAST_ACUS, ACUS_OF_A_MILLION = 300, 60, 0.5, 1.0
STATEMENTS_OF_READ, STATEMENTS_OF_WRITE = 3, 2.5
IO_OF_READ, IO_OF_WRITE = 2, 4

# ---------------------------------------------------------------- what the template makes

IMAGE_GIGABYTES = 0.25
METRICS = 12
METRICS_OF_5XX = 2  # of the alarm on 5xx with Aurora; AWS bills an alarm for each metric in its formula
ALARMS_OF_SCALING = 4
CAPACITY, CAPACITY_USED = 3, 0.7
ALARMS_OF_WARMTH = 2

_KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html"
_POLLERS = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"
_LONG_POLL = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html"
_BUDGETS = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/budgets-managing-costs.html"

ASSUMPTIONS = f"""\
- A user makes {REQUESTS_OF_A_USER} requests on each of 30 days, so 10 thousand requests a day are 200 active users,
  and 1 million are 20 thousand. One mail for each user and month. All clients come through CloudFront; what AWS sends
  to it is free.
- {READS:.0%} of the requests read a list of 50 to-dos, the others change a to-do. A request takes
  {SECONDS * 1000:.0f} ms of {GIGABYTES:.0f} GB of the API function. One in a thousand starts an instance, which takes
  {START_SECONDS} s more; AWS bills them, too. A mail takes {MAIL_SECONDS} s of {MAIL_GIGABYTES} GB.
- An answer has {ANSWER_BYTES / 1000:.0f} kB, a change {BODY_BYTES / 1000:.0f} kB, and each leaves
  {LOG_BYTES / 1000:.1f} kB in the logs of gateway and function. They are kept for {LOG_DAYS} days; that AWS
  compresses what it keeps is not counted.
- A read costs {READ_UNITS} read units: 1 for the account, 8 for 50 to-dos of 600 bytes as stored, all strongly
  consistent. A change costs {READ_UNITS_OF_WRITE} read units (1 for the account; half of the changes read the to-do
  as well) and {WRITE_UNITS} write units: 4 for the transaction, 4 for the indexes.
- The counters function runs once for the changes of {COUNTER_WINDOW} seconds, for {COUNTER_SECONDS} s of
  {COUNTER_GIGABYTES} GB, and writes {COUNTER_UNITS} units. Lambda reads the stream at no charge.
- A user signs in once a month, for which the limits of guesses write {SIGN_IN_UNITS} units.
- With the cache, {HITS:.0%} of the reads cost none. An entry lives for a minute and has {CACHED_BYTES / 1000:.0f} kB;
  a request is {ECPUS} ECPUs, that is {ECPUS} kB, half of them between zones: 22 for a hit, 42 for a miss, 4 for a
  change. The network is that of dev and test.
  Calls to Cognito, {TOKENS_A_DAY} a day and user of {AUTH_BYTES / 1000:.0f} kB, go through Lambda's endpoint, and the
  function outside takes {AUTH_SECONDS} s of {AUTH_GIGABYTES} GB for each. What goes to SQS, CloudWatch and Secrets
  Manager is a gigabyte at most, a cent.
- A user keeps 100 to-dos, which are {STORED_BYTES_OF_USER / 1000:.0f} kB with their copies in the indexes.
- One user in four comes by the web and opens the app once a day: {SITE_FILES} files, for each of which CloudFront
  asks S3.
- Lambda asks each of the two queues 15 times a minute, empty or not:
  [five pollers]({_POLLERS}), of which it spares
  none where `MaximumConcurrency` is set, each for
  [20 seconds]({_LONG_POLL}).
- X-Ray traces one request a second and 5% of the others.
- DynamoDB asks KMS for
  [the key of a table]({_KMS})
  every five minutes at most; there are {TABLES} tables. The key is AWS's and costs nothing to have. Those of SQS, S3,
  the logs and the secrets cost nothing at all.
- With `Database=aurora`, a read costs {STATEMENTS_OF_READ} requests of the RDS Data API: 1 for the account, 2 for a
  list, which has more than 32 KB there; a change {STATEMENTS_OF_WRITE}: for the account, for half of the to-dos, and
  for the change. A list reads {IO_OF_READ} pages that are not in memory, a change writes {IO_OF_WRITE} times. The
  cluster has {LEAST_ACUS} ACUs while it is awake, and {ACUS_OF_A_MILLION:.0f} at 1 million requests a day; it sleeps
  {PAUSE_SECONDS / 60:.0f} minutes after the last statement. At rest the daily job wakes it up for
  {DAILY_SECONDS / 60:.0f} minute. Backups have the size of the data. None of this is measured on AWS, nor is the time
  counted that the function waits longer for an answer than with DynamoDB.
- The application has 10 metrics of its own, of failures and refusals, and SES 2 of the sender's reputation.
- Each function has a repository with an image of {IMAGE_GIGABYTES * 1000:.0f} MB. Every release by `sam deploy` adds
  as much, until the old ones are deleted.
- Nothing is billed for roles, the gateway endpoints of S3 and DynamoDB, the identity pool, bounces reported to the
  mail consumer, a thousand mails of alarms a month, and
  [two budgets]({_BUDGETS})
  of an account; a third costs 0.02 a day.
- Uploaded files, their downloads and raw data are not in it: S3 bills them by size and request."""


@dataclass(frozen=True)
class Month:
    """The usage of a month at so many requests a day."""

    requests_a_day: int
    cache: bool

    @property
    def requests(self) -> float:
        return self.requests_a_day * 30

    @property
    def users(self) -> float:
        return self.requests_a_day / REQUESTS_OF_A_USER

    @property
    def compute(self) -> float:
        """In GB-seconds."""
        of_a_request = (SECONDS + START_SECONDS / REQUESTS_OF_AN_INSTANCE) * GIGABYTES
        of_mail = self.users * MAIL_SECONDS * MAIL_GIGABYTES
        of_counters = self.counts * COUNTER_SECONDS * COUNTER_GIGABYTES
        return self.requests * of_a_request + of_mail + of_counters

    @property
    def counts(self) -> float:
        """How often the counters function runs."""
        return min(self.requests * (1 - READS), SECONDS_OF_MONTH / COUNTER_WINDOW)

    @property
    def traces(self) -> float:
        a_second = self.requests_a_day / 86_400
        sampled = min(a_second, 1) + max(0.0, a_second - 1) * 0.05
        return sampled * SECONDS_OF_MONTH

    @property
    def reads(self) -> float:
        from_table = READS * (1 - HITS if self.cache else 1)
        return self.requests * (from_table * READ_UNITS + (1 - READS) * READ_UNITS_OF_WRITE)

    @property
    def writes(self) -> float:
        return (
            self.requests * (1 - READS) * WRITE_UNITS
            + self.counts * COUNTER_UNITS
            + self.users * SIGN_IN_UNITS
        )

    @property
    def stored(self) -> float:
        return self.users * STORED_BYTES_OF_USER / 1e9

    @property
    def statements(self) -> float:
        """Requests of the RDS Data API."""
        return self.requests * (READS * STATEMENTS_OF_READ + (1 - READS) * STATEMENTS_OF_WRITE)

    @property
    def database_io(self) -> float:
        return self.requests * (READS * IO_OF_READ + (1 - READS) * IO_OF_WRITE)

    def acu_hours(self, *, pauses: bool) -> float:
        """With requests all day it never pauses."""
        if self.requests:
            return HOURS * max(LEAST_ACUS, ACUS_OF_A_MILLION * self.requests_a_day / MILLION)
        awake = (PAUSE_SECONDS + DAILY_SECONDS) / 3600 * 30 if pauses else HOURS
        return awake * LEAST_ACUS

    @property
    def logged(self) -> float:
        return self.requests * LOG_BYTES / 1e9

    @property
    def site_files(self) -> float:
        return self.users * BY_WEB * 30 * SITE_FILES

    @property
    def instances(self) -> float:
        return min(1.0, self.requests_a_day / 10_000) + 4 * self.requests_a_day / MILLION

    @property
    def events(self) -> float:
        """Reads and writes of data that a trail records."""
        return self.requests * (READS * EVENTS + (1 - READS) * EVENTS_OF_WRITE)

    @property
    def key_calls(self) -> float:
        return TABLES * SECONDS_OF_MONTH / KEY_SECONDS if self.requests else 0.0
