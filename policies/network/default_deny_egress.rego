# METADATA
# title: Every namespace denies egress by default, and something enforces it
# description: >-
#   Outgoing traffic is the way out for stolen data and the way in for instructions. An allow rule
#   restricts nothing until the namespace denies by default.
# custom:
#   id: NET-005
#   severity: high
#   claim: absence
#   requires: [core/Namespace, core/Pod, networking.k8s.io/NetworkPolicy, apps/DaemonSet]
#   optional: [cilium.io/CiliumNetworkPolicy, cilium.io/CiliumClusterwideNetworkPolicy, crd.projectcalico.org/NetworkPolicy, crd.projectcalico.org/GlobalNetworkPolicy, projectcalico.org/NetworkPolicy, projectcalico.org/GlobalNetworkPolicy, crd.antrea.io/NetworkPolicy, crd.antrea.io/ClusterNetworkPolicy, policy.networking.k8s.io/AdminNetworkPolicy, policy.networking.k8s.io/BaselineAdminNetworkPolicy, policy.networking.k8s.io/ClusterNetworkPolicy]
#   rows: namespaces
#   rules: network
#   controls: {cis-1.11: ["5.3.2"], nsa-1.2: ["network-policies"], nist-800-53: ["SC-7(5)", "AC-4"], iso-27001: ["A.8.20", "A.8.22"], pci-4.0: ["1.3.2"], attack: ["T1496"], mlps-3: ["8.1.3.2a", "8.1.3.1c"]}
#   remediation: >-
#     Apply a NetworkPolicy with an empty podSelector, policyTypes [Egress] and no rules to the
#     namespace, then allow what is needed. Allow DNS with it.
package sextant.network.default_deny_egress

violation contains {"ref": row.ref, "message": message, "severity": _severity(row), "evidence": _evidence(row)} if {
	some row in input.rows
	_in_scope(row)
	some message in _faults(row)
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	row.network.egress.verdict == "uncertain"
	row.network.enforced != "no"
	message := sprintf("policies that cannot be weighed may deny egress: %s", [concat(", ", row.network.egress.uncertain)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	row.network.egress.verdict == "denied"
	row.network.enforced == "unknown"
	message := sprintf("denied, but whether anything enforces it cannot be told: %s", [concat("; ", row.network.enforcement)])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	data.sx.rules.network.default_deny.egress == "required"
	not row.ref.name in data.sx.rules.network.exempt_namespaces
	not row.terminating
}

_faults(row) := {"no network policy denies egress by default"} if {
	row.network.egress.verdict == "open"
	count(row.network.egress.others) == 0
}

_faults(row) := {message} if {
	row.network.egress.verdict == "open"
	count(row.network.egress.others) > 0
	message := sprintf("no default deny of egress: %s", [concat("; ", row.network.egress.others)])
}

_faults(row) := {message} if {
	row.network.egress.verdict == "neutralised"
	message := sprintf("the default deny of egress is neutralised: %s denies, %s allows everything", [
		concat(", ", row.network.egress.denied_by),
		concat(", ", row.network.egress.opened_by),
	])
}

_faults(row) := {message} if {
	row.network.egress.verdict in {"denied", "uncertain"}
	row.network.enforced == "no"
	message := sprintf("egress is denied on paper and not enforced: %s", [concat("; ", row.network.enforcement)])
}

# A namespace without pods exposes nothing yet.
_severity(row) := "low" if row.pods == 0

_severity(row) := "high" if row.pods > 0

_evidence(row) := {"pods": row.pods, "denied_by": row.network.egress.denied_by, "opened_by": row.network.egress.opened_by}
