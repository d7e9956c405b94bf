# Tiers, attestations and proofs: functions of their arguments only.
package sextant.lib.storage

# The names of the tiers that a class belongs to, by its name or its labels.
tiers(rules, name, labels) := {tier |
	some tier, promise in object.get(rules, "tiers", {})
	belongs(promise, name, labels)
}

belongs(promise, name, _) if {
	some pattern in object.get(promise, "classes", [])
	glob.match(pattern, null, name)
}

belongs(promise, _, labels) if {
	wanted := object.get(promise, ["class_selector", "match_labels"], {})
	count(wanted) > 0
	every key, value in wanted { object.get(labels, key, null) == value }
}

# Strengths that count for a property of a tier.
accepted(rules, promise, property) := strengths if {
	group := split(property, ".")[0]
	strengths := {s | some s in object.get(promise, ["accept", group], object.get(rules, ["accept", group], []))}
}

# Attestations of a class for a property that have not expired.
attested(rules, class, property, now) := [entry |
	some entry in object.get(rules, "attestations", [])
	entry.property == property
	glob.match(entry.class, null, class)
	now < expiry(entry)
]

# Attestations that have: they prove nothing, and are worth a word.
expired(rules, class, property, now) := [entry |
	some entry in object.get(rules, "attestations", [])
	entry.property == property
	glob.match(entry.class, null, class)
	expiry(entry) <= now
]

expiry(entry) := time.parse_rfc3339_ns(concat("", [entry.expires, "T00:00:00Z"]))

# What is known of a property: facts of the class, unless only a documented default or nothing
# stands against an attestation.
proof(rules, class, property, fact, now) := fact if {
	fact.strength in {"observed", "backend-object"}
}

proof(rules, class, property, fact, now) := {"value": entry.value, "strength": "attested", "source": source} if {
	not fact.strength in {"observed", "backend-object"}
	entries := attested(rules, class, property, now)
	count(entries) > 0
	entry := entries[0]
	source := sprintf("attested by %s until %s: %s", [entry.owner, entry.expires, entry.evidence])
}

proof(rules, class, property, fact, now) := weak if {
	not fact.strength in {"observed", "backend-object"}
	count(attested(rules, class, property, now)) == 0
	old := expired(rules, class, property, now)
	weak := object.union(fact, {"source": concat("", [fact.source, said_of_expired(old)])})
}

said_of_expired(entries) := "" if count(entries) == 0

said_of_expired(entries) := sprintf("; the attestation by %s expired on %s", [entries[0].owner, entries[0].expires]) if {
	count(entries) > 0
}

# Nanoseconds of the snapshot's time; the far past without one, so that nothing is proven by time.
now(snapshot) := time.parse_rfc3339_ns(snapshot.time) if is_string(object.get(snapshot, "time", null))

now(snapshot) := 253402300799000000000 if not is_string(object.get(snapshot, "time", null))

# Seconds of a duration such as 30d, 24h or 15m.
seconds(text) := to_number(trim_suffix(text, "d")) * 86400 if endswith(text, "d")

seconds(text) := to_number(trim_suffix(text, "w")) * 604800 if endswith(text, "w")

seconds(text) := time.parse_duration_ns(text) / 1000000000 if {
	not endswith(text, "d")
	not endswith(text, "w")
}

# Which domain of failure is wider.
rank(domain) := object.get({"osd": 0, "disk": 0, "host": 1, "node": 1, "chassis": 1, "rack": 2, "row": 2, "datacenter": 3, "room": 2, "zone": 3, "region": 4}, domain, -1)

# A selector of namespaces: match_names (globs) or match_labels; none of both takes all.
selects_namespace(selector, name, _) if {
	some pattern in object.get(selector, "match_names", [])
	glob.match(pattern, null, name)
}

selects_namespace(selector, _, labels) if {
	wanted := object.get(selector, "match_labels", {})
	count(wanted) > 0
	every key, value in wanted { object.get(labels, key, null) == value }
}

selects_namespace(selector, _, _) if {
	count(object.get(selector, "match_names", [])) == 0
	count(object.get(selector, "match_labels", {})) == 0
}

# A demand in words.
said(wanted) := concat(" or ", wanted) if is_array(wanted)

said(wanted) := wanted if not is_array(wanted)

# What came of one demand of a tier: pass, fail or unknown, with the words for it.
result(tier, what, p, fits, wanted, strengths) := {"verdict": "unknown", "message": message} if {
	p.value == null
	message := sprintf("%s cannot be proven, and tier %s asks for %v: %s", [what, tier, wanted, p.source])
}

result(tier, what, p, fits, wanted, strengths) := {"verdict": "fail", "message": message} if {
	p.value != null
	not fits
	message := sprintf("%s is %v, and tier %s asks for %v (%s)", [what, p.value, tier, wanted, p.source])
}

result(tier, what, p, fits, wanted, strengths) := {"verdict": "fail", "message": message} if {
	p.value != null
	fits
	not p.strength in strengths
	message := sprintf("%s is %v by a proof that tier %s does not accept: %s (%s)", [what, p.value, tier, p.strength, p.source])
}

result(tier, what, p, fits, wanted, strengths) := {"verdict": "pass", "message": ""} if {
	p.value != null
	fits
	p.strength in strengths
}

# A comparison that is false, never undefined, where the value is unknown.
at_least(value, wanted) := false if value == null

at_least(value, wanted) := value >= wanted if value != null

at_most(value, wanted) := false if value == null

at_most(value, wanted) := value <= wanted if value != null
