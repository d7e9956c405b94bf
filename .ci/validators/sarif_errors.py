"""Fails on what the SARIF multitool calls an error; it ends with 0 itself."""
import json
import sys

runs = json.load(open(sys.argv[1], encoding="utf-8-sig"))["runs"]
results = [result for run in runs for result in run.get("results", [])]
for run in runs:
    for call in run.get("invocations", []):
        if not call.get("executionSuccessful", True):
            sys.exit(f"it did not run: {call}")
errors = [result for result in results if result.get("level", "warning") == "error"]
for error in errors[:10]:
    print(error["ruleId"], json.dumps(error["message"])[:500])
sys.exit(bool(errors))
