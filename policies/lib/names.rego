# Names and versions that rules speak of.
package sextant.lib.names

# Whether a name is one of some patterns, in which * stands for anything.
matches(patterns, name) if {
	some pattern in patterns
	glob.match(pattern, null, name)
}

# The numbers of a version as rules write it: v1.15 is [1, 15].
numbers(version) := [to_number(part) | some part in split(trim_prefix(version, "v"), ".")]

# Whether numbers of a version are not below a bound.
at_least(own, bound) if own >= numbers(bound)

# Whether they are not above it: 1.15.3 is within 1.15.
at_most(own, bound) if {
	wanted := numbers(bound)
	array.slice(own, 0, count(wanted)) <= wanted
}

# Names in a sentence: the first few, and how many more there are.
listed(names) := concat(", ", names) if count(names) <= 5

listed(names) := sprintf("%s and %d more", [concat(", ", array.slice(names, 0, 4)), count(names) - 4]) if count(names) > 5

# One thing or several: "1 CRD", "3 CRDs".
counted(1, word) := sprintf("1 %s", [word])

counted(number, word) := sprintf("%d %ss", [number, word]) if number != 1
