"""Runs the shell commands of a guide in order, in one shell, and compares what they print with what the guide shows.

Commands stand in blocks marked `sh`; the `text` block after one shows its whole output. `…` stands for anything within a
line, and a line of its own for any number of lines.
"""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

MARK = "@@ the end of a step @@"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps(page: str) -> list[tuple[int, str, str | None]]:
    """The line, the commands and the output shown of each step."""
    found: list[tuple[int, str, str | None]] = []
    for block in BLOCK.finditer(page):
        kind, text = block.groups()
        if kind == "sh":
            found.append((page.count("\n", 0, block.start()) + 1, text, None))
        else:
            found[-1] = (*found[-1][:2], text)
    return found


def is_shown(shown: str, printed: str) -> bool:
    lines = (
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n" for line in shown.splitlines()
    )
    return re.fullmatch("".join(lines), printed) is not None


def run(shell: subprocess.Popen[str], commands: str) -> str | None:
    """What the commands print; none when one of them fails."""
    assert shell.stdin and shell.stdout
    shell.stdin.write(f"{commands}\nprintf '%s\\n' '{MARK}'\n")
    shell.stdin.flush()
    printed = ""
    for line in shell.stdout:
        # What a command leaves without an end of line stands before the mark.
        if line.endswith(MARK + "\n"):
            return printed + (line.removesuffix(MARK + "\n") + "\n").lstrip("\n")
        printed += line
    print(printed, file=sys.stderr)
    return None


def main(guide: Path) -> None:
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-euo", "pipefail"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    all_steps = steps(guide.read_text(encoding="utf-8"))
    try:
        for line, commands, shown in all_steps:
            printed = run(shell, commands)
            if printed is None:
                sys.exit(f"{guide}:{line}: a command fails:\n{commands}")
            if shown is not None and not is_shown(shown, printed):
                sys.exit(f"{guide}:{line}: prints\n{printed}\nand not\n{shown}")
    finally:
        # What the guide left running in the background goes with its shell.
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    print(f"{guide.name}: {len(all_steps)} steps")


main(Path(sys.argv[1]))
