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

# Whether a row can be reached from outside: what the rules declare of its class, else what Services show.
external(row, topology) if {
	count(_declared(row.class.name, topology)) == 0
	row.exposure in {"external", "node"}
}

external(row, topology) if "external" in _declared(row.class.name, topology)

_declared(class, topology) := {exposure |
	class != ""
	some entry in topology
	matches([object.get(entry, "class", "")], class)
	exposure := object.get(entry, "exposure", "")
	exposure != ""
}

# Whether rules that choose by host, class and label choose this host of a row.
chosen(selectors, row, host) if {
	some selector in selectors
	_any(object.get(selector, "hosts", []), host)
	_any(object.get(selector, "classes", []), row.class.name)
	every key, values in object.get(selector, "labels", {}) { _label(row, key) in values }
}

_any(patterns, _) if count(patterns) == 0

_any(patterns, text) if matches(patterns, text)

_label(row, key) := object.get(row.labels, key, object.get(row.annotations, key, object.get(row.namespace_metadata, key, null)))

# The zone of a host: the longest suffix that ends on a label; undefined where there is none.
zone(zones, host) := best if {
	name := trim_prefix(host, "*.")
	hits := [known | some known in zones; _below(name, known.suffix)]
	longest := max([count(hit.suffix) | some hit in hits])
	best := [hit | some hit in hits; count(hit.suffix) == longest][0]
}

_below(name, suffix) if name == suffix

_below(name, suffix) if endswith(name, concat("", [".", suffix]))

# Whether a zone asks something of its hosts.
asked(zones, key, host) if object.get(zone(zones, host), key, false) == true

# Certificates that can be judged: where the Secret is known to be missing or broken, ING-006 says so.
certificates(row) := [entry |
	some entry in row.tls
	entry.source in {"secret", "default", "resolver", "inline"}
	not _nameless(entry)
	entry.exists != "no"
	entry.parses != "no"
]

_nameless(entry) if {
	entry.source == "default"
	entry.name == ""
}

# What a certificate is called in messages.
called(entry) := sprintf("Secret %s/%s", [entry.namespace, entry.name]) if entry.name != ""

called(entry) := sprintf("the certificate of %s", [entry.path]) if entry.name == ""

# Seconds as days, rounded down.
days(seconds) := floor(seconds / 86400)

# Whether cert-manager vouches for a Secret that was not read: its Certificate is ready.
vouched(entry) if {
	count(entry.chain) == 0
	is_object(entry.managed)
	entry.managed.ready == "yes"
}
