package sextant.coverage.waivers_governed_test

import data.sextant.coverage.waivers_governed as policy

_ref := {"group": "sextant", "kind": "Waiver", "namespace": "", "name": "W-1"}

_row(with_these) := object.union({
	"ref": _ref, "id": "W-1", "owner": "a", "approver": "", "ticket": "", "expires": "2026-12-31",
	"days_left": 30, "days_in_all": null, "state": "active", "matched": 2, "worst": "high",
	"unknown_policies": [], "wide": [],
}, with_these)

_norms(with_these) := object.union({
	"max_days": 366, "warn_days": 0, "allow_wide": false, "require_approver": false,
	"require_ticket": false, "forbid_severities": [], "tell_unused": true,
}, with_these)

_said(path, message) := {"ref": _ref, "path": path, "message": message}

test_a_good_waiver_is_silent if {
	row := _row({})
	norms := _norms({})
	policy.violation == set() with input as {"rows": [row]} with data.sx.rules.coverage.waivers as norms
}

test_an_expired_one_covers_nothing if {
	row := _row({"state": "expired", "days_left": -3})
	norms := _norms({"warn_days": 10})
	wanted := _said("expires", "expired on 2026-12-31; 2 violations that it covered count again")
	policy.violation == {wanted} with input as {"rows": [row]} with data.sx.rules.coverage.waivers as norms
}

test_one_that_ends_soon_is_told if {
	row := _row({})
	norms := _norms({"warn_days": 30})
	wanted := object.union(_said("expires", "ends in 30 days, on 2026-12-31"), {"severity": "low"})
	policy.violation == {wanted} with input as {"rows": [row]} with data.sx.rules.coverage.waivers as norms
}

test_a_life_is_not_too_long if {
	left := _row({"days_left": 400})
	all := _row({"days_in_all": 500})
	young := _row({"days_left": null})
	norms := _norms({})
	policy.violation == {_said("expires", "holds for 400 days, more than 366")} with input as {"rows": [left]} with data.sx.rules.coverage.waivers as norms
	policy.violation == {_said("expires", "holds for 500 days, more than 366")} with input as {"rows": [all]} with data.sx.rules.coverage.waivers as norms
	policy.violation == set() with input as {"rows": [young]} with data.sx.rules.coverage.waivers as norms
}

test_unknown_wide_and_unused if {
	row := _row({"unknown_policies": ["NET-999"], "wide": ["every object"], "state": "unused"})
	norms := _norms({})
	wanted := {
		_said("policies", "names policy NET-999, which does not exist"),
		_said("match", "covers every object"),
	}
	policy.violation == wanted with input as {"rows": [row]} with data.sx.rules.coverage.waivers as norms
	unused := _row({"state": "unused"})
	lonely := object.union(_said("match", "matches no violation"), {"severity": "low"})
	policy.violation == {lonely} with input as {"rows": [unused]} with data.sx.rules.coverage.waivers as norms
}

test_who_agreed_and_where if {
	row := _row({"approver": "a"})
	norms := _norms({"require_approver": true, "require_ticket": true, "forbid_severities": ["high"]})
	wanted := {
		_said("approver", "nobody but its owner has agreed"),
		_said("ticket", "does not name where it was decided"),
		_said("policies", "covers a high violation, which nobody may waive"),
	}
	policy.violation == wanted with input as {"rows": [row]} with data.sx.rules.coverage.waivers as norms
}
