"""Takes integrations apart for linters: `pieces.py FOLDER` writes the shell that is embedded in the
action and the GitLab template, and the examples of docs/ci.md, as files of their own."""
import pathlib
import re
import sys

import yaml

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)

action = yaml.safe_load(open("deploy/github-action/action.yml"))
for index, step in enumerate(action["runs"]["steps"]):
    if "run" in step:
        # The runner's own words come first; what env names is set.
        names = [*step.get("env", {}), "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ACTION_PATH", "RUNNER_TEMP"]
        head = "#!/bin/bash\nset -eo pipefail\n" + "".join(f': "${{{name}?}}"\n' for name in names)
        (out / f"action-{index}.bash").write_text(head + step["run"])

template = yaml.safe_load(open("deploy/gitlab/sextant.gitlab-ci.yml"))
head = "#!/bin/sh\nset -e\n" + "".join(f': "${{{name}?}}"\n' for name in template["variables"])
(out / "gitlab.sh").write_text(head + "\n".join(template[".sextant"]["script"]))

commit = "0123456789abcdef0123456789abcdef01234567"
for block in re.findall(r"^```yaml\n(.*?)^```", open("docs/ci.md").read(), re.M | re.S):
    block = block.replace("COMMIT", commit)
    keys = yaml.safe_load(block)
    if "jobs" in keys:
        (out / "workflow.yml").write_text(block)
        # Beside the action itself its inputs are held too.
        (out / "workflow-local.yml").write_text(re.sub(r"OWNER/sextant/(\S+)@\S+", r"./\1", block))
    elif "include" in keys:
        (out / "gitlab-example.yml").write_text(block)
    elif "repos" in keys:
        (out / "pre-commit-config.yaml").write_text(block)
    else:
        sys.exit(f"docs/ci.md has an example of nothing known: {sorted(keys)}")
