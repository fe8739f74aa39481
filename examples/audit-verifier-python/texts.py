"""Encodings with one spelling only (docs/protocol.md section 6)."""
import base64
import hashlib
import json

UNSAFE = {"__proto__", "constructor", "prototype"}


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    """One spelling only: two spellings of one thing are two things."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def strict(data, depth=16):
    """JSON in UTF-8 with one meaning: no name written twice, whole numbers within 2^53, no half of a character; None where it is none."""
    def once(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError
        return dict(pairs)

    def whole(text):
        if text == "-0" or len(text) > 17 or abs(int(text)) >= 2**53:
            raise ValueError
        return int(text)

    def refused(_text):
        raise ValueError
    try:
        value = json.loads(data.decode(), object_pairs_hook=once, parse_int=whole, parse_float=refused, parse_constant=refused)
        canonical(value, 17 - depth)
        return value
    except (ValueError, RecursionError):
        return None


def canonical(value, depth=1):
    """RFC 8785 over strings, whole numbers, lists and objects, to a depth of 16."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        value.encode()
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and abs(value) < 2**53:
        return str(value)
    if depth > 16 or not isinstance(value, (list, dict)) or UNSAFE & set(value if isinstance(value, dict) else ()):
        raise ValueError
    if isinstance(value, list):
        return "[" + ",".join(canonical(one, depth + 1) for one in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name], depth + 1) for name in names) + "}"


def read(text):
    """The one value that is written exactly so; None for every other text."""
    try:
        value = json.loads(text)
        return value if canonical(value) == text else None
    except (ValueError, TypeError, RecursionError):
        return None


def lines_of(path):
    """A line ends with a line feed and with nothing else; one that is no UTF-8 is no line of an export."""
    with open(path, "rb") as file:
        for line in file:
            try:
                yield (line[:-1] if line.endswith(b"\n") else line).decode()
            except UnicodeDecodeError:
                yield ""
