package sextant.registry.publishers_do_not_deploy_test

import data.sextant.registry.publishers_do_not_deploy as policy

_row(changes) := object.union({"ref": {"group": "", "kind": "Registry", "namespace": "", "name": "r"}, "publishers": [{"kind": "robot", "name": "ci"}], "admins": [{"principal": {"kind": "user", "name": "root"}}], "lacks": {}}, changes)

_deployer(who, namespace) := {"who": who, "namespace": namespace, "via": "RoleBinding b", "unread": ""}

_norm := {"separation_of_duties": [["publish", "deploy_prod"]], "production_namespaces": ["*-prod"], "principals": {"ci": {"robots": ["ci"], "service_accounts": ["ci/pipeline"]}, "root": {"users": ["root", "root@bank"]}}}

_says(deployers, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": [_row({})]} with data.sx.rules.registry as object.union(_norm, rules) with data.sx.inventory.deployers as deployers
}

_doubts(row, deployers) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": [row]} with data.sx.rules.registry as _norm with data.sx.inventory.deployers as deployers
}

_subjects(rules) := result if {
	result := count(policy.subject) with input as {"rows": [_row({})]} with data.sx.rules.registry as object.union(_norm, rules)
}

_pipeline := "service-account:ci/pipeline"

_told := {"robot:ci publishes and deploys to production, by RoleBinding b"}

test_one_holds_both if {
	_says([], {}) == set()
	_says([_deployer(_pipeline, "shop-prod")], {}) == _told
	_says([_deployer(_pipeline, "")], {}) == _told
	_says([_deployer("robot:ci", "shop-prod")], {}) == _told
	_says([_deployer(_pipeline, "shop-test")], {}) == set()
	_says([_deployer("service-account:ci/other", "shop-prod")], {}) == set()
	_says([_deployer("user:root@bank", "shop-prod")], {}) == set()
}

test_administrators if {
	duties := {"separation_of_duties": [["deploy_prod", "registry_admin"]]}
	_says([_deployer("user:root@bank", "shop-prod")], duties) == {"user:root administers the registry and deploys to production, by RoleBinding b"}
	_says([_deployer(_pipeline, "shop-prod")], duties) == set()
}

test_what_was_not_read if {
	_doubts(_row({}), []) == set()
	_doubts(_row({"lacks": {"grants": "forbidden"}}), []) == {"who publishes cannot be told: forbidden"}
	_doubts(_row({"lacks": {"admins": "forbidden"}}), []) == set()
	_doubts(_row({}), [object.union(_deployer("", ""), {"unread": "x cannot be read"})]) == {"who deploys to production cannot be told: x cannot be read"}
}

test_subjects if {
	_subjects({}) == 1
	_subjects({"production_namespaces": []}) == 0
	_subjects({"separation_of_duties": [["publish", "registry_admin"]]}) == 0
}
