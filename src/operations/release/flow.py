"""One release of one stage: snapshot, deploy, publish, check; roll back to the snapshot when any of it fails."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from operations import stacks
from operations.cloud import Cloud
from operations.release import site
from operations.release.change import Changes, StackSnapshot
from operations.release.delivery import Delivery
from operations.stages import Stage
from project import paths, template
from project.errors import StackError


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stage before its last release: nothing, or a stack and perhaps the files of its site."""

    stack: StackSnapshot | None
    files: site.Files | None


class Release:
    """Releases of one stage, through the bucket and the role of its delivery stack."""

    def __init__(self, cloud: Cloud, stage: Stage, through: Delivery, *, pause: float = 5.0) -> None:
        self._cloud = cloud
        self._stage = stage
        self._through = through
        self._changes = Changes(cloud, bucket=through.bucket, role=through.role, pause=pause)

    def run(self, image: str, then: Callable[[stacks.Stack], None]) -> None:
        """Deploy the image; `then` publishes the site and checks that all of it serves.

        Raises:
            StackError: why the release failed. The stage is rolled back.
        """
        before = self._snapshot()
        try:
            self._deploy(image)
            then(self._stack())
        except BaseException as error:  # Ctrl-C, too
            print(f"{self._stage.stack}: {str(error) or type(error).__name__}; going back", flush=True)
            self._restore(before)
            raise

    def rollback(self) -> None:
        """Restore the snapshot that the last release took.

        Raises:
            StackError: there is none.
        """
        s3 = self._cloud.client("s3")
        try:
            noted = s3.get_object(Bucket=self._through.bucket, Key=self._key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            raise StackError(f"{self._stage.stack} has had no release yet") from None
        self._restore(Snapshot(**json.loads(noted)))

    @property
    def _key(self) -> str:
        return f"notes/{self._stage.stack}.json"

    def _snapshot(self) -> Snapshot:
        """Kept beside the templates, for an operator who finds out later that the release was bad."""
        stack = self._changes.snapshot(self._stage.stack)
        bucket = self._stack().outputs.get("SiteBucketName") if stack else None
        before = Snapshot(stack, site.snapshot(self._cloud, bucket) if bucket else None)
        body = json.dumps({"stack": before.stack, "files": before.files}).encode()
        self._cloud.client("s3").put_object(Bucket=self._through.bucket, Key=self._key, Body=body)
        return before

    def _deploy(self, image: str) -> None:
        body = paths.TEMPLATE.read_text(encoding="utf-8")
        parameters = {**self._kept(), **self._stage.parameters, "ImageUri": image}
        self._say(self._changes.apply(self._stage.stack, body, parameters, self._stage.tags))

    def _kept(self) -> dict[str, str | None]:
        """Keep the value of each parameter that samconfig.toml does not set; CloudFormation would fall back to the
        defaults."""
        stack = stacks.describe(self._cloud.client("cloudformation"), self._stage.stack)
        if stack is None or not stack.ever_worked:
            return {}
        known = template.load(paths.TEMPLATE)["Parameters"]
        return dict.fromkeys(name for name in known if name in stack.parameters or name in stack.secret)

    def _restore(self, before: Snapshot) -> None:
        """The site first: the new site never meets the old API."""
        if before.stack is None:
            print(f"{self._stage.stack} was not there before: it is left to be looked at", flush=True)
            return
        if before.files is not None:
            outputs = self._stack().outputs
            distribution = outputs.get("SiteDistributionId")
            site.restore(self._cloud, outputs["SiteBucketName"], before.files, distribution=distribution)
        noted = before.stack
        self._say(
            self._changes.apply(self._stage.stack, noted["template"], noted["parameters"], noted["tags"])
        )

    def _stack(self) -> stacks.Stack:
        return stacks.existing(self._cloud.client("cloudformation"), self._stage.stack, self._cloud.region)

    def _say(self, changed: bool) -> None:
        print(f"{self._stage.stack}: {'changed' if changed else 'is already so'}", flush=True)
