# METADATA
# title: Versions of extensions are approved, and somebody still maintains them
# description: >-
#   A system that nobody repairs any more keeps every hole that is found in it: ingress-nginx has
#   been without fixes since March 2026, Weave Net and StorageOS for longer. The dates are the
#   catalogue's, and each finding says how old they are.
# related_resources:
#   - https://endoflife.date/
# custom:
#   id: EXT-004
#   severity: high
#   claim: presence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Pod, apiextensions.k8s.io/CustomResourceDefinition]
#   optional: [operators.coreos.com/ClusterServiceVersion]
#   rows: extension_versions
#   rules: extensions
#   controls: {nsa-1.2: [upgrading-and-application-security-practices], nist-800-190: ["4.3.5", "4.4.1"], nist-800-53: [SA-22, SI-2], pci-4.0: ["6.3.3", "12.3.4"], iso-27001: [A.8.8], attack: [T1190, T1068], mlps-3: [8.1.4.4e, 8.1.10.5]}
#   remediation: >-
#     Upgrade to a line that is maintained, or move to a product that is; where a vendor supports
#     the version by contract, write its day under versions.supported_until.
package sextant.extensions.supported_versions

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": "lifecycle", "evidence": row.lifecycle} if {
	some row in input.rows
	_judged(row)
	not _contract(row)
	_is_over(row)
	message := sprintf("%s is %s%s", [row.name, _status(row), _told(row)])
}

violation contains {"ref": row.ref, "message": message, "path": "lifecycle", "severity": "medium", "evidence": row.lifecycle} if {
	some row in input.rows
	_judged(row)
	not _contract(row)
	not _is_over(row)
	_soon(row.lifecycle.eol_days)
	message := sprintf("%s is maintained until %s only%s", [row.name, row.lifecycle.eol, _told(row)])
}

violation contains {"ref": row.ref, "message": message, "path": one.version, "evidence": {"running": one, "lifecycle": row.lifecycle}} if {
	some row in input.rows
	_judged(row)
	not _contract(row)
	not _is_over(row)
	some one in row.running
	one.place in {"listed", "older"}
	is_number(one.end_days)
	one.end_days < 0
	message := sprintf("%s %s%s: %s ended on %s%s", [row.name, one.version, _where(one), _line(one), one.end, _told(row)])
}

violation contains {"ref": row.ref, "message": message, "path": one.version, "severity": "medium", "evidence": {"running": one, "lifecycle": row.lifecycle}} if {
	some row in input.rows
	_judged(row)
	not _contract(row)
	not _is_over(row)
	some one in row.running
	one.place == "listed"
	_soon(one.end_days)
	message := sprintf("%s %s%s: maintenance of line %s ends on %s%s", [row.name, one.version, _where(one), one.line, one.end, _told(row)])
}

# A contract that is over.
violation contains {"ref": row.ref, "message": message, "path": "contract"} if {
	some row in input.rows
	_judged(row)
	until := _rules.supported_until[row.id]
	_past(until)
	message := sprintf("support of %s by contract ended on %s", [row.name, until])
}

violation contains {"ref": row.ref, "message": message, "path": one.version, "evidence": one} if {
	some row in input.rows
	_judged(row)
	some one in row.running
	count(one.numbers) > 0
	bounds := _rules.approved[row.id]
	not _within(one.numbers, bounds)
	message := sprintf("%s %s%s is not within the approved versions (%s)", [row.name, one.version, _where(one), _bounds(bounds)])
}

unknown contains {"ref": row.ref, "message": message, "path": "version"} if {
	some row in input.rows
	_judged(row)
	_needs_version(row)
	some one in row.running
	count(one.numbers) == 0
	message := sprintf("its version is not known%s: %s", [_where(one), one.source])
}

unknown contains {"ref": row.ref, "message": message, "path": one.version} if {
	some row in input.rows
	_dated(row)
	some one in row.running
	one.place in {"newer", "between", "older"}
	not is_string(one.end)
	message := sprintf("the catalogue knows no line for version %s%s", [one.version, _told(row)])
}

