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
        ordered(value, 17 - depth)
        return value
    except (ValueError, RecursionError):
        return None


def ordered(value, depth=1):
    """The value with its names in order (UTF-16 units); ValueError for what RFC 8785 over whole numbers cannot write to a depth of 16."""
    kind = type(value)
    if kind is str:
        if not value.isascii():
            value.encode()  # no half of a character
    elif kind is dict:
        if depth > 16 or not UNSAFE.isdisjoint(value):
            raise ValueError
        return {ordered(name): ordered(value[name], depth + 1) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))}
    elif kind is list:
        if depth > 16:
            raise ValueError
        return [ordered(one, depth + 1) for one in value]
    elif not (value is None or kind is bool or (kind is int and -(2**53) < value < 2**53)):
        raise ValueError
    return value


WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def canonical(value):
    """RFC 8785 over strings, whole numbers, lists and objects."""
    return WRITER.encode(ordered(value))


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
