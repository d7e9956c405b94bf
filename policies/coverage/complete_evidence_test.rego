package sextant.coverage.complete_evidence_test

import data.sextant.coverage.complete_evidence as policy

_row(name, state, reason) := {
	"ref": {"group": "", "kind": "Coverage", "namespace": "", "name": name},
	"what": "kind", "state": state, "reason": reason, "objects": 0, "by_nature": false,
}

test_unread_kinds_are_unknown if {
	secret := _row("core/Secret", "forbidden", "secrets is forbidden")
	node := _row("core/Node", "timeout", "")
	policy.unknown == {
		{"ref": secret.ref, "message": "not read completely (forbidden): secrets is forbidden"},
		{"ref": node.ref, "message": "not read completely (timeout)"},
	} with input as {"rows": [secret, node, _row("core/Pod", "complete", ""), _row("x.io/Y", "absent", "")]}
}

test_manifests_are_incomplete_by_nature if {
	row := object.union(_row("core/Pod", "partial", ""), {"by_nature": true})
	policy.unknown == set() with input as {"rows": [row]}
	policy.subject == set() with input as {"rows": [row]}
}

test_what_was_read_is_a_subject if {
	row := _row("core/Pod", "complete", "")
	policy.subject == {row.ref} with input as {"rows": [row]}
}
