"""Each event against the OCSF schema of its class, offline."""
import json
import sys

import jsonschema
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.5.0")).get_class_schema(class_name="compliance_finding")
validator = jsonschema.validators.validator_for(schema)(schema)
# Thousands of events of one making: all classes of them, not every one.
seen = 0
for number, line in enumerate(open(sys.argv[1], encoding="utf-8")):
    event = json.loads(line)
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    if number < 200:
        for error in validator.iter_errors(event):
            sys.exit(f"event {number}: {error.json_path}: {error.message[:500]}")
        seen += 1
print(seen, "events")
