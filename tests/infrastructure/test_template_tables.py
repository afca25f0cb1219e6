"""How the tables of `template.yaml` are billed: by request, or by a throughput that follows the load."""

from collections import Counter

from support.template import deployed

FREE_UNITS = 25  # of reads, and as many of writes, each month for good
DIMENSIONS = {
    "ReadCapacityUnits": "DynamoDBReadCapacityUtilization",
    "WriteCapacityUnits": "DynamoDBWriteCapacityUtilization",
}


def throughputs() -> dict[str, dict]:
    """The provisioned units of each table and each index with a throughput of its own, by resource id."""
    found = {}
    for name, table in deployed(Capacity="provisioned").properties("AWS::DynamoDB::Table"):
        assert table["BillingMode"] == "PROVISIONED", name
        found[f"table/${{{name}}}"] = table["ProvisionedThroughput"]
        for index in table.get("GlobalSecondaryIndexes", []):
            found[f"table/${{{name}}}/index/{index['IndexName']}"] = index["ProvisionedThroughput"]
    return found


def test_on_demand_nothing_is_provisioned():
    chosen = deployed()

    for name, table in chosen.properties("AWS::DynamoDB::Table"):
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        assert "ProvisionedThroughput" not in table, name
        assert all("ProvisionedThroughput" not in i for i in table.get("GlobalSecondaryIndexes", [])), name
    assert not chosen.of_type("AWS::ApplicationAutoScaling::ScalableTarget")


def test_each_target_follows_the_use_of_its_own_dimension():
    chosen = deployed(Capacity="provisioned")
    targets = dict(chosen.properties("AWS::ApplicationAutoScaling::ScalableTarget"))
    policies = [policy for _, policy in chosen.properties("AWS::ApplicationAutoScaling::ScalingPolicy")]

    assert Counter(policy["ScalingTargetId"]["Ref"] for policy in policies) == Counter(list(targets))
    assert len({policy["PolicyName"]["Fn::Sub"] for policy in policies}) == len(policies)
    for policy in policies:
        dimension = targets[policy["ScalingTargetId"]["Ref"]]["ScalableDimension"].rpartition(":")[2]
        tracking = policy["TargetTrackingScalingPolicyConfiguration"]
        assert tracking["PredefinedMetricSpecification"] == {"PredefinedMetricType": DIMENSIONS[dimension]}
        assert tracking["TargetValue"] == 70


def test_provisioned_units_are_free_at_rest():
    targets = dict(deployed(Capacity="provisioned").properties("AWS::ApplicationAutoScaling::ScalableTarget"))

    for dimension in DIMENSIONS:
        assert sum(throughput[dimension] for throughput in throughputs().values()) <= FREE_UNITS
        least = [t["MinCapacity"] for t in targets.values() if t["ScalableDimension"].endswith(dimension)]
        assert least == [throughput[dimension] for throughput in throughputs().values()]
    assert {target["MaxCapacity"] for target in targets.values()} == {1000}


def ceilings(**parameters: str) -> list[dict | None]:
    """Of each table and each index with a throughput of its own."""
    tables = [table for _, table in deployed(**parameters).properties("AWS::DynamoDB::Table")]
    indexes = [index for table in tables for index in table.get("GlobalSecondaryIndexes", [])]
    return [part.get("OnDemandThroughput") for part in [*tables, *indexes]]


def test_requests_have_a_ceiling_of_what_a_new_table_serves_at_once():
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"""
    found = ceilings(TodosMove="pending")

    assert len(found) == 8
    assert all(one == {"MaxReadRequestUnits": 12000, "MaxWriteRequestUnits": 4000} for one in found)


def test_the_ceilings_are_parameters():
    found = ceilings(TableReadMaximum="40000", TableWriteMaximum="500")

    assert all(one == {"MaxReadRequestUnits": "40000", "MaxWriteRequestUnits": "500"} for one in found)


def test_provisioned_throughput_has_its_own_ceiling():
    assert ceilings(Capacity="provisioned") == [None] * 7
