"""`sam build && sam deploy --guided`, as a newcomer types them: the real SAM CLI, a real engine, our configuration.

The image is built from the template's `Metadata`, on the stand-in base and therefore for this machine's architecture;
pushed to the registry of the embedded AWS; deployed with the answers that one gives at the first time; and deleted.
"""

import platform
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from deployment.image import ROOT
from deployment.newcomer import ANSWERS, ARCHITECTURES, STACK, Shipment, identity, ship, workplace
from deployment.registry import HOST
from deployment.sam_cli import SamCli
from support import template


@pytest.fixture(scope="module")
def cli(sam, tmp_path_factory) -> Iterator[SamCli]:
    with workplace(sam, tmp_path_factory.mktemp("sam")) as cli:
        yield cli


@pytest.fixture(scope="module")
def shipment(cli) -> Shipment:
    return ship(cli)


@pytest.fixture
def changed(cli, tmp_path) -> Callable[[str], AbstractContextManager[Path]]:
    """A file of the project, to be changed for a while."""

    @contextmanager
    def change(name: str) -> Iterator[Path]:
        file = cli.project / name
        kept = shutil.copy(file, tmp_path)
        try:
            yield file
        finally:
            shutil.copy(kept, file)

    return change


# ---------------------------------------------------------------- sam build


def test_all_functions_are_built_as_one_image(shipment):
    images = {
        name: function["Properties"]["ImageUri"]
        for name, function in template.functions(shipment.template).items()
    }

    assert images.keys() == template.functions().keys()
    assert set(images.values()) == {"apifunction:app"}
    assert shipment.first.count("Building image for ") == 1
    assert all(name in shipment.first for name in images)


def test_building_again_makes_the_same_image_without_running_anything(shipment):
    steps = re.findall(r"^\[[12]/2\] STEP \d+/\d+: (?!FROM|COMMIT)", shipment.again, re.MULTILINE)

    assert identity(shipment.again) == identity(shipment.first)
    assert shipment.again.count("--> Using cache ") == len(steps) >= 8


def test_each_stage_is_built_as_the_project_is_configured(shipment):
    """The other stages are read in the builds below that fail."""
    for said in (shipment.first, shipment.again):
        assert "Starting Build use cache" in said


def test_the_built_template_is_the_project_s_with_the_image_in_it(shipment):
    ours = template.load()

    for name, function in template.functions(shipment.template).items():
        built, wanted = function["Properties"], ours["Resources"][name]["Properties"]
        assert built["ImageConfig"] == wanted["ImageConfig"], name
        assert {**built, "ImageUri": wanted["ImageUri"]} == wanted, name
    assert ours["Globals"]["Function"]["Architectures"] == ["arm64"]
    assert shipment.template["Parameters"] == ours["Parameters"]
    assert shipment.template["Outputs"] == ours["Outputs"]


def test_a_package_that_is_not_locked_ends_the_build_with_pip_s_reason(cli, changed):
    with changed("requirements/app.txt") as lock:
        lock.write_text(lock.read_text() + "colorama==0.4.6\n")

        said = cli.fail_to_build("test")

    assert "Hashes are required in --require-hashes mode" in said
    assert "colorama==0.4.6" in said
    assert "Build Failed" in said


def test_a_dockerfile_that_is_not_there_is_named(cli, changed):
    with changed("template.yaml") as source:
        source.write_text(source.read_text().replace("Dockerfile: Dockerfile", "Dockerfile: Containerfile"))

        said = cli.fail_to_build("dev")

    assert "Build Failed" in said
    assert "Containerfile: no such file or directory" in said


# ---------------------------------------------------------------- sam deploy --guided


def test_a_newcomer_is_asked_for_every_parameter(shipment):
    asked = shipment.guided.asked

    assert {name for name in asked if name.startswith("Parameter ")} == {
        f"Parameter {name}" for name in template.load()["Parameters"]
    }
    assert asked.keys() >= ANSWERS.keys() | {"Stack Name", "AWS Region", "Confirm changes before deploy"}
    assert "no authentication" not in shipment.guided.transcript


