"""The programs that exports are for: tests read the files with them where they are installed."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import pytest


def consumer(module: str) -> Any:
    """Import a module of such a program; without it the test is skipped, and fails under ``scripts/test --all``."""
    try:
        return import_module(module)
    except ImportError:
        if os.environ.get("REQUIRE_CONSUMERS"):
            raise
        pytest.skip(f"{module} is not installed; scripts/test --all installs it", allow_module_level=True)
