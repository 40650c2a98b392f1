"""Partners' mail servers, many of them, in few processes: ``python -m tests.proof.servers HOST=FAULT …``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

from smtp_sandbox import Listener, Sandbox
from smtp_sandbox.rules import Rule, on
from tests.support.paths import ROOT

PORT = 2525
FAULTS: dict[str, tuple[Rule, ...]] = {
    "": (),
    "silent": (on("BANNER", hang=True),),
    "busy": (on("BANNER", reply="421 4.3.2 Come back later"),),
    "refusing": (on("RCPT", reply="550 5.1.1 No such user"),),
}


class Servers:
    """The process, as a test sees it; ``faults`` are those of each host."""

    def __init__(self, faults: dict[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "tests.proof.servers", *map("=".join, faults.items())],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._answers = self._process.stdout
        self._answers.readline()

    def count(self) -> int:
        """How many messages came, or began to."""
        return int(self._ask("count"))

    def subjects(self) -> Counter[str]:
        """How often each subject came."""
        return Counter(json.loads(self._ask("subjects")))

    def connections(self) -> dict[str, int]:
        """How often each host was called."""
        answer: dict[str, int] = json.loads(self._ask("connections"))
        return answer

    def close(self) -> None:
        self._process.communicate(timeout=60)

    def _ask(self, question: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return self._answers.readline()


def main(arguments: list[str]) -> None:
    faults = dict(argument.split("=") for argument in arguments)
    sandboxes = [Sandbox(host=host, honest=False) for host in faults]
    listeners: dict[str, Listener] = {}
    for sandbox, (host, fault) in zip(sandboxes, faults.items(), strict=True):
        sandbox.start()
        listeners[host] = sandbox.listen(port=PORT, rules=FAULTS[fault])
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_answer(line.strip(), sandboxes, listeners)), flush=True)
    for sandbox in sandboxes:
        sandbox.stop()


def _answer(question: str, sandboxes: list[Sandbox], listeners: dict[str, Listener]) -> object:
    if question == "connections":
        return {host: listener.connections for host, listener in listeners.items()}
    if question == "count":
        return sum(listener.count("BDAT") for listener in listeners.values())
    return [message.subject for sandbox in sandboxes for message in sandbox.messages]


if __name__ == "__main__":
    main(sys.argv[1:])
