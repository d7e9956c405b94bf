"""Report objects against the schemas of their CRDs, strictly: unknown fields are refused."""
import json
import pathlib
import sys

import jsonschema
import yaml


def strict(schema):
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        # Kubernetes' own formats are no JSON Schema.
        for value in schema.values():
            strict(value)
    elif isinstance(schema, list):
        for value in schema:
            strict(value)
    return schema


schemas = {}
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    crd = yaml.safe_load(path.read_text())
    for version in crd["spec"]["versions"]:
        key = (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"])
        schema = strict(version["schema"]["openAPIV3Schema"])
        # The API server checks metadata by rules of its own.
        schema["properties"]["metadata"] = {"type": "object"}
        schemas.setdefault(key, []).append(schema)

for name in ("policyreport", "openreports"):
    items = json.loads((pathlib.Path(sys.argv[2]) / f"{name}.json").read_text())["items"]
    assert items
    keys = [(i["kind"], i["metadata"].get("namespace"), i["metadata"]["name"]) for i in items]
    assert len(set(keys)) == len(keys), "two objects of one name"
    for item in items:
        assert len(json.dumps(item)) < 1 << 20
        for schema in schemas[item["apiVersion"], item["kind"]]:
            for error in jsonschema.Draft202012Validator(schema).iter_errors(item):
                sys.exit(f"{name} {item['metadata']}: {error.json_path}: {error.message[:300]}")