def test_the_answers_are_kept_for_the_next_time(shipment):
    ours = tomllib.loads((ROOT / "samconfig.toml").read_text())
    kept = shipment.config["default"]["deploy"]["parameters"]
    overrides = dict(re.findall(r'(\w+)="(.*?)"', kept["parameter_overrides"]))

    assert shipment.config["default"]["global"]["parameters"]["stack_name"] == STACK
    assert overrides["Stage"] == "dev"
    assert overrides["MailFrom"] == overrides["AlarmEmail"] == "ada@example.com"
    assert kept["resolve_image_repos"] is kept["resolve_s3"] is True
    assert kept["tags"] == ours["default"]["deploy"]["parameters"]["tags"]
    assert {name: shipment.config[name] for name in ("dev", "test", "prod")} == {
        name: ours[name] for name in ("dev", "test", "prod")
    }


def test_secrets_are_neither_shown_nor_kept(shipment):
    assert "Parameter RedisUrl: \n" in shipment.guided.transcript
    assert "RedisUrl" not in str(shipment.config)


def test_the_stack_is_there_with_the_answers_in_it(shipment):
    told = {
        name: shipment.created.facts[name]["Environment"]["Variables"]
        for name in ("ApiFunction", "EmailConsumerFunction")
    }

    assert shipment.created.status == "CREATE_COMPLETE"
    assert shipment.created.outputs.keys() == template.deployed().outputs.keys()
    assert told["ApiFunction"]["STAGE"] == "dev"
    assert told["ApiFunction"]["REDIS_URL"] == ""
    assert told["EmailConsumerFunction"]["MAIL_FROM"] == "ada@example.com"


def test_every_function_runs_the_built_image_from_a_repository_of_its_own(shipment):
    repositories, tags = zip(*(uri.rsplit(":", 1) for uri in shipment.images.values()), strict=True)

    assert shipment.images.keys() == template.deployed().of_type("AWS::Lambda::Function").keys()
    assert len(set(repositories)) == len(shipment.images)
    assert set(tags) == {f"apifunction-{identity(shipment.first)}-app"}
    for name, uri in shipment.images.items():
        assert re.match(rf"{re.escape(HOST)}/[a-z0-9]+/{name.lower()}[0-9a-f]+repo:", uri), name


def test_the_registry_holds_the_built_image(shipment):
    built = identity(shipment.first)

    for name, pushed in shipment.pushed.items():
        assert pushed.identity.startswith(f"sha256:{built}"), name
        assert f"digest: {pushed.digest} size: " in shipment.guided.transcript, name
    assert len({pushed.digest for pushed in shipment.pushed.values()}) == 1


def test_it_is_the_image_that_the_other_tests_look_at(shipment, image):
    pushed = shipment.pushed["ApiFunction"]
    root = image.task_root.parents[1]
    files = {
        str(path.relative_to(root)): (path.stat().st_mode & 0o7777, sha256(path.read_bytes()).hexdigest())
        for path in image.task_root.rglob("*")
        if path.is_file()
    }

    assert pushed.files == files
    for setting in ("Cmd", "Entrypoint", "Env", "WorkingDir"):
        assert pushed.config[setting] == image.config[setting], setting
    assert pushed.config["Cmd"] == ["app.entrypoints.api.handler"]
    assert pushed.architecture == ARCHITECTURES[platform.machine()][1]


def test_a_deletion_takes_the_images_too(shipment):
    remains = {kind: names for kind, names in shipment.remains.items() if names}

    assert remains.keys() == {"buckets", "stacks"}
    assert remains["stacks"] == ["aws-sam-cli-managed-default"]
    assert all(name.startswith("aws-sam-cli-managed-default-") for name in remains["buckets"])
