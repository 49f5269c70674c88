#!/usr/bin/env python3
"""Does what a page tells its reader to do, word for word. Usage: walk.py PROGRAM PAGE

In a directory that holds nothing but a link to the examples, from top to bottom: a block under "`name`:" is written to that file; a block of sh is run; a
block of text is what the commands before it print in the end. A line that starts a worker does so beside the others,
on a free port in place of 8083, after the worker before it was stopped. Blocks of any other kind are left out."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

import markdown

PROGRAM, PAGE = os.path.abspath(sys.argv[1]), sys.argv[2]
EXAMPLES = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../examples"))
PATIENCE_S = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Reader:
    def __init__(self, folder):
        self.folder, self.port, self.worker = folder, free_port(), None
        self.environment = dict(os.environ, PWD=folder, PATH=os.path.dirname(PROGRAM) + ":" + os.environ["PATH"])
        self.log = open(os.path.join(folder, "worker.log"), "w+", encoding="utf-8")
        self.last = ("", "")
        os.symlink(EXAMPLES, os.path.join(folder, "examples"))

    def write(self, block):
        path = os.path.join(self.folder, block.name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(block.text)
            if block.name == "worker.properties":
                file.write(f"listeners=http://127.0.0.1:{self.port}\n")

    def stop_worker(self):
        if not self.worker:
            return
        self.worker.send_signal(signal.SIGINT)
        if self.worker.wait(PATIENCE_S) != 0:
            raise AssertionError(f"the worker ended with status {self.worker.returncode}")
        self.worker = None

    def start_worker(self, line):
        self.stop_worker()
        self.worker = subprocess.Popen(["bash", "-c", "exec " + line], cwd=self.folder, env=self.environment,
                                       stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        for _ in range(PATIENCE_S * 20):
            if self.worker.poll() is not None:
                raise AssertionError("the worker did not start")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(self.port))) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the worker does not answer")

    def run(self, block):
        text = block.text.replace("localhost:8083", "localhost:" + self.port)
        commands = []
        for line in text.splitlines(keepends=True):
            if line.startswith("luaconnect standalone"):
                self.shell("".join(commands))
                commands = []
                self.start_worker(line.strip())
            else:
                commands.append(line)
        # What only looks is asked again until it shows what the page says; what changes something runs once.
        looking = ""
        if commands and commands[-1].startswith(("cat ", "tail ", "curl -s localhost")):
            looking = commands.pop()
        printed = self.shell("".join(commands))
        self.last = (printed, looking)

    def shell(self, text):
        if not text.strip():
            return ""
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if done.returncode:
            raise AssertionError(f"status {done.returncode}: {text}{done.stdout}{done.stderr}")
        return done.stdout

    def expect(self, block):
        printed, looking = self.last
        wanted = block.text.replace("127.0.0.1:8083", "127.0.0.1:" + self.port).strip()
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                got = (printed + self.shell(looking)).strip()
            except AssertionError as problem:
                got = str(problem)
            if got == wanted:
                return
            if time.monotonic() > until:
                raise AssertionError(f"expected:\n{wanted}\nprinted:\n{got}")
            time.sleep(0.1)

    def follow(self, block):
        if block.name and block.language != "sh":
            self.write(block)
        elif block.language == "sh":
            self.run(block)
        elif block.language == "text":
            self.expect(block)


def main():
    steps = 0
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(folder)
        block = None
        try:
            for block in markdown.blocks(PAGE):
                reader.follow(block)
                steps += 1
            reader.stop_worker()
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            reader.log.seek(0)
            print(f"{PAGE}:{block.line}: {problem}\n\nlog of the worker:\n{reader.log.read()}")
            return 1
        finally:
            if reader.worker:
                reader.worker.kill()
    print(f"{steps} passed, 0 failed")
    return 0


sys.exit(main())
