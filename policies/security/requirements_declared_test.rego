package sextant.security.requirements_declared_test

import data.sextant.security.requirements_declared as policy

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_messages(capabilities) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": [{"ref": _ref}]}
	with data.sx.rules.security as {"capabilities": capabilities, "known_capabilities": ["waf"]}
}

test_an_empty_set_fails if {
	_messages([]) == {"no security capability is required"}
	_messages([{"id": "waf", "required": false}]) == {"no security capability is required"}
}

test_unknown_capability if _messages([{"id": "wof", "required": true}]) == {"required capability wof is not a known one"}

test_declared if _messages([{"id": "waf", "required": true}]) == set()
