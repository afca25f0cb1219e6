"""`python -m operations.release image --tag v1.2.3`, `deploy --stage test --image URI`, `rollback --stage prod`."""

import argparse
import sys

import httpx

from operations import publish, smoke, stages
from operations.cloud import Cloud, run
from operations.release import delivery, image
from operations.release.flow import Release
from operations.stacks import Stack


def main() -> None:
    options = _parse()
    options.act(Cloud(), options)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m operations.release", description=__doc__)
    commands = parser.add_subparsers(required=True)
    build = commands.add_parser(
        "image", help="build and push a tag's image, unless it is there; print its URI"
    )
    build.add_argument("--tag", required=True)
    build.set_defaults(act=_image)
    deploy = commands.add_parser("deploy", help="deploy an image and the site; take both back when they fail")
    deploy.add_argument("--stage", required=True)
    deploy.add_argument("--image", required=True, help="its URI, with the digest")
    deploy.set_defaults(act=_deploy)
    rollback = commands.add_parser("rollback", help="make a stage what it was before its last release")
    rollback.add_argument("--stage", required=True)
    rollback.set_defaults(act=_rollback)
    return parser.parse_args()


def _image(cloud: Cloud, options: argparse.Namespace) -> None:
    repository = delivery.repository(cloud)
    digest = image.digest(cloud, repository, options.tag) or image.build(cloud, repository, options.tag)
    print(f"{repository.uri}@{digest}")


def _deploy(cloud: Cloud, options: argparse.Namespace) -> None:
    _release(cloud, options).run(options.image, lambda stack: _publish_and_check(cloud, stack))


def _rollback(cloud: Cloud, options: argparse.Namespace) -> None:
    _release(cloud, options).rollback()


def _release(cloud: Cloud, options: argparse.Namespace) -> Release:
    return Release(cloud, stages.find(options.stage), delivery.find(cloud, options.stage))


def _publish_and_check(cloud: Cloud, stack: Stack) -> None:
    url = publish.publish(cloud, stack.name)
    with httpx.Client(base_url=url, timeout=30) as client:
        smoke.smoke(client, smoke.checks(docs=_documents(stack), site=True, account=smoke.account()))


def _documents(stack: Stack) -> bool:
    """As `DOCS_ENABLED` is read: empty means everywhere but in prod."""
    given = stack.parameters["DocsEnabled"]
    return given == "true" if given else stack.parameters["Stage"] != "prod"


if __name__ == "__main__":
    sys.exit(run(main))
