"""What a signed payload or a line of an export may look like.

The shapes are those of docs/api/payloads.json, which is made from the contracts that the first verifier parses with: one
table for both. What a JSON Schema cannot say is written below once more.
"""
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
TABLE = next(path for path in (HERE / "payloads.json", HERE.parents[1] / "docs/api/payloads.json") if path.exists())


def checker(schema):
    """The words of JSON Schema that the table uses; another one is a KeyError when this file is loaded, not a yes."""
    rules = [RULES[word](schema[word], schema) for word in sorted(schema, key=lambda word: word != "type")]  # the type first

    def check(value):
        for rule in rules:
            if not rule(value):
                return False
        return True
    return check


def pattern(source, _schema):
    if not (source.startswith("^") and source.endswith("$")):
        raise ValueError(source)  # matched as a whole
    whole = re.compile(source)
    return lambda value: whole.fullmatch(value) is not None


def properties(schemas, _schema):
    known = {name: checker(one) for name, one in schemas.items()}

    def check(value):
        for name, one in value.items():
            if name in known and not known[name](one):
                return False
        return True
    return check


def additional(schema, whole):
    named = whole.get("properties", {}).keys()
    if schema is False:
        return lambda value: value.keys() <= named
    fits_schema = checker(schema)
    return lambda value: all(name in named or fits_schema(one) for name, one in value.items())


def either(schemas, _schema):
    ways = [checker(one) for one in schemas]
    return lambda value: any(way(value) for way in ways)


def each(schema, of):
    one = checker(schema)
    return lambda value: all(one(member) for member in of(value))


TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}
RULES = {
    "type": lambda name, _: lambda value, kind=TYPES[name]: type(value) is kind,  # True is no number
    "enum": lambda some, _: lambda value: value in some, "const": lambda one, _: lambda value: value == one,
    "minimum": lambda least, _: lambda value: value >= least, "maximum": lambda most, _: lambda value: value <= most,
    "minLength": lambda least, _: lambda value: len(value) >= least, "maxLength": lambda most, _: lambda value: len(value) <= most,
    "minItems": lambda least, _: lambda value: len(value) >= least, "maxItems": lambda most, _: lambda value: len(value) <= most,
    "pattern": pattern, "properties": properties, "additionalProperties": additional, "anyOf": either, "oneOf": either,
    "required": lambda names, _: lambda value: all(name in value for name in names),
    "items": lambda schema, _: each(schema, list), "propertyNames": lambda schema, _: each(schema, list),
}
SHAPES = {word: checker(schema) for word, schema in json.loads(TABLE.read_text("utf-8")).items()}

# ---- Beyond the table


def differ(some):
    some = list(some)
    return len(set(some)) == len(some)


def sited(keys):
    """A passkey's origins are its relying party's host or one below it, each once."""
    pins = [key["rp"] for key in keys if "rp" in key]
    hosts = [(re.sub(r":[0-9]+\Z", "", re.sub(r"\Ahttps?://", "", origin)), pin["id"]) for pin in pins for origin in pin["origins"]]
    return all(differ(pin["origins"]) for pin in pins) and all(host == name or host.endswith("." + name) for host, name in hosts)


BEYOND = {
    "root": lambda root: sited(root["keys"]),
    "charter": lambda charter: differ((row["class"], row["tier"]) for row in charter["minimumApprovals"]) and sited(one["key"] for one in charter["officers"]),
    "roster": lambda roster: all(differ(step["name"] for step in rule["steps"]) for rule in roster["policy"]["rules"]) and sited(
        key for person in roster["persons"] for key in person["keys"]),
    "revocation": lambda revocation: bool(revocation["entries"]) or "certificates" in revocation,
    "message": lambda message: (message["mode"] == "drill") == (message["drill"] is not None) and (message["corrects"] is None or not message["corrections"]),
    "permit": lambda permit: permit["dayBand"]["fromMinute"] < permit["dayBand"]["toMinute"] and permit["notBefore"] < permit["notAfter"],
    "restriction": lambda one: differ(one["classes"]) and (one["kind"] == "posture" or "advisory" not in one["classes"]),
}


def fits(word, value):
    """Whether a value is what the contracts call by this word."""
    return SHAPES[word](value) and BEYOND.get(word, bool)(value)
