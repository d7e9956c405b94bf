# METADATA
# title: Extensions are installed and kept by automation
# description: >-
#   What was applied by hand cannot be built again, drifts unseen, and belongs to whoever is on
#   shift. A label that says Helm or a repository is only a claim: the release, the application or
#   the resource behind it must be there and say that it still manages.
# related_resources:
#   - https://opengitops.dev/
# custom:
#   id: EXT-002
#   severity: high
#   claim: presence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet]
#   optional: [argoproj.io/Application, kustomize.toolkit.fluxcd.io/Kustomization, helm.toolkit.fluxcd.io/HelmRelease, operators.coreos.com/ClusterServiceVersion, fleet.cattle.io/Bundle, configsync.gke.io/RootSync, configsync.gke.io/RepoSync]
#   rows: ownership
#   rules: extensions
#   controls: {nist-800-53: ["CM-2(2)", "CM-3", "CM-6(1)"], pci-4.0: ["6.5.1", "1.2.8"], iso-27001: ["A.8.9", "A.8.32"], mlps-3: ["8.1.10.8", "8.1.10.10"]}
#   remediation: >-
#     Let the platform's repository or a release manage the system: adopt its objects with an Argo CD
#     application, a Flux kustomization or the annotations that Helm asks for, and apply no change to
#     them by hand.
package sextant.extensions.owned_by_automation

violation contains {"ref": row.ref, "path": _name(owned.ref), "message": message, "evidence": evidence} if {
	some row in input.rows
	_own(row)
	some owned in row.workloads
	not _enough(owned)
	owned.may_be < _required
	message := sprintf("managed at level %v (%s), level %v is required: %s", [owned.level, owned.manager, _required, owned.reason])
	evidence := [claim.reason | some claim in owned.claims]
}

violation contains {"ref": row.ref, "path": _name(owned.ref), "message": message, "severity": "medium"} if {
	some row in input.rows
	_own(row)
	some owned in row.workloads
	some pair in owned.conflicts
	message := sprintf("held by two managers: %s", [pair])
}

unknown contains {"ref": row.ref, "path": _name(owned.ref), "message": message} if {
	some row in input.rows
	_own(row)
	some owned in row.workloads
	not _enough(owned)
	owned.may_be >= _required
	message := sprintf("who manages it cannot be told: %s", [owned.reason])
}

subject contains row.ref if {
	some row in input.rows
	_own(row)
}

_required := data.sx.rules.extensions.automation.required_level

# A provider's systems are the provider's to manage, a bundled one is judged with what carries it.
_own(row) if {
	_required > 0
	row.state in {"installed", "operator-only", "data-plane-only"}
}

# null sorts below every number: ask first.
_enough(owned) if {
	owned.level != null
	owned.level >= _required
}

# A pipeline that applies without a trace of its own is known by its declared field manager.
_enough(owned) if {
	owned.level == 0
	count(owned.field_managers) > 0
	every manager in owned.field_managers {
		manager in data.sx.rules.extensions.automation.allowed_managers
	}
}

_name(ref) := sprintf("%s %s/%s", [ref.kind, ref.namespace, ref.name])
