# What can be said of rows of the table `extensions`; functions of their arguments only.
package sextant.lib.systems

# Something of it runs here by itself.
runs(system) if system.state in {"installed", "managed", "data-plane-only"}

# It runs, and nothing says that it does not work.
works(system) if {
	system.state in {"installed", "managed"}
	system.health == "healthy"
}

# It runs, and the source holds no status to judge it by.
unclear(system) if {
	runs(system)
	system.health == "unknown"
}

unclear(system) if system.state == "unknown"

# An empty list approves every system of the catalogue.
approved(system, list) if count(list) == 0

approved(system, list) if system.id in list

# Why a system does not count, in words.
why(system) := concat("", [system.id, " is ", system.state, _health(system)])

_health(system) := "" if system.health == null

_health(system) := concat("", [" and ", system.health, _reason(system)]) if is_string(system.health)

_reason(system) := concat("", [" (", system.health_reason, ")"]) if system.health_reason != ""

_reason(system) := "" if system.health_reason == ""
