# METADATA
# title: Every namespace denies ingress by default, and something enforces it
# description: >-
#   Without a default deny, every pod of the cluster may talk to every pod of the namespace, and
#   an allow rule restricts nothing. That some policy exists is no control; a default deny is.
# custom:
#   id: NET-004
#   severity: high
#   claim: absence
#   requires: [core/Namespace, core/Pod, networking.k8s.io/NetworkPolicy, apps/DaemonSet]
#   optional: [cilium.io/CiliumNetworkPolicy, cilium.io/CiliumClusterwideNetworkPolicy, crd.projectcalico.org/NetworkPolicy, crd.projectcalico.org/GlobalNetworkPolicy, projectcalico.org/NetworkPolicy, projectcalico.org/GlobalNetworkPolicy, crd.antrea.io/NetworkPolicy, crd.antrea.io/ClusterNetworkPolicy, policy.networking.k8s.io/AdminNetworkPolicy, policy.networking.k8s.io/BaselineAdminNetworkPolicy, policy.networking.k8s.io/ClusterNetworkPolicy]
#   rows: namespaces
#   rules: network
#   controls: {cis-1.11: ["5.3.2"], nsa-1.2: ["network-policies"], nist-800-53: ["SC-7(5)", "AC-4"], iso-27001: ["A.8.20", "A.8.22"], pci-4.0: ["1.2.1", "1.3.1", "7.3.3"], attack: ["T1046"], mlps-3: ["8.1.3.2a", "8.2.3.1a", "8.2.4.2b"]}
#   remediation: >-
#     Apply a NetworkPolicy with an empty podSelector, policyTypes [Ingress] and no rules to the
#     namespace, then allow what is needed.
package sextant.network.default_deny_ingress

violation contains {"ref": row.ref, "message": message, "severity": _severity(row), "evidence": _evidence(row)} if {
	some row in input.rows
	_in_scope(row)
	some message in _faults(row)
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	row.network.ingress.verdict == "uncertain"
	row.network.enforced != "no"
	message := sprintf("policies that cannot be weighed may deny ingress: %s", [concat(", ", row.network.ingress.uncertain)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	row.network.ingress.verdict == "denied"
	row.network.enforced == "unknown"
	message := sprintf("denied, but whether anything enforces it cannot be told: %s", [concat("; ", row.network.enforcement)])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	data.sx.rules.network.default_deny.ingress == "required"
	not row.ref.name in data.sx.rules.network.exempt_namespaces
	not row.terminating
}

_faults(row) := {"no network policy denies ingress by default"} if {
	row.network.ingress.verdict == "open"
	count(row.network.ingress.others) == 0
}

_faults(row) := {message} if {
	row.network.ingress.verdict == "open"
	count(row.network.ingress.others) > 0
	message := sprintf("no default deny of ingress: %s", [concat("; ", row.network.ingress.others)])
}

_faults(row) := {message} if {
	row.network.ingress.verdict == "neutralised"
	message := sprintf("the default deny of ingress is neutralised: %s denies, %s allows everything", [
		concat(", ", row.network.ingress.denied_by),
		concat(", ", row.network.ingress.opened_by),
	])
}

_faults(row) := {message} if {
	row.network.ingress.verdict in {"denied", "uncertain"}
	row.network.enforced == "no"
	message := sprintf("ingress is denied on paper and not enforced: %s", [concat("; ", row.network.enforcement)])
}

# A namespace without pods exposes nothing yet.
_severity(row) := "low" if row.pods == 0

_severity(row) := "high" if row.pods > 0

_evidence(row) := {"pods": row.pods, "denied_by": row.network.ingress.denied_by, "opened_by": row.network.ingress.opened_by}
