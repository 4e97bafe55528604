"""What the members of groups in Python share: events leave as JSON lines, commands come as lines on standard input, whose
end makes the member leave."""

import queue
import sys
import threading
import time

import job

# How many records are handled before their offsets are committed.
BATCH = 20


def say(event, **fields):
    job.answer(event=event, at=time.time_ns() // 1000, **fields)


def places(partitions):
    return [[each.topic, each.partition] for each in partitions]


class Commands:
    def __init__(self):
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in sys.stdin:
            self.lines.put(line.split())
        self.lines.put(["leave"])

    def obey(self):
        """Whether the member is to go on."""
        while not self.lines.empty():
            match self.lines.get():
                case ["leave"]:
                    return False
                case ["pause", milliseconds]:
                    time.sleep(int(milliseconds) / 1000)
                case unknown:
                    raise ValueError(unknown)
        return True


class Handled:
    """The next offsets of what was handled and is not committed."""

    def __init__(self, commit):
        self.commit, self.next, self.count = commit, {}, 0

    def record(self, topic, partition, offset, value):
        say("record", topic=topic, partition=partition, offset=offset, value=value.decode())
        self.next[(topic, partition)] = offset + 1
        self.count += 1
        if self.count >= BATCH:
            self.flush()

    def flush(self):
        if not self.next:
            return
        taken, self.next, self.count = self.next, {}, 0
        offsets = [[topic, partition, offset] for (topic, partition), offset in taken.items()]
        say("committing", offsets=offsets)
        try:
            self.commit(taken)
            say("committed", offsets=offsets)
        except Exception as error:
            say("commit_failed", offsets=offsets, error=repr(error))

    def forget(self):
        self.next, self.count = {}, 0
