"""Compliance-trestle's model takes the document."""
import pathlib
import sys

from trestle.oscal.assessment_results import AssessmentResults

assert AssessmentResults.oscal_read(pathlib.Path(sys.argv[1])) is not None
