"""The file itself, as it is written."""

from collections.abc import Iterator

import yaml

from support.template_rules.findings import Finding


def no_yaml_alias(text: str) -> Iterator[Finding]:
    """CloudFormation takes none: `Template format error: YAML aliases are not allowed`."""
    for token in yaml.scan(text):
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
            yield Finding(
                "no_yaml_alias", f"line {token.start_mark.line + 1}", f"{token.value} is a YAML alias"
            )
