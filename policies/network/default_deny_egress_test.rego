package sextant.network.default_deny_egress_test

import data.sextant.network.default_deny_egress as policy

_row(name, pods, enforced, isolation) := {
	"ref": {"group": "", "kind": "Namespace", "namespace": "", "name": name},
	"terminating": false, "pods": pods,
	"network": {"enforced": enforced, "enforcement": ["flannel: no"], "egress": object.union(
		{"denied_by": [], "opened_by": [], "others": [], "uncertain": []},
		isolation,
	)},
}

_rules := {"default_deny": {"egress": "required"}, "exempt_namespaces": ["kube-system"]}

_messages(row) := result if {
	result := {[answer.message, answer.severity] | some answer in policy.violation} with input as {"rows": [row]}
	with data.sx.rules.network as _rules
}

test_open if {
	_messages(_row("a", 1, "yes", {"verdict": "open"})) == {["no network policy denies egress by default", "high"]}
	_messages(_row("a", 0, "yes", {"verdict": "open", "others": ["NetworkPolicy x selects only y"]})) == {[
		"no default deny of egress: NetworkPolicy x selects only y", "low",
	]}
}

test_neutralised if {
	_messages(_row("a", 1, "yes", {"verdict": "neutralised", "denied_by": ["d"], "opened_by": ["o"]})) == {[
		"the default deny of egress is neutralised: d denies, o allows everything", "high",
	]}
}

test_not_enforced if {
	_messages(_row("a", 1, "no", {"verdict": "denied"})) == {["egress is denied on paper and not enforced: flannel: no", "high"]}
}

test_denied if _messages(_row("a", 1, "yes", {"verdict": "denied"})) == set()

test_unknown if {
	not_told := _row("a", 1, "unknown", {"verdict": "denied"})
	policy.unknown == {{"ref": not_told.ref, "message": "denied, but whether anything enforces it cannot be told: flannel: no"}} with input as {"rows": [not_told]}
		with data.sx.rules.network as _rules
	uncertain := _row("a", 1, "yes", {"verdict": "uncertain", "uncertain": ["AdminNetworkPolicy x"]})
	policy.unknown == {{"ref": uncertain.ref, "message": "policies that cannot be weighed may deny egress: AdminNetworkPolicy x"}} with input as {"rows": [uncertain]}
		with data.sx.rules.network as _rules
}

test_scope if {
	rows := [_row("kube-system", 1, "yes", {"verdict": "open"}), object.union(_row("b", 1, "yes", {"verdict": "open"}), {"terminating": true})]
	policy.subject == set() with input as {"rows": rows} with data.sx.rules.network as _rules
	policy.violation == set() with input as {"rows": rows} with data.sx.rules.network as object.union(_rules, {"default_deny": {"egress": "off"}})
}
