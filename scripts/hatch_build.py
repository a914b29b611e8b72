"""Build hook: the wheel carries ``data/`` inside the package, an editable install reads it from the checkout.

A plain ``force-include`` would put a copy beside an editable install too, which goes stale with the next change.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface[Any]):
    """Adds the data to standard wheels only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a build; ``version`` is ``standard`` or ``editable``."""
        if version == "standard":
            build_data["force_include"]["data"] = "taxonomy/data"
