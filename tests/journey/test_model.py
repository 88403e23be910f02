"""A service whose model is not there."""

import shutil
from pathlib import Path

from classifiers import artifact
from tests.journey.conftest import NEWS, PATIENCE, World
from tests.journey.service import ROOT, Service


async def test_a_model_that_is_missing_is_built_while_chats_are_answered(
    world: World, tmp_path: Path
) -> None:
    """The program is a copy without its model; the service says so, and alerts in the end."""
    assert artifact.PACKAGED.exists()
    program = tmp_path / "program"
    for room in ("bot", "classifiers", "config"):
        unwanted = shutil.ignore_patterns("model", "__pycache__")
        shutil.copytree(ROOT / room, program / room, ignore=unwanted)
    shutil.copy(ROOT / "main.py", program)
    service = Service(
        world.folder, world.file, {"TELEGRAM_BOT_TOKEN": world.telegram.token}, program
    )
    await service.start()
    await service.says("Building one")
    user = await world.subscriber()
    assert "The model is built" not in service.said
    assert not world.publisher.asked("/feed")
    await service.says("The model is built", 90)
    await world.feed_was_read()
    user.chat.read_all()
    world.publish(NEWS)
    alert = await user.next_message(PATIENCE)
    assert NEWS.title in alert.text
    assert await service.stop() == 0
