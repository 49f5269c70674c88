"""For tests of the program's commands: a folder for scripts, a way to run them, checks that gather what failed."""
import os
import subprocess
import sys
import tempfile
import time


class Kit:
    def __init__(self, program):
        self.program = os.path.abspath(program)
        self.folder = tempfile.mkdtemp(prefix="lc_tools_")
        self.problems, self.checks = [], 0

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w" if isinstance(text, str) else "wb", **({"encoding": "utf-8"} if isinstance(text, str) else {})) as f:
            f.write(text)
        return path

    def run(self, *arguments, text="", timeout=120):
        began = time.monotonic()
        done = subprocess.run([self.program, *arguments], input=text, capture_output=True, text=True, timeout=timeout,
                              cwd=self.folder, check=False, errors="replace")
        done.seconds = time.monotonic() - began
        return done

    def expect(self, holds, what, done=None):
        self.checks += 1
        if not holds:
            detail = f"\n    status {done.returncode}\n    {done.stdout!r}\n    {done.stderr!r}" if done else ""
            self.problems.append(f"{what}{detail}")

    def equal(self, actual, expected, what):
        self.expect(actual == expected, f"{what}: {actual!r} instead of {expected!r}")

    def finish(self):
        for problem in self.problems:
            print(problem)
        print(f"{self.checks} checks, {len(self.problems)} problems")
        sys.exit(1 if self.problems else 0)
