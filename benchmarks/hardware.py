"""The line that says on what a benchmark ran."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def hardware() -> str:
    """Processor, cores and load, in a line."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else f"{platform.machine()}, {platform.processor()}"
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
