"""Readers that others wrote read the reports, and find the counts of the JSON report."""
import csv
import json
import pathlib
import sys

import junitparser
from prometheus_client import parser as classic
from prometheus_client.openmetrics import parser as openmetrics

folder = pathlib.Path(sys.argv[1])
report = json.loads((folder / "json.json").read_text())
want = {word: sum(f["verdict"] == word for f in report["findings"]) for word in ("fail", "unknown", "waived")}


def same(what, got):
    if got != want:
        sys.exit(f"{what}: {got}, and the JSON report has {want}")


suites = junitparser.JUnitXml.fromfile(str(folder / "junit.xml"))
kinds = [type(result).__name__ for suite in suites for case in suite for result in case.result]
same("JUnit", {"fail": kinds.count("Failure"), "unknown": kinds.count("Error"), "waived": kinds.count("Skipped")})

text = (folder / "openmetrics.om").read_text()
for name, families in [
    ("OpenMetrics", openmetrics.text_string_to_metric_families(text)),
    ("Prometheus", classic.text_string_to_metric_families(text)),
]:
    got = dict.fromkeys(want, 0)
    for family in families:
        for sample in family.samples:
            if sample.name == "sextant_findings":
                got[sample.labels["verdict"]] += int(sample.value)
    same(name, got)

with open(folder / "csv.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, strict=True))
same("CSV", {word: sum(row["verdict"] == word for row in rows) for word in want})

lines = [json.loads(line) for line in (folder / "ndjson.ndjson").read_text().splitlines()]
found = [line for line in lines if line["type"] == "finding"]
same("NDJSON", {word: sum(line["verdict"] == word for line in found) for word in want})
