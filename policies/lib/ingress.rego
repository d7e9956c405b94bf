# Words that the ingress policies share: functions of their arguments only.
package sextant.lib.ingress

# Whether a text matches one of these globs.
matches(patterns, text) if {
	some pattern in patterns
	pattern == text
}

matches(patterns, text) if {
	some pattern in patterns
	contains(pattern, "*")
	glob.match(pattern, [], text)
}

# Whether a version is this one or a later one; undefined where either is none.
at_least(version, least) if semver.compare(_plain(version), _plain(least)) >= 0

# 1.2 is 1.2.0, and v1.2.3-rancher1 is 1.2.3.
_plain(version) := concat(".", [object.get(parts, i, "0") | some i in [0, 1, 2]]) if {
	core := regex.replace(trim_prefix(version, "v"), "[^0-9.].*$", "")
	parts := {i: p | some i, p in split(core, "."); p != ""}
}
