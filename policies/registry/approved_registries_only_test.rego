package sextant.registry.approved_registries_only_test

import data.sextant.registry.approved_registries_only as policy

_row(registry, repository) := {
	"ref": {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "a"},
	"path": "spec.containers[name=c].image", "image": "i", "registry": registry, "repository": repository,
}

_rules := {"allow": [{"host": "harbor.bank.example", "paths": ["payments/**"]}, {"host": "quay.io"}], "exempt_namespaces": ["kube-system"]}

_messages(row) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": [row]} with data.sx.rules.registry as _rules
}

test_look_alikes if {
	_messages(_row("harbor.bank.example.evil.io", "payments/a")) == {"image comes from harbor.bank.example.evil.io, which is not approved"}
	_messages(_row("harbor.bank.example", "payments-evil/a")) == {"image comes from harbor.bank.example, which is not approved"}
}

test_allowed if {
	_messages(_row("harbor.bank.example", "payments/a")) == set()
	_messages(_row("quay.io", "any/thing")) == set()
}

test_scope if {
	row := _row("docker.io", "library/nginx")
	policy.subject == {row.ref} with input as {"rows": [row]} with data.sx.rules.registry as _rules
	policy.subject == set() with input as {"rows": [row]} with data.sx.rules.registry as {"allow": [], "exempt_namespaces": []}
	policy.subject == set() with input as {"rows": [object.union(row, {"ref": {"namespace": "kube-system"}})]} with data.sx.rules.registry as _rules
}
