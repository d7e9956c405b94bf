package sextant.extensions.releases_clean_test

import data.sextant.extensions.releases_clean as policy

_row(more) := object.union(
	{
		"ref": {"group": "", "kind": "Secret", "namespace": "n", "name": "sh.helm.release.v1.r.v2"}, "kind": "helm", "name": "r", "state": "clean",
		"told": "deployed", "since": 9000, "suspended": false, "automatic": null,
	},
	more,
)

_norm := {"busy_for": "1h", "approval_within": "24h", "approval": "any", "suspended_allowed": true, "helm_required": false, "ignore": ["x/*"]}

_fails(row, more) := {f.message | some f in found} if {
	norm := object.union(_norm, more)
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.releases as norm
}

_unknowns(row) := {f.message | some f in found} if {
	norm := _norm
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.releases as norm
}

test_clean if _fails(_row({}), {}) == set()

test_broken if _fails(_row({"state": "broken", "told": "failed"}), {}) == {"Helm release r: failed"}

test_hanging if {
	_fails(_row({"state": "busy", "told": "pending-upgrade"}), {}) == {"Helm release r hangs: pending-upgrade"}
	_fails(_row({"state": "busy", "since": 60}), {}) == set()
}

test_waiting if {
	plan := {"kind": "install-plan", "state": "waits", "told": "nobody has approved it", "since": 90000}
	_fails(_row(plan), {}) == {"install plan r has waited for 25 hours: nobody has approved it"}
}

test_approval if {
	own := {"kind": "subscription", "automatic": true}
	_fails(_row(own), {}) == set()
	_fails(_row(own), {"approval": "manual"}) == {"subscription r takes upgrades without anybody's approval"}
}

test_suspended if {
	_fails(_row({"suspended": true}), {}) == set()
	_fails(_row({"suspended": true}), {"suspended_allowed": false}) == {"Helm release r is suspended"}
}

test_not_known if {
	_unknowns(_row({"state": "unknown"})) == {"Helm release r has no status that is known here"}
	_unknowns(_row({"state": "busy", "since": null, "told": "pending-install"})) == {"nothing says for how long Helm release r has been so: pending-install"}
}

test_who_is_judged if {
	norm := _norm
	row := _row({})
	subjects := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.releases as norm
	count(subjects) == 1
	elsewhere := object.union(row, {"ref": {"namespace": "x"}})
	nobody := policy.subject with input as {"rows": [elsewhere]} with data.sx.rules.extensions.releases as norm
	nobody == set()
}

test_records_that_were_not_read if {
	_unknowns(_row({"state": "unread", "told": "forbidden"})) == {"Helm's records were not read: forbidden"}
	_unknowns(_row({"state": "unasked"})) == set()
	norm := object.union(_norm, {"helm_required": true})
	row := _row({"state": "unasked", "told": "not asked"})
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.releases as norm
	{f.message | some f in found} == {"Helm's records were not read: not asked"}
}
