# Whether admission verifies the signatures of images: which verifier is about which rule.
package sextant.lib.signatures

# Rules that ask admission to verify images in a namespace.
duties(norm, namespace) := [rule |
	some rule in norm.repositories
	rule.signing.enforce_at_admission
	not namespace in norm.exempt_namespaces
	_pulls(rule, namespace)
]

# A rule that names no namespaces is about all of them.
_pulls(rule, _) if not rule.pull.namespaces

_pulls(rule, namespace) if {
	some pattern in rule.pull.namespaces
	glob.match(pattern, [], namespace)
}

verified(verifiers, namespace, rule) if count(verifying(verifiers, namespace, rule)) > 0

# Without a way around it.
tight(verifiers, namespace, rule) if {
	some verifier in verifying(verifiers, namespace, rule)
	count(verifier.gaps) == 0
}

verifying(verifiers, namespace, rule) := [verifier |
	some verifier in verifiers
	verifier.runs == true
	verifier.unread == ""
	_refuses(verifier, namespace, rule)
]

doubtful(verifiers, namespace, rule) if count(doubted(verifiers, namespace, rule)) > 0

# What may verify, and cannot be judged.
doubted(verifiers, namespace, rule) := [verifier |
	some verifier in verifiers
	about(verifier, namespace, rule)
	_may(verifier, namespace, rule)
]

_may(verifier, _, _) if {
	verifier.unread != ""
	verifier.enforces
	not verifier.runs == false
}

_may(verifier, namespace, rule) if {
	verifier.unread == ""
	verifier.runs == null
	_refuses(verifier, namespace, rule)
}

doubt(verifier) := verifier.unread if verifier.unread != ""

doubt(verifier) := "the source holds no status of what carries it out" if verifier.unread == ""

_refuses(verifier, namespace, rule) if {
	about(verifier, namespace, rule)
	verifier.enforces
	count(verifier.authorities) > 0
	every authority in verifier.authorities { not _weak(authority) }
	_wanted(verifier, rule)
}

about(verifier, namespace, rule) if {
	_selects(verifier, namespace)
	probe := _probe(rule.match)
	some image in verifier.images
	_fits(image, probe)
	not _skipped(verifier, probe)
}

_skipped(verifier, probe) if {
	some image in verifier.skips
	_fits(image, probe)
}

_fits(pattern, probe) if glob.match(pattern, ["/"], probe)

_fits(pattern, probe) if glob.match(pattern, ["/"], sprintf("%s:v1", [probe]))

_probe(pattern) := replace(replace(pattern, "**", "sextant-probe"), "*", "sextant-probe")

_selects(verifier, _) if verifier.namespaces == null

_selects(verifier, namespace) if {
	verifier.namespaces != null
	namespace in verifier.namespaces
}

_weak(authority) if authority.passes_all

# Any identity at all is none, and one that leaves no trace can be stolen unseen.
_weak(authority) if {
	authority.key == ""
	_anybody(authority)
}

_anybody(authority) if authority.subject in _everything

_anybody(authority) if authority.issuer in _everything

_anybody(authority) if authority.unlogged

_everything := {"", ".*", "*", "^.*$", ".+", "^.+$"}

_wanted(_, rule) if count(object.get(rule.signing, "by", [])) == 0

_wanted(verifier, rule) if {
	some authority in verifier.authorities
	some by in rule.signing.by
	_is(authority, by)
}

_is(authority, by) if authority.key == by.kms

_is(authority, by) if authority.key == by.key

_is(authority, by) if {
	authority.issuer == by.keyless.issuer
	authority.subject == by.keyless.subject_regexp
}
