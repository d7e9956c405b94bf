# METADATA
# title: Nobody changed by hand what automation keeps
# description: >-
#   A repair by hand vanishes with the next synchronisation, or stays for ever and nobody knows; both
#   are found out when it is needed most.
# custom:
#   id: EXT-003
#   severity: medium
#   claim: presence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet]
#   optional: [argoproj.io/Application, kustomize.toolkit.fluxcd.io/Kustomization, helm.toolkit.fluxcd.io/HelmRelease, operators.coreos.com/ClusterServiceVersion, fleet.cattle.io/Bundle, configsync.gke.io/RootSync, configsync.gke.io/RepoSync]
#   rows: extension_drift
#   rules: extensions
#   controls: {nist-800-53: ["CM-3", "CM-6(2)"], pci-4.0: ["6.5.1"], iso-27001: ["A.8.32"], mlps-3: ["8.1.10.10"]}
#   remediation: >-
#     Write the change into the repository or the release's values, or take it back.
package sextant.extensions.no_drift

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": edit.by, "evidence": paths} if {
	some row in input.rows
	_judged(row)
	row.level >= 2
	some edit in row.edits
	edit.after == "yes"
	paths := _paths(edit)
	count(paths) > 0
	message := sprintf("%s changed %s after %s had applied it%s", [edit.by, names.listed(paths), row.manager, _ago(edit)])
}

unknown contains {"ref": row.ref, "message": message, "path": edit.by} if {
	some row in input.rows
	_judged(row)
	row.level >= 2
	some edit in row.edits
	edit.after == "unknown"
	count(_paths(edit)) > 0
	message := sprintf("%s changed %s, and nothing says whether before or after %s applied it", [edit.by, names.listed(_paths(edit)), row.manager])
}

unknown contains {"ref": row.ref, "message": "its field managers were stripped from the source", "path": "metadata.managedFields"} if {
	some row in input.rows
	_judged(row)
	row.may_be >= 2
	row.stripped
}

unknown contains {"ref": row.ref, "message": "who manages it is not known, and hands have written to it", "path": "level"} if {
	some row in input.rows
	_judged(row)
	not is_number(row.level)
	row.may_be >= 2
	some edit in row.edits
	count(_paths(edit)) > 0
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
	row.may_be >= 2
}

_rules := data.sx.rules.extensions.change

# What nobody manages cannot drift: that nobody does is another finding.
_judged(_) if _rules.report

_paths(edit) := [path | some path in edit.paths; not names.matches(_rules.ignore_paths, path)] if not edit.by in _rules.allowed_managers

_paths(edit) := [] if edit.by in _rules.allowed_managers

_ago(edit) := sprintf(", %d days ago", [floor(edit.age / 86400)]) if is_number(edit.age)

_ago(edit) := "" if not is_number(edit.age)
