# METADATA
# title: Waivers are owned, justified, narrow and unexpired
# description: >-
#   Waivers are how governance dies quietly: one that covers everything, one that nobody agreed to,
#   one whose day has passed and one that excuses what no longer exists all look alike in a count.
# custom:
#   id: COV-004
#   severity: medium
#   claim: presence
#   rows: waivers
#   rules: coverage
#   controls: {nist-800-53: [CA-7, CM-3], pci-4.0: ["12.3.1", "6.5.1"], iso-27001: [A.5.36, A.8.32], mlps-3: [8.1.10.10]}
#   remediation: >-
#     Mend the cause and take the waiver out, or have it agreed again with a day on which it ends and
#     with the objects that it is about.
package sextant.coverage.waivers_governed

violation contains {"ref": row.ref, "path": "expires", "message": message} if {
	some row in input.rows
	row.state == "expired"
	message := sprintf("expired on %s; %d violations that it covered count again", [row.expires, row.matched])
}

violation contains {"ref": row.ref, "path": "expires", "message": message, "severity": "low"} if {
	some row in input.rows
	row.state != "expired"
	row.days_left <= _rules.warn_days
	_rules.warn_days > 0
	message := sprintf("ends in %d days, on %s", [row.days_left, row.expires])
}

violation contains {"ref": row.ref, "path": "expires", "message": message} if {
	some row in input.rows
	row.state != "expired"
	_rules.max_days > 0
	days := _life(row)
	days > _rules.max_days
	message := sprintf("holds for %d days, more than %d", [days, _rules.max_days])
}

violation contains {"ref": row.ref, "path": "policies", "message": message} if {
	some row in input.rows
	some id in row.unknown_policies
	message := sprintf("names policy %s, which does not exist", [id])
}

violation contains {"ref": row.ref, "path": "match", "message": message} if {
	some row in input.rows
	not _rules.allow_wide
	some what in row.wide
	message := sprintf("covers %s", [what])
}

violation contains {"ref": row.ref, "path": "match", "message": "matches no violation", "severity": "low"} if {
	some row in input.rows
	_rules.tell_unused
	row.state == "unused"
	count(row.unknown_policies) == 0
}

violation contains {"ref": row.ref, "path": "approver", "message": "nobody but its owner has agreed"} if {
	some row in input.rows
	_rules.require_approver
	row.approver in {"", row.owner}
}

violation contains {"ref": row.ref, "path": "ticket", "message": "does not name where it was decided"} if {
	some row in input.rows
	_rules.require_ticket
	row.ticket == ""
}

violation contains {"ref": row.ref, "path": "policies", "message": message} if {
	some row in input.rows
	row.state == "active"
	some severity in _rules.forbid_severities
	row.worst == severity
	message := sprintf("covers a %s violation, which nobody may waive", [severity])
}

_life(row) := row.days_in_all if row.days_in_all != null

_life(row) := row.days_left if {
	row.days_in_all == null
	row.days_left != null
}

_rules := data.sx.rules.coverage.waivers
