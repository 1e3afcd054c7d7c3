"""Runs digests.php."""
import json
import os
import subprocess

from people import HERE


def php(*given):
    """What digests.php makes of each, in order."""
    lines = "".join(json.dumps(one) + "\n" for one in given)
    argv = ["php", "-d", "error_reporting=8191", os.path.join(HERE, "digests.php")]  # not the deprecations that old frameworks raise
    out = subprocess.run(argv, input=lines, text=True, check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in out.splitlines()]
