# METADATA
# title: Releases are in a clean state
# description: >-
#   A release that failed, or hangs in an upgrade, blocks the next one: automation is there and does
#   nothing, until somebody needs it.
# custom:
#   id: EXT-017
#   severity: medium
#   claim: presence
#   requires: [core/ConfigMap]
#   optional:
#     - argoproj.io/Application
#     - fleet.cattle.io/Bundle
#     - helm.toolkit.fluxcd.io/HelmRelease
#     - kustomize.toolkit.fluxcd.io/Kustomization
#     - operators.coreos.com/CatalogSource
#     - operators.coreos.com/ClusterServiceVersion
#     - operators.coreos.com/InstallPlan
#     - operators.coreos.com/Subscription
#   rows: releases
#   rules: extensions
#   controls: {nist-800-53: [CM-3], pci-4.0: ["6.5.1"], iso-27001: [A.8.32], mlps-3: [8.1.10.10]}
#   remediation: >-
#     Roll the release back or repair it, approve the plan that waits, and let suspended ones go on.
package sextant.extensions.releases_clean

import data.sextant.lib.names
import data.sextant.lib.storage

violation contains {"ref": row.ref, "message": message, "path": "status"} if {
	some row in input.rows
	_judged(row)
	row.state == "broken"
	message := sprintf("%s %s: %s", [_words[row.kind], row.name, row.told])
}

violation contains {"ref": row.ref, "message": message, "path": "status"} if {
	some row in input.rows
	_judged(row)
	row.state == "busy"
	row.since > storage.seconds(_rules.busy_for)
	message := sprintf("%s %s hangs: %s", [_words[row.kind], row.name, row.told])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.approved"} if {
	some row in input.rows
	_judged(row)
	row.state == "waits"
	row.since > storage.seconds(_rules.approval_within)
	message := sprintf("%s %s has waited for %d hours: %s", [_words[row.kind], row.name, floor(row.since / 3600), row.told])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.installPlanApproval"} if {
	some row in input.rows
	_judged(row)
	_rules.approval == "manual"
	row.automatic == true
	message := sprintf("%s %s takes upgrades without anybody's approval", [_words[row.kind], row.name])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.suspend", "severity": "low"} if {
	some row in input.rows
	_judged(row)
	not _rules.suspended_allowed
	row.suspended
	message := sprintf("%s %s is suspended", [_words[row.kind], row.name])
}

unknown contains {"ref": row.ref, "message": message, "path": "status"} if {
	some row in input.rows
	_judged(row)
	row.state == "unknown"
	message := sprintf("%s %s has no status that is known here", [_words[row.kind], row.name])
}

unknown contains {"ref": row.ref, "message": message, "path": "clock"} if {
	some row in input.rows
	_judged(row)
	row.state in {"busy", "waits"}
	not is_number(row.since)
	message := sprintf("nothing says for how long %s %s has been so: %s", [_words[row.kind], row.name, row.told])
}

unknown contains {"ref": row.ref, "message": message, "path": "helm"} if {
	some row in input.rows
	_unseen(row)
	message := sprintf("Helm's records were not read: %s", [row.told])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.extensions.releases

_words := {
	"helm": "Helm release", "helm-release": "HelmRelease", "kustomization": "Kustomization", "application": "application", "bundle": "bundle",
	"operator-version": "operator version", "subscription": "subscription", "install-plan": "install plan", "catalog-source": "catalogue of operators",
}

_unseen(row) if row.state == "unread"

_unseen(row) if {
	row.state == "unasked"
	_rules.helm_required
}

_judged(row) if {
	not row.state in {"unread", "unasked"}
	not names.matches(_rules.ignore, sprintf("%s/%s", [row.ref.namespace, row.name]))
}
