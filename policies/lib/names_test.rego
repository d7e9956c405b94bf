package sextant.lib.names_test

import data.sextant.lib.names

test_a_star_stands_for_anything if {
	names.matches(["x", "*.k8s.io"], "snapshot.storage.k8s.io")
	names.matches(["*/*Policy"], "crd.projectcalico.org/NetworkPolicy")
	not names.matches(["*.k8s.io"], "k8s.io.evil.example")
	not names.matches([], "a")
}

test_bounds_are_of_numbers_not_of_text if {
	names.at_least([1, 15, 1], "1.15")
	names.at_least([1, 15, 1], "v1.9.9")
	not names.at_least([1, 9], "1.15")
	names.at_most([1, 15, 3], "1.15")
	names.at_most([1, 9], "1.15.0")
	not names.at_most([1, 16, 0], "1.15")
}

test_lists_are_short if {
	names.listed(["a", "b"]) == "a, b"
	names.listed(["a", "b", "c", "d", "e", "f"]) == "a, b, c, d and 2 more"
	names.counted(1, "CRD") == "1 CRD"
	names.counted(2, "CRD") == "2 CRDs"
}
