package sextant.extensions.supported_versions_test

import data.sextant.extensions.supported_versions as policy

_ref := {"group": "", "kind": "Extension", "namespace": "", "name": "x"}

_life := {"status": "active", "eol": null, "eol_days": null, "has_lines": true, "source": "s", "as_of": "2026-08-22", "age_days": 90, "note": ""}

_run := {"version": "1.9.2", "source": "image tag", "numbers": [1, 9, 2], "namespaces": ["n"], "line": "1.9", "place": "listed", "end": null, "end_days": null}

_row(life, run) := {
	"ref": _ref, "id": "x", "name": "X", "state": "installed", "copies": [],
	"lifecycle": object.union(_life, life), "running": [object.union(_run, run)],
}

_defaults := {
	"approved": {}, "supported_until": {}, "over": ["retired"], "eol_warn_days": 60,
	"known_required": false, "max_catalog_age_days": 365,
}

_time := "2026-11-20T09:00:00Z"

_fails(row, rules) := {[f.path, f.message] | some f in found} if {
	norm := object.union(_defaults, rules)
	time := _time
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.versions as norm with data.sx.snapshot as {"time": time}
}

_unknowns(row, rules, time) := {[f.path, f.message] | some f in found} if {
	norm := object.union(_defaults, rules)
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.versions as norm with data.sx.snapshot as {"time": time}
}

test_retired if _fails(_row({"status": "retired", "note": "gone"}, {}), {}) == {["lifecycle", "X is retired: gone (s, as of 2026-08-22, 90 days before the snapshot)"]}

test_over_by_its_day if {
	_fails(_row({"eol": "2026-01-01", "eol_days": -300}, {}), {}) == {["lifecycle", "X is over since 2026-01-01 (s, as of 2026-08-22, 90 days before the snapshot)"]}
}

test_its_end_is_announced if {
	_fails(_row({"status": "retired", "eol": "2026-12-31", "eol_days": 41}, {}), {}) == {["lifecycle", "X is maintained until 2026-12-31 only (s, as of 2026-08-22, 90 days before the snapshot)"]}
	_fails(_row({"status": "retired", "eol": "2027-12-31", "eol_days": 400}, {}), {}) == set()
}

test_a_line_that_ended if {
	ended := {"end": "2026-06-30", "end_days": -143}
	_fails(_row({"age_days": -1}, ended), {}) == {["1.9.2", "X 1.9.2 in n: line 1.9 ended on 2026-06-30 (s, as of 2026-08-22)"]}
	_fails(_row({"age_days": null}, object.union(ended, {"place": "older", "namespaces": []})), {}) == {["1.9.2", "X 1.9.2: the oldest line that the catalogue knows ended on 2026-06-30 (s, as of 2026-08-22)"]}
}

test_a_line_that_ends_soon if {
	_fails(_row({}, {"end": "2026-12-01", "end_days": 11}), {}) == {["1.9.2", "X 1.9.2 in n: maintenance of line 1.9 ends on 2026-12-01 (s, as of 2026-08-22, 90 days before the snapshot)"]}
	_fails(_row({}, {"end": "2027-12-01", "end_days": 300}), {}) == set()
}

test_a_contract_outweighs_the_catalogue if {
	ended := _row({"status": "retired"}, {})
	_fails(ended, {"supported_until": {"x": "2026-11-20"}}) == set()
	_unknowns(ended, {"supported_until": {"x": "2026-11-20"}}, _time) == set()
	_fails(ended, {"supported_until": {"x": "2026-11-19"}}) == {["contract", "support of X by contract ended on 2026-11-19"]}
}

test_bounds if {
	row := _row({}, {})
	_fails(row, {"approved": {"x": {"min": "1.10"}}}) == {["1.9.2", "X 1.9.2 in n is not within the approved versions (from 1.10 to any)"]}
	_fails(row, {"approved": {"x": {"min": "1.8", "max": "1.9"}}}) == set()
	_fails(row, {"approved": {"x": {"max": "1.8"}}}) == {["1.9.2", "X 1.9.2 in n is not within the approved versions (from 0 to 1.8)"]}
}

test_a_version_that_is_not_known if {
	row := _row({}, {"numbers": [], "version": "", "line": "", "place": "open", "source": "no tag"})
	_unknowns(row, {}, _time) == {["version", "its version is not known in n: no tag"]}
	bare := _row({"has_lines": false}, {"numbers": [], "version": "", "line": "", "place": "open", "source": "no tag"})
	_unknowns(bare, {}, _time) == set()
	_unknowns(bare, {"approved": {"x": {"min": "1"}}}, _time) == {["version", "its version is not known in n: no tag"]}
}

test_a_line_that_is_not_known if {
	_unknowns(_row({}, {"place": "newer"}), {}, _time) == {["1.9.2", "the catalogue knows no line for version 1.9.2 (s, as of 2026-08-22, 90 days before the snapshot)"]}
}

test_an_old_catalogue_proves_nothing if {
	_unknowns(_row({"age_days": 366}, {}), {}, _time) == {["catalogue", "what the catalogue says of its maintenance is of 2026-08-22, 366 days before the snapshot"]}
	_unknowns(_row({"age_days": 366}, {}), {"max_catalog_age_days": 0}, _time) == set()
}

test_without_a_clock if {
	_unknowns(_row({}, {}), {}, "") == {["clock", "the source has no clock to hold the dates of its maintenance against"]}
	bare := object.union(_row({}, {}), {"lifecycle": null})
	_unknowns(bare, {"supported_until": {"x": "2026-11-20"}}, "") == {["clock", "the source has no clock to hold the dates of its maintenance against"]}
}

test_nothing_is_known_of_it if {
	row := object.union(_row({}, {}), {"lifecycle": null})
	_unknowns(row, {}, _time) == set()
	_unknowns(row, {"known_required": true}, _time) == {["lifecycle", "the catalogue does not say until when X is maintained"]}
}

_subjects(row, rules) := found if {
	norm := object.union(_defaults, rules)
	found := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.versions as norm
}

test_who_is_judged if {
	known := _row({}, {})
	bare := object.union(known, {"lifecycle": null})
	count(_subjects(known, {})) == 1
	count(_subjects(object.union(known, {"state": "managed"}), {})) == 0
	count(_subjects(bare, {})) == 0
	count(_subjects(bare, {"known_required": true})) == 1
	count(_subjects(bare, {"approved": {"x": {"min": "1"}}})) == 1
	count(_subjects(bare, {"supported_until": {"x": "2027-01-01"}})) == 1
}
