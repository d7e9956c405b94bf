package sextant.extensions.owners_named_test

import data.sextant.extensions.owners_named as policy

_row(keys) := {
	"ref": {"group": "", "kind": "Extension", "namespace": "", "name": "x"}, "id": "x", "name": "X", "state": "installed", "namespace": "home",
	"keys": keys,
}

_norm := {"required": [{"name": "owner", "keys": ["owner", "team"]}, {"name": "runbook", "keys": ["*/runbook"]}]}

test_nobody_is_named if {
	norm := _norm
	row := _row(["team"])
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.metadata as norm
	{f.message | some f in found} == {"nothing in namespace home says: runbook"}
	silent := _row(["owner", "a.example/runbook"])
	none := policy.violation with input as {"rows": [silent]} with data.sx.rules.extensions.metadata as norm
	none == set()
}

test_who_is_judged if {
	norm := _norm
	row := _row([])
	subjects := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.metadata as norm
	count(subjects) == 1
	nobody := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.metadata as {"required": []}
	nobody == set()
}
