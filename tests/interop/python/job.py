"""What the Python programs share: a job comes as JSON in a file, answers leave as JSON lines; bytes travel as base64."""

import base64
import json
import sys


def read():
    with open(sys.argv[1], encoding="utf-8") as file:
        return json.load(file)


def unpack(text):
    return None if text is None else base64.b64decode(text)


def pack(data):
    return None if data is None else base64.b64encode(data).decode()


def answer(**fields):
    print(json.dumps(fields), flush=True)


def answer_record(partition, offset, timestamp, key, value, headers):
    answer(
        partition=partition,
        offset=offset,
        timestamp=-1 if timestamp is None else timestamp,
        key=pack(key),
        value=pack(value),
        headers=[[name, pack(content)] for name, content in headers or []],
    )
