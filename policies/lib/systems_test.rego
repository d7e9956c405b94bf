package sextant.lib.systems_test

import data.sextant.lib.systems

_system(state, health) := {"id": "x", "state": state, "health": health, "health_reason": ""}

test_runs_works_and_unclear_are_three_things if {
	systems.works(_system("installed", "healthy"))
	systems.runs(_system("installed", "degraded"))
	not systems.works(_system("installed", "degraded"))
	not systems.runs(_system("residue", null))
	systems.unclear(_system("installed", "unknown"))
	systems.unclear(_system("unknown", null))
}

test_an_empty_list_approves_everything if {
	systems.approved(_system("installed", "healthy"), [])
	systems.approved(_system("installed", "healthy"), ["x"])
	not systems.approved(_system("installed", "healthy"), ["y"])
}

test_why if {
	systems.why(_system("residue", null)) == "x is residue"
	systems.why(_system("installed", "healthy")) == "x is installed and healthy"
	reason := object.union(_system("installed", "degraded"), {"health_reason": "0 of 1 ready"})
	systems.why(reason) == "x is installed and degraded (0 of 1 ready)"
}
