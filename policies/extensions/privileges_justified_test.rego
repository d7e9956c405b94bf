package sextant.extensions.privileges_justified_test

import data.sextant.extensions.privileges_justified as policy

_row(known, unjustified) := {
	"ref": {"group": "apps", "kind": "Deployment", "namespace": "n", "name": "d"}, "systems": {"x": "installed"},
	"privileges": unjustified, "unjustified": unjustified, "known": known,
}

_norm := {"report": true, "allowed": {"x": ["hostPath:/data/**"]}}

_fails(row) := {[f.severity, f.message] | some f in found} if {
	norm := _norm
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.privileges as norm
}

test_more_than_the_vendor_asks_for if {
	_fails(_row(true, ["hostNetwork"])) == {["medium", "x asks for more of its node than its vendor's manifests do: hostNetwork"]}
	_fails(_row(true, ["privileged", "hostPath:/data/x"])) == {["high", "x asks for more of its node than its vendor's manifests do: privileged"]}
	_fails(_row(true, [])) == set()
	_fails(_row(false, ["privileged"])) == set()
}

test_nobody_says_what_it_needs if {
	norm := _norm
	row := _row(false, ["hostPID"])
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.privileges as norm
	{f.message | some f in found} == {"the catalogue does not say what x needs, and it asks for hostPID"}
}

test_who_is_judged if {
	norm := _norm
	row := _row(true, [])
	subjects := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.privileges as norm
	count(subjects) == 1
	nobody := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.privileges as {"report": false}
	nobody == set()
}