unknown contains {"ref": row.ref, "message": message, "path": "catalogue"} if {
	some row in input.rows
	_dated(row)
	_rules.max_catalog_age_days > 0
	row.lifecycle.age_days > _rules.max_catalog_age_days
	message := sprintf("what the catalogue says of its maintenance is of %s, %d days before the snapshot", [row.lifecycle.as_of, row.lifecycle.age_days])
}

unknown contains {"ref": row.ref, "message": "the source has no clock to hold the dates of its maintenance against", "path": "clock"} if {
	some row in input.rows
	_judged(row)
	_is_dated(row)
	not _has_clock
}

unknown contains {"ref": row.ref, "message": message, "path": "lifecycle"} if {
	some row in input.rows
	_judged(row)
	_rules.known_required
	not is_object(row.lifecycle)
	not _contract(row)
	message := sprintf("the catalogue does not say until when %s is maintained", [row.name])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
	_asked(row)
}

_rules := data.sx.rules.extensions.versions

# A provider's versions are the provider's, what is carried along is upgraded with what carries it.
_judged(row) if row.state in {"installed", "operator-only", "data-plane-only"}

_asked(row) if is_object(row.lifecycle)

_asked(row) if _rules.known_required

_asked(row) if _rules.approved[row.id]

_asked(row) if _rules.supported_until[row.id]

_is_dated(row) if is_object(row.lifecycle)

_is_dated(row) if _rules.supported_until[row.id]

# It depends on the catalogue alone, and nothing is proven against it yet.
_dated(row) if {
	_judged(row)
	is_object(row.lifecycle)
	not _contract(row)
	not _is_over(row)
}

_has_clock if is_number(time.parse_rfc3339_ns(object.get(data.sx.snapshot, "time", "")))

# The day after the last one has begun.
_past(day) if time.parse_rfc3339_ns(data.sx.snapshot.time) >= time.parse_rfc3339_ns(sprintf("%sT00:00:00Z", [day])) + 86400000000000

_contract(row) if _rules.supported_until[row.id]

_is_over(row) if {
	row.lifecycle.status in _rules.over
	not _not_yet(row)
}

_is_over(row) if {
	is_number(row.lifecycle.eol_days)
	row.lifecycle.eol_days < 0
}

# Its end is announced.
_not_yet(row) if {
	is_number(row.lifecycle.eol_days)
	row.lifecycle.eol_days >= 0
}

_status(row) := row.lifecycle.status if row.lifecycle.status in _rules.over

_status(row) := sprintf("over since %s", [row.lifecycle.eol]) if not row.lifecycle.status in _rules.over

_soon(days) if {
	is_number(days)
	days >= 0
	days <= _rules.eol_warn_days
}

_needs_version(row) if {
	row.lifecycle.has_lines
	not _contract(row)
	not _is_over(row)
}

_needs_version(row) if _rules.approved[row.id]

_within(own, bounds) if {
	names.at_least(own, object.get(bounds, "min", "0"))
	_below(own, bounds)
}

_below(own, bounds) if names.at_most(own, bounds.max)

_below(_, bounds) if not bounds.max

_bounds(bounds) := concat(" to ", [concat("", ["from ", object.get(bounds, "min", "0")]), object.get(bounds, "max", "any")])

_line(one) := sprintf("line %s", [one.line]) if one.place == "listed"

_line(one) := "the oldest line that the catalogue knows" if one.place == "older"

_where(one) := sprintf(" in %s", [concat(", ", one.namespaces)]) if count(one.namespaces) > 0

_where(one) := "" if count(one.namespaces) == 0

# Who says so, and how old that is.
_told(row) := sprintf("%s (%s, as of %s%s)", [_note(row), row.lifecycle.source, row.lifecycle.as_of, _old(row.lifecycle.age_days)])

_note(row) := sprintf(": %s", [row.lifecycle.note]) if {
	row.lifecycle.note != ""
	_is_over(row)
}

_note(row) := "" if row.lifecycle.note == ""

_note(row) := "" if not _is_over(row)

_old(days) := sprintf(", %d days before the snapshot", [days]) if {
	is_number(days)
	days >= 0
}

_old(days) := "" if not is_number(days)

_old(days) := "" if {
	is_number(days)
	days < 0
}
