"""The rules of `template.yaml`, as pure functions: each takes a deployment of it and gives its findings."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from support.template_rules import (
    alarms,
    database,
    functions,
    lambda_service,
    permissions,
    queues,
    references,
    routes,
    snapshots,
    storage,
    user_data,
)
from support.template_rules.deployment import Deployment, deployment
from support.template_rules.findings import Finding

__all__ = ["DEPLOYMENTS", "RULES", "Deployment", "Finding", "check", "deployment"]

Rule = Callable[[Deployment], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    references.every_reference_resolves,
    references.nothing_waits_for_itself,
    functions.every_handler_imports,
    functions.every_variable_read_is_given,
    functions.every_variable_given_is_read,
    functions.every_function_is_traced_and_logs_for_a_limited_time,
    permissions.every_function_has_a_role_of_its_own,
    permissions.no_permission_is_a_wildcard,
    lambda_service.lambda_may_do_what_a_function_has_it_do,
    lambda_service.a_loop_that_is_meant_is_not_stopped,
    queues.every_queue_has_a_dead_letter_queue,
    queues.every_stream_gives_up_a_batch_and_says_so,
    queues.a_message_stays_hidden_while_it_is_worked_on,
    alarms.every_function_has_an_alarm_on_its_first_error,
    alarms.every_function_has_an_alarm_before_it_runs_out_of_time,
    alarms.every_dead_letter_has_an_alarm,
    alarms.every_queue_has_an_alarm_on_its_oldest_message,
    alarms.every_alarm_reaches_a_person,
    storage.every_bucket_is_private_encrypted_and_versioned,
    storage.every_bucket_refuses_what_comes_without_tls,
    storage.every_event_of_a_bucket_exists,
    storage.every_table_can_be_restored,
    storage.every_table_on_demand_has_a_ceiling,
    database.every_cluster_can_be_restored,
    database.every_password_is_managed,
    database.nothing_keeps_the_database_awake,
    database.only_what_uses_sql_reaches_the_database,
    database.a_version_goes_with_its_cluster,
    database.every_cluster_is_watched,
    database.a_database_that_wakes_up_is_no_failure,
    user_data.every_store_of_user_data_is_registered,
    user_data.the_trail_records_who_touches_user_data,
    user_data.every_provisioned_table_is_scaled,
    routes.every_route_has_the_authorizer_it_needs,
    routes.every_way_to_sign_in_has_a_throttle_of_its_own,
    snapshots.a_function_with_snapshots_is_called_by_its_alias,
    snapshots.a_replaced_snapshot_is_deleted,
)

DEPLOYMENTS: dict[str, dict[str, str]] = {
    "as it is": {},
    "with everything": {
        "Stage": "prod",
        "CorsOrigins": "https://app.example.com,https://www.example.com",
        "MailFrom": "hello@example.com",
        "MailIdentity": "example.com",
        "AlarmEmail": "alarms@example.com",
        "AdminEmail": "admin@example.com",
        "Cache": "valkey",
        "Authorizer": "lambda",
        "IngestStream": "on",
        "MonthlyBudget": "50",
        "Capacity": "provisioned",
        "WarmInstances": "1",
        "CustomDomain": "app.example.com",
        "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
        "Mfa": "optional",
        "Waf": "on",
        "Database": "aurora",
    },
    "with PostgreSQL": {"Database": "aurora"},
    "with snapshots": {"SnapStart": "on", "Authorizer": "lambda", "Cache": "valkey", "IngestStream": "on"},
}
"""The two ends: nothing chosen, and everything there is to choose. Snapshots exclude the instances kept warm; a
database that pauses excludes prod's."""


def check(template: Mapping[str, Any], **parameters: str) -> list[Finding]:
    """Of every rule, in the order of their names."""
    deployed = deployment(template, **parameters)
    return sorted(finding for rule in RULES for finding in rule(deployed))
