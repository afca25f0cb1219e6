"""The sender of the local stack's mail, which SES wants verified as on AWS."""

from devstack.aws import Aws


def verify_sender(aws: Aws, address: str) -> None:
    """The embedded SES takes anybody's word. Verifying again changes nothing."""
    aws.client("ses").verify_email_identity(EmailAddress=address)
