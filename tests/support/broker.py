"""One Kafka broker (KRaft, a single node, loopback) for all integration tests of a run.

  broker.py start          starts it and returns when it answers; `stop` ends it and throws its data away
  broker.py run PROGRAM    runs a program with the broker's address as its last argument

A supervisor keeps it: the broker ends with the process that started it (ctest), however that one ends.
"""
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import atexit

import harness

DIRECTORY = os.path.join(harness.BUILD, "tests", "broker")

PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.enable=false
"""


def _alive(pid):
    """Whether that process runs; a zombie does not."""
    return b") Z " not in (harness.read("/proc/%d/stat" % pid) or b") Z ")


def running(directory):
    """What is known of a broker that runs in `directory`, or None."""
    try:
        state = json.loads(harness.read(os.path.join(directory, "state.json")))
    except ValueError:
        return None
    return state if _alive(state["pid"]) else None


def _format(directory, port):
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    data = os.path.join(directory, "data")
    settings = harness.write(os.path.join(directory, "server.properties"),
                             PROPERTIES.format(port=port, controller=harness.free_port(), data=data))
    cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=").replace("-", "x")
    subprocess.run([*harness.JAVA, "-cp", harness.LIBS + "/*", "kafka.tools.StorageTool", "format", "-t", cluster,
                    "-c", settings], check=True, stdout=subprocess.DEVNULL)
    return settings, data


def serve(directory, owner):
    """The supervisor: runs the broker until told to stop or until `owner` is gone."""
    port = harness.free_port()
    settings, data = _format(directory, port)
    with open(os.path.join(directory, "broker.log"), "wb") as log:
        java = subprocess.Popen([*harness.JAVA, "-cp", harness.LIBS + "/*", "kafka.Kafka", settings], stdout=log,
                                stderr=log, stdin=subprocess.DEVNULL, preexec_fn=harness.die_with_parent)
    state = {"pid": os.getpid(), "bootstrap": "127.0.0.1:%d" % port, "data": data}
    harness.write(os.path.join(directory, "state.json"), json.dumps(state))
    signal.signal(signal.SIGTERM, lambda *_: java.kill())
    while java.poll() is None and _alive(owner):
        time.sleep(0.2)
    java.kill()
    java.wait()


def _answers(directory, supervisor):
    if supervisor.poll() is not None:
        logs = [directory + ".log", os.path.join(directory, "broker.log")]
        raise AssertionError("the broker ended:\n" + "\n".join(harness.tail(log) for log in logs))
    state = running(directory)
    probe = ["kcat", "-b", state["bootstrap"], "-L", "-m", "1"] if state else ["false"]
    return not subprocess.run(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def start(directory, owner):
    stop(directory)
    os.makedirs(os.path.dirname(directory), exist_ok=True)
    with open(directory + ".log", "wb") as log:  # no pipe of ours: whoever reads it would wait for the broker's end
        supervisor = subprocess.Popen([sys.executable, os.path.abspath(__file__), "serve", directory, str(owner)],
                                      stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    harness.wait_for("the broker to answer", lambda: _answers(directory, supervisor), timeout=90, every=0.2)
    return running(directory)


def stop(directory):
    state = running(directory)
    if state:
        os.kill(state["pid"], signal.SIGTERM)
        harness.wait_for("the broker to end", lambda: not _alive(state["pid"]))
    shutil.rmtree(directory, ignore_errors=True)


_own = {}


def own():
    """A broker for this process alone: for running one test file by hand."""
    if not _own:
        directory = tempfile.mkdtemp(prefix="lc-broker-")
        _own.update(start(directory, os.getpid()))
        atexit.register(stop, directory)
    return _own


def main():
    if sys.argv[1] == "serve":
        return serve(sys.argv[2], int(sys.argv[3]))
    if not harness.LIBS:
        print("LC_KAFKA_LIBS is not set: no Kafka broker")
        return sys.exit(harness.SKIPPED)
    if sys.argv[1] == "run":
        state = running(DIRECTORY) or own()
        return sys.exit(subprocess.call([*sys.argv[2:], state["bootstrap"]]))
    return start(DIRECTORY, os.getppid()) if sys.argv[1] == "start" else stop(DIRECTORY)


if __name__ == "__main__":
    main()
